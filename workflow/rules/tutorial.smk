# The figures of the tutorial, and the comparison with the published results of DeepOBS.

TUTORIAL = "results/tutorial"
FIGURES_ALONE = [
    "learning_rate_adaptation",
    "fixed_learning_rates",
    "update_by_hand",
    "decay_rate",
    "quadratic",
    "xor_network",
    "rosenbrock_two",
    "rosenbrock_three",
]
FIGURES_ON_DATA = {"mnist": "mnist/all", "reviews": "reviews/fold-0"}
DRAWN = ["pdf", "svg", "png", "txt"]


wildcard_constraints:
    alone="|".join(FIGURES_ALONE),
    on_data="|".join(FIGURES_ON_DATA),


rule tutorial:
    input:
        expand(f"{TUTORIAL}/{{figure}}.{{suffix}}", figure=FIGURES_ALONE, suffix=DRAWN),
        expand(f"{TUTORIAL}/{{figure}}.{{suffix}}", figure=FIGURES_ON_DATA, suffix=DRAWN),
        f"{TUTORIAL}/quadratic_deep.md",
    localrule: True


rule tutorial_figure:
    output:
        multiext(f"{TUTORIAL}/{{alone}}", ".pdf", ".svg", ".png", ".txt"),
    log:
        f"{TUTORIAL}/logs/{{alone}}.log",
    conda:
        ENVIRONMENT
    params:
        stem=f"{TUTORIAL}/{{alone}}",
        source=lambda wildcards: source_digest([f"descent.figures.tutorial.{wildcards.alone}"]),
    shell:
        "python -m descent.figures.tutorial.{wildcards.alone} --output {params.stem:q}"
        " > {log:q} 2>&1"


rule tutorial_figure_on_data:
    input:
        manifest=lambda wildcards: (
            f"{TUTORIAL}/data/{FIGURES_ON_DATA[wildcards.on_data]}/dataset.json"
        ),
        arrays=lambda wildcards: ancient(
            f"{TUTORIAL}/data/{FIGURES_ON_DATA[wildcards.on_data]}/arrays"
        ),
    output:
        multiext(f"{TUTORIAL}/{{on_data}}", ".pdf", ".svg", ".png", ".txt"),
    log:
        f"{TUTORIAL}/logs/{{on_data}}.log",
    conda:
        ENVIRONMENT
    params:
        stem=f"{TUTORIAL}/{{on_data}}",
        dataset=subpath(input.manifest, parent=True),
        source=lambda wildcards: source_digest([f"descent.figures.tutorial.{wildcards.on_data}"]),
    shell:
        "python -m descent.figures.tutorial.{wildcards.on_data} --dataset {params.dataset:q}"
        " --output {params.stem:q} > {log:q} 2>&1"


use rule prepare as prepare_tutorial with:
    input:
        published=lambda wildcards: [
            ancient(f"{DOWNLOADS}/{file.name}")
            for file in source_of({"use": wildcards.dataset}).files
        ],
    output:
        manifest=f"{TUTORIAL}/data/{{dataset}}/{{part}}/dataset.json",
        arrays=directory(f"{TUTORIAL}/data/{{dataset}}/{{part}}/arrays"),
    log:
        f"{TUTORIAL}/logs/prepare/{{dataset}}-{{part}}.log",
    params:
        settings=lambda wildcards: json.dumps({"use": wildcards.dataset}),
        fold=0,
        downloads=DOWNLOADS,
        folder=subpath(output.manifest, parent=True),
        source=lambda wildcards: source_digest(
            ["descent.data.prepare", reader_of(wildcards.dataset)]
        ),


rule quadratic_deep:
    output:
        multiext(f"{TUTORIAL}/quadratic_deep", ".csv", ".md"),
    log:
        f"{TUTORIAL}/logs/quadratic_deep.log",
    conda:
        ENVIRONMENT
    params:
        stem=subpath(output[0], strip_suffix=".csv"),
        source=digest_of("descent.analysis.deepobs"),
    shell:
        "python -m descent.analysis.deepobs --output {params.stem:q} > {log:q} 2>&1"
