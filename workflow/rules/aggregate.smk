# The tables, warnings and findings made from the records of the study.

from descent.analysis.tables.columns import DECLARED as COLUMNS
from descent.analysis.tables.columns import files as table_files
from descent.data.files import file_sha256

# No group for what reads all records: whenever a run ends, Snakemake would compare the groups of
# all inputs of such a job, in a local run too, which grows with the square of the number of runs.


rule tables:
    input:
        study=rules.study.output,
        # A function: Snakemake hashes a list once for every record in it.
        records=lambda wildcards: STUDY.record_paths(STUDY.first_runs()),
        data=lambda wildcards: STUDY.data_of(STUDY.first_runs()),
        choices=STUDY.tuned_paths(),
        looks=STUDY.look_paths(),
        added=added(STUDY.record_paths),
        added_data=added(STUDY.data_of),
    output:
        [f"{RESULTS}/{file}" for file in table_files("tables")],
    log:
        f"{RESULTS}/logs/tables.log",
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.analysis.tables.build"),
        columns=file_sha256(COLUMNS),
    shell:
        "exec python -m descent.analysis.tables.build {input.study:q} > {log:q} 2>&1"


rule cost:
    input:
        study=rules.study.output,
        tables=rules.tables.output,
        costs=lambda wildcards: STUDY.costs_paths(STUDY.first_runs()),
        added=added(STUDY.costs_paths),
    output:
        [f"{RESULTS}/{file}" for file in table_files("timing")],
    log:
        f"{RESULTS}/logs/cost.log",
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.analysis.tables.cost"),
        columns=file_sha256(COLUMNS),
    shell:
        "exec python -m descent.analysis.tables.cost {input.study:q} > {log:q} 2>&1"


# Prints the warnings of the study. In a strict study, a warning is an error; the tables are kept.
rule lint:
    input:
        study=rules.study.output,
        warnings=f"{RESULTS}/tables/warnings.csv",
    output:
        touch(f"{RESULTS}/logs/lint.done"),
    log:
        f"{RESULTS}/logs/lint.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.analysis.study_warnings"),
    shell:
        "exec python -m descent.analysis.study_warnings {input.study:q} > {log:q} 2>&1"


rule findings:
    input:
        study=rules.study.output,
        tables=rules.tables.output,
    output:
        f"{RESULTS}/findings.md",
    log:
        f"{RESULTS}/logs/findings.log",
    group:
        "analysis"
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.analysis.findings"),
    shell:
        "exec python -m descent.analysis.findings {input.study:q} --output {output:q} > {log:q} 2>&1"
