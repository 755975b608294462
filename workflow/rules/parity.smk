# Differences from PyTorch, Optax and Keras on the trajectories in tests/parity.

from os.path import relpath

PARITY = "results/parity"


rule parity:
    input:
        expand(f"{PARITY}/rules.{{suffix}}", suffix=["csv", "md"]),
    localrule: True


rule parity_matrix:
    input:
        relpath(PROJECT / "tests/parity/trajectories.npz"),
        sorted(relpath(path) for path in PROJECT.glob("tests/parity/layered/*.npz")),
    output:
        f"{PARITY}/rules.{{suffix}}",
    log:
        f"{PARITY}/logs/rules-{{suffix}}.log",
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.optimizers.parity"),
    shell:
        "python -m descent.optimizers.parity --trajectories {input:q} --output {output:q}"
        " > {log:q} 2>&1"
