# Differences from PyTorch, Optax and Keras on the trajectories in tests/parity.

from os.path import relpath

PARITY = "results/parity"


rule parity:
    input:
        f"{PARITY}/rules.md",
    localrule: True


rule parity_matrix:
    input:
        relpath(PROJECT / "tests/parity/trajectories.npz"),
        sorted(relpath(path) for path in PROJECT.glob("tests/parity/layered/*.npz")),
    output:
        f"{PARITY}/rules.md",
    log:
        f"{PARITY}/logs/rules.log",
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.optimizers.parity"),
    shell:
        "python -m descent.optimizers.parity --trajectories {input:q} --output {output:q}"
        " > {log:q} 2>&1"
