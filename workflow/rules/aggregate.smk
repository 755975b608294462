# The plan of the study beside its results, and the tables made from all records.


rule study:
    output:
        f"{RESULTS}/study.json",
    log:
        f"{RESULTS}/logs/study.log",
    params:
        study=json.dumps(STUDY.config),
    localrule: True
    shell:
        "python -m descent.study {params.study:q} {output:q} > {log:q} 2>&1"


rule tables:
    input:
        study=rules.study.output,
        # A function: the engine compares a list with itself, record by record, in quadratic time.
        records=lambda wildcards: [STUDY.record_path(run) for run in STUDY.runs()],
        choices=STUDY.tuned_paths(),
    output:
        directory(f"{RESULTS}/tables"),
    log:
        f"{RESULTS}/logs/tables.log",
    params:
        source=source_digest(["descent.analysis.tables"]),
    conda:
        ENVIRONMENT
    shell:
        "python -m descent.analysis.tables {input.study:q} > {log:q} 2>&1"
