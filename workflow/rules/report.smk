# The report page. It shows no times, so it has the same bytes on every run.

from descent.data.files import file_sha256
from descent.report.figures import files as files_on_the_page


rule report:
    input:
        study=rules.study.output,
        tables=rules.tables.output,
        figures=[f"{RESULTS}/{file}" for file in files_on_the_page(STUDY.config)],
    output:
        f"{RESULTS}/report/index.html",
    log:
        f"{RESULTS}/logs/report.log",
    group:
        "analysis"
    conda:
        ENVIRONMENT
    params:
        style=FIGURE_STYLE,
        source=digest_of("descent.report.page"),
        # By content: a template is no input, which is known by its date.
        template=[file_sha256(PACKAGE / f"report/page.{kind}") for kind in ("html", "css", "js")],
    shell:
        "exec python -m descent.report {input.study:q} --output {output:q} > {log:q} 2>&1"
