# How far our rules are from PyTorch's, Optax's and Keras's, on the trajectories frozen in tests/parity.

PARITY = "results/parity"


rule parity:
    localrule: True
    input:
        expand(f"{PARITY}/rules.{{suffix}}", suffix=["csv", "md"]),


rule parity_matrix:
    input:
        "tests/parity/trajectories.npz",
    output:
        f"{PARITY}/rules.{{suffix}}",
    log:
        f"{PARITY}/logs/rules-{{suffix}}.log",
    params:
        source=source_digest(["descent.optimizers.parity"]),
    conda:
        ENVIRONMENT
    shell:
        "python -m descent.optimizers.parity --trajectories {input:q} --output {output:q}"
        " > {log:q} 2>&1"
