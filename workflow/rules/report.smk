# The report page. It shows no times, so it has the same bytes on every run.

from os.path import relpath

from descent.report.figures import files as files_on_the_page


rule report:
    input:
        study=rules.study.output,
        tables=rules.tables.output,
        figures=[f"{RESULTS}/{file}" for file in files_on_the_page(STUDY.config)],
        # relative, or a study that has moved would want its page again
        template=multiext(relpath(PACKAGE / "report/page"), ".html", ".css", ".js"),
    output:
        report(f"{RESULTS}/report/index.html", category="The whole study"),
    log:
        f"{RESULTS}/logs/report.log",
    conda:
        ENVIRONMENT
    params:
        source=source_digest(["descent.report.page"]),
    shell:
        "python -m descent.report {input.study:q} --output {output:q} > {log:q} 2>&1"
