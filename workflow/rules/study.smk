# The plan of the study, beside its results.


rule study:
    output:
        f"{RESULTS}/study.json",
    log:
        f"{RESULTS}/logs/study.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        study=json.dumps(STUDY.config),
    shell:
        "exec python -m descent.study.plan {params.study:q} {output:q} > {log:q} 2>&1"
