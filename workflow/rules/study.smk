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
        # a function: braces in the text of a command are no wildcards
        study=lambda wildcards: json.dumps(STUDY.config),
    shell:
        "exec python -m descent.study.plan {params.study:q} {output:q} > {log:q} 2>&1"
