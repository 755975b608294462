# Prepared arrays, which the jobs map into memory, and the optima of the convex problems.

from descent.data.sources import modules_of, source_of


rule prepare:
    input:
        # ancient(): the hash of a published file was checked; its date does not matter.
        published=lambda wildcards: [
            ancient(f"{DOWNLOADS}/{file.name}") for file in source_of(settings_of(wildcards)).files
        ],
    output:
        manifest="results/{study}/data/{dataset}/{part}/dataset.json",
        arrays=directory("results/{study}/data/{dataset}/{part}/arrays"),
    log:
        "results/{study}/logs/prepare/{dataset}/{part}.log",
    wildcard_constraints:
        study=f"{re.escape(STUDY.name)}|tutorial",
    group:
        "preparation"
    conda:
        ENVIRONMENT
    params:
        settings=lambda wildcards: json.dumps(settings_of(wildcards)),
        # A user's own files are known by their content, and are no input, which is known by a date.
        content=lambda wildcards: (
            STUDY.content_of(wildcards.dataset) if wildcards.study == STUDY.name else None
        ),
        fold=lambda wildcards: 0 if wildcards.part == "all" else wildcards.part[-1],
        downloads=DOWNLOADS,
        folder=subpath(output.manifest, parent=True),
        source=lambda wildcards: source_digest(modules_of(settings_of(wildcards))),
    shell:
        "exec python -m descent.data.prepare --settings {params.settings:q} --fold {params.fold}"
        " --downloads {params.downloads} --output {params.folder:q} > {log:q} 2>&1"


rule optimum:
    input:
        manifest=lambda wildcards: STUDY.dataset_manifest(wildcards.problem, wildcards.part),
        arrays=lambda wildcards: arrays_of(wildcards.problem, wildcards.part),
    output:
        f"{RESULTS}/optima/{{problem}}/{{part}}.json",
    log:
        f"{RESULTS}/logs/optimum/{{problem}}/{{part}}.log",
    group:
        "preparation"
    conda:
        ENVIRONMENT
    params:
        settings=lambda wildcards: json.dumps(STUDY.problem_settings(wildcards.problem)),
        dataset=subpath(input.manifest, parent=True),
        source=digest_of("descent.problems.optimum"),
    shell:
        "exec python -m descent.problems.optimum --settings {params.settings:q}"
        " --dataset {params.dataset:q} --output {output:q} > {log:q} 2>&1"
