# Downloads of the published files, from a mirror or their public addresses, for all studies.


rule fetch:
    output:
        # update(): a file put there by hand is verified and kept.
        update(f"{DOWNLOADS}/{{file}}"),
    log:
        "results/downloads/logs/{file}.log",
    wildcard_constraints:
        file="|".join(map(re.escape, PUBLISHED)),
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        "python -m descent.data.download {wildcards.file:q} {output:q}"
