# The published files, from a mirror or from their public addresses. Studies share them.


rule fetch:
    output:
        # Not deleted first: a file put there by hand is verified and kept.
        update(f"{DOWNLOADS}/{{file}}"),
    log:
        "results/downloads/logs/{file}.log",
    wildcard_constraints:
        file=r"(mnist/)?[\w-]+(\.tar)?\.gz",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        "python -m descent.data.download {wildcards.file:q} {output:q}"
