# Arrays that every job maps into memory, and the optimum of the convex problems.

from descent.data.prepare import files_needed, own_files



def dataset_settings(wildcards):
    """The settings of a dataset, as its config entry has them."""
    return STUDY.config["datasets"][wildcards.dataset]


rule prepare:
    input:
        # A published file is checked against its hash when it is fetched: its date says nothing.
        published=lambda wildcards: [
            ancient(f"{DOWNLOADS}/{file}") for file in files_needed(dataset_settings(wildcards))
        ],
        own=lambda wildcards: own_files(dataset_settings(wildcards), Path()),
    output:
        f"{RESULTS}/data/{{dataset}}/{{part}}/dataset.json",
    log:
        f"{RESULTS}/logs/prepare/{{dataset}}/{{part}}.log",
    params:
        settings=lambda wildcards: json.dumps(dataset_settings(wildcards)),
        fold=lambda wildcards: 0 if wildcards.part == "all" else wildcards.part[-1],
        folder=subpath(output[0], parent=True),
        source=source_digest(["descent.data.prepare"]),
    conda:
        ENVIRONMENT
    shell:
        "python -m descent.data.prepare --settings {params.settings:q} --fold {params.fold}"
        " --downloads {DOWNLOADS} --output {params.folder:q} > {log:q} 2>&1"


rule optimum:
    input:
        lambda wildcards: STUDY.dataset_manifest(wildcards.problem, wildcards.part),
    output:
        f"{RESULTS}/optima/{{problem}}/{{part}}.json",
    log:
        f"{RESULTS}/logs/optimum/{{problem}}/{{part}}.log",
    params:
        settings=lambda wildcards: json.dumps(STUDY.problem_settings(wildcards.problem)),
        dataset=subpath(input[0], parent=True),
        source=source_digest(["descent.problems.optimum"]),
    conda:
        ENVIRONMENT
    shell:
        "python -m descent.problems.optimum --settings {params.settings:q}"
        " --dataset {params.dataset:q} --output {output:q} > {log:q} 2>&1"
