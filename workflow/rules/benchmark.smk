# Speed, compared with PyTorch and with the matrix products alone.
#
#   snakemake --cores 1 benchmark           an hour on a machine that does nothing else
#   snakemake --cores 1 benchmark_quick     a few minutes: a check that the benchmarks work

import os

from descent.benchmark.catalogue import BENCHMARKS, benchmarks_of, problem_of


rule measure:
    input:
        manifest=lambda wildcards: problem_of(STUDY, wildcards.benchmark)[1],
        arrays=lambda wildcards: [
            ancient(manifest.parent / ARRAYS)
            for manifest in problem_of(STUDY, wildcards.benchmark)[1]
        ],
    output:
        "results/{folder}/{benchmark}.csv",
    log:
        "results/{folder}/logs/{benchmark}.log",
    wildcard_constraints:
        folder="benchmark|benchmark/quick",
        benchmark="|".join(BENCHMARKS),
    conda:
        ENVIRONMENT
    # Every core, cut to those of --cores: a benchmark has the machine for itself.
    threads: os.cpu_count()
    params:
        options=lambda wildcards: problem_of(STUDY, wildcards.benchmark)[0]
        + ["--quick"] * wildcards.folder.endswith("quick"),
        snakefile=str(PROJECT / "Snakefile"),
        source=lambda wildcards: source_digest(
            ["descent.training.loop", f"descent.benchmark.{BENCHMARKS[wildcards.benchmark][0]}"]
        ),
    shell:
        "python -m descent.benchmark {wildcards.benchmark} {params.options:q}"
        " --snakefile {params.snakefile:q} --output {output:q} > {log:q} 2>&1"


rule show_measurements:
    input:
        expand("results/{{folder}}/{benchmark}.csv", benchmark=benchmarks_of(STUDY)),
    output:
        "results/{folder}/benchmark.md",
    log:
        "results/{folder}/logs/benchmark.log",
    wildcard_constraints:
        folder="benchmark|benchmark/quick",
    conda:
        ENVIRONMENT
    params:
        folder=subpath(output[0], parent=True),
        source=digest_of("descent.benchmark.table"),
    shell:
        "python -m descent.benchmark.table {params.folder:q} --output {output:q} > {log:q} 2>&1"


rule benchmark:
    input:
        "results/benchmark/benchmark.md",
    localrule: True


rule benchmark_quick:
    input:
        "results/benchmark/quick/benchmark.md",
    localrule: True
