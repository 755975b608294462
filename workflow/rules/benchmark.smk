# Speed, compared with PyTorch and with the matrix products alone.
#
#   snakemake --cores 1 benchmark           an hour on a machine that does nothing else

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
        "results/benchmark/{benchmark}.csv",
    log:
        "results/benchmark/logs/{benchmark}.log",
    wildcard_constraints:
        benchmark="|".join(BENCHMARKS),
    conda:
        ENVIRONMENT
    # Every core, cut to those of --cores: a benchmark has the machine for itself.
    threads: os.cpu_count()
    params:
        options=lambda wildcards: problem_of(STUDY, wildcards.benchmark)[0],
        source=lambda wildcards: source_digest(
            ["descent.training.loop", f"descent.benchmark.{BENCHMARKS[wildcards.benchmark][0]}"]
        ),
    shell:
        "python -m descent.benchmark {wildcards.benchmark} {params.options:q}"
        " --output {output:q} > {log:q} 2>&1"


rule show_measurements:
    input:
        expand("results/benchmark/{benchmark}.csv", benchmark=benchmarks_of(STUDY)),
    output:
        "results/benchmark/benchmark.md",
    log:
        "results/benchmark/logs/benchmark.log",
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
