# The figures of the tutorial, and the comparison with the published results of DeepOBS.

from descent.figures.tutorial import FIGURES as TUTORIAL_FIGURES

TUTORIAL = "results/tutorial"
#: Which part of a dataset is shown.
PARTS = {"mnist": "all", "reviews": "fold-0"}


def tutorial_data(wildcards):
    """The folder of the prepared dataset of a figure; none if it needs no data."""
    dataset = TUTORIAL_FIGURES[wildcards.figure]
    return [f"{TUTORIAL}/data/{dataset}/{PARTS[dataset]}"] if dataset else []


rule tutorial:
    input:
        expand(
            f"{TUTORIAL}/{{figure}}.{{suffix}}",
            figure=TUTORIAL_FIGURES,
            suffix=["pdf", "svg", "png", "txt"],
        ),
        f"{TUTORIAL}/quadratic_deep.md",
    localrule: True


rule tutorial_figure:
    input:
        manifest=lambda wildcards: [f"{data}/dataset.json" for data in tutorial_data(wildcards)],
        arrays=lambda wildcards: [ancient(f"{data}/arrays") for data in tutorial_data(wildcards)],
    output:
        multiext(f"{TUTORIAL}/{{figure}}", ".pdf", ".svg", ".png", ".txt"),
    log:
        f"{TUTORIAL}/logs/{{figure}}.log",
    wildcard_constraints:
        figure="|".join(TUTORIAL_FIGURES),
    conda:
        ENVIRONMENT
    params:
        stem=subpath(output[0], strip_suffix=".pdf"),
        data=lambda wildcards: [f"--dataset={data}" for data in tutorial_data(wildcards)],
        style=FIGURE_STYLE,
        source=lambda wildcards: source_digest([f"descent.figures.tutorial.{wildcards.figure}"]),
    shell:
        "python -m descent.figures.tutorial.{wildcards.figure} {params.data:q}"
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
        content=None,
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
