# The paper of the study. It shows no times: it has the same bytes on every run.

import os

from descent.analysis.claims.claim import FILES as CLAIM_FILES
from descent.data.files import file_sha256
from descent.paper.figures import OF_PAPER
from descent.paper.figures import files as files_of_paper
from descent.paper.typesetting import FILES, TEMPLATES
from descent.reproducibility.verify_published import sample_of_records

#: How the paper names the config of the study: by the files, where they are of this folder.
NAMED_CONFIG = [Path(os.path.relpath(file)).as_posix() for file in CONFIG_FILES]
if not NAMED_CONFIG or any(file.startswith("..") for file in NAMED_CONFIG):
    NAMED_CONFIG = [f"{RESULTS}/provenance/config.json"]


rule typeset:
    input:
        study=rules.study.output,
        tables=rules.tables.output,
        provenance=rules.provenance.output,
        figures=[f"{RESULTS}/{file}" for file in files_of_paper(STUDY.config, OF_PAPER)],
    output:
        multiext(f"{RESULTS}/paper/paper", ".pdf", ".json", ".typ"),
        f"{RESULTS}/paper/claims.csv",
    log:
        f"{RESULTS}/logs/paper.log",
    conda:
        ENVIRONMENT
    params:
        config=NAMED_CONFIG,
        source=digest_of("descent.paper.__main__"),
        # By content: a template is no input, which is known by its date.
        template=[file_sha256(file) for file in sorted(TEMPLATES.glob("*.typ"))],
        claims=[file_sha256(file) for file in CLAIM_FILES.values()],
    shell:
        "python -m descent.paper {input.study:q} --configfile {params.config:q} > {log:q} 2>&1"


rule paper:
    input:
        rules.typeset.output,
        rules.findings.output,
        rules.report.output,
    localrule: True


# Where studies are published, and what of a published study is checked.
PUBLISHED_STUDY = f"docs/{STUDY.name}"


# Neither rule below has an output in the study's folder, so each runs whenever it is requested.
rule publish:
    input:
        study=rules.study.output,
        paper=rules.paper.input,
        figures=rules.figures.input,
        cost=rules.cost.output,
    log:
        f"{RESULTS}/logs/publish.log",
    conda:
        ENVIRONMENT
    params:
        folder=PUBLISHED_STUDY,
    shell:
        "python -m descent.paper.publish {input.study:q} --output {params.folder:q} 2>&1"
        " | tee {log:q}"


rule verify_published:
    input:
        study=rules.study.output,
        records=lambda wildcards: [
            f"{RESULTS}/{file}"
            for file in sample_of_records(Path(PUBLISHED_STUDY), count=8, seed=0)
        ],
    log:
        f"{RESULTS}/logs/verify_published.log",
    conda:
        ENVIRONMENT
    params:
        folder=PUBLISHED_STUDY,
        readme=[f"--stated-in={file}" for file in [PROJECT / "README.md"] if file.is_file()],
    shell:
        "python -m descent.reproducibility.verify_published {input.study:q} --published {params.folder:q}"
        " {params.readme:q}"
        " 2>&1 | tee {log:q}"
