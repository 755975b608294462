# Speed, compared with other libraries and with the matrix products alone.
#
#   snakemake --cores 1 benchmark           an hour on a machine that does nothing else
#   snakemake --cores 1 benchmark_quick     a few minutes: a check that the benchmark works

import os

from descent.benchmark.__main__ import MEASUREMENTS
from descent.benchmark.plan import dataset_for, measurements_of, options_for


rule measure:
    input:
        manifest=lambda wildcards: dataset_for(STUDY, wildcards.measurement),
        arrays=lambda wildcards: [
            ancient(manifest.parent / ARRAYS)
            for manifest in dataset_for(STUDY, wildcards.measurement)
        ],
    output:
        "results/{folder}/{measurement}.csv",
    log:
        "results/{folder}/logs/{measurement}.log",
    wildcard_constraints:
        folder="benchmark|benchmark/quick",
        measurement="|".join(MEASUREMENTS),
    conda:
        ENVIRONMENT
    # Every core, cut to those of --cores: a measurement has the machine for itself.
    threads: os.cpu_count()
    params:
        options=lambda wildcards: options_for(STUDY, wildcards.measurement),
        size=lambda wildcards: "quick" if wildcards.folder.endswith("quick") else "full",
        snakefile=str(PROJECT / "Snakefile"),
        source=lambda wildcards: source_digest(
            ["descent.training.loop", f"descent.benchmark.{wildcards.measurement}"]
        ),
    shell:
        "python -m descent.benchmark {wildcards.measurement} {params.options:q}"
        " --size {params.size} --snakefile {params.snakefile:q} --output {output:q} > {log:q} 2>&1"


rule show_measurements:
    input:
        expand("results/{{folder}}/{measurement}.csv", measurement=measurements_of(STUDY)),
    output:
        table="results/{folder}/benchmark.md",
        figure=multiext("results/{folder}/benchmark", ".pdf", ".svg", ".png"),
    log:
        "results/{folder}/logs/benchmark.log",
    wildcard_constraints:
        folder="benchmark|benchmark/quick",
    conda:
        ENVIRONMENT
    params:
        folder=subpath(output[0], parent=True),
        stem=subpath(output[0], strip_suffix=".md"),
        source=digest_of("descent.benchmark.table", "descent.benchmark.figure"),
    shell:
        "(python -m descent.benchmark.table {params.folder:q} --output {output.table:q}"
        " && python -m descent.benchmark.figure {params.folder:q} --output {params.stem:q})"
        " > {log:q} 2>&1"


rule benchmark:
    input:
        "results/benchmark/benchmark.md",
    localrule: True


rule benchmark_quick:
    input:
        "results/benchmark/quick/benchmark.md",
    localrule: True
