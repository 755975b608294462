# How fast it is: `snakemake --cores 1 benchmark`, on a machine that does nothing else.
# `--config` knows it not: quick or full is decided by the environment, BENCHMARK_SIZE=quick.

from descent.benchmark.__main__ import MEASUREMENTS

BENCHMARK = "results/benchmark"


def measured_problem(measurement):
    """The study's first problem of the kind that a measurement needs; None if it needs none."""
    use = MEASUREMENTS[measurement]
    if use is None:
        return None
    for name, problem in STUDY.problems.items():
        if problem["use"] == use:
            return name
    sys.exit(f"The benchmark's {measurement} needs a problem of use: {use}. The study has none.")
