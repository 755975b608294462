# The figures of the tutorial.

from descent.figures.tutorial import FIGURES as TUTORIAL_FIGURES

TUTORIAL = "results/tutorial"
#: The prepared dataset that each figure shows, if it shows one.
PARTS = {
    None: [],
    "mnist": [f"{TUTORIAL}/data/mnist/all"],
    "reviews": [f"{TUTORIAL}/data/reviews/fold-0"],
}


rule tutorial:
    input:
        expand(
            f"{TUTORIAL}/{{figure}}.{{suffix}}",
            figure=TUTORIAL_FIGURES,
            suffix=["pdf", "svg", "png", "txt"],
        ),
    localrule: True


rule tutorial_figure:
    input:
        lambda wildcards: [
            file
            for folder in PARTS[TUTORIAL_FIGURES[wildcards.figure]]
            for file in (f"{folder}/dataset.json", ancient(f"{folder}/arrays"))
        ],
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
        data=lambda wildcards: [
            f"--dataset={folder}" for folder in PARTS[TUTORIAL_FIGURES[wildcards.figure]]
        ],
        style=FIGURE_STYLE,
        source=lambda wildcards: source_digest([f"descent.figures.tutorial.{wildcards.figure}"]),
    shell:
        "python -m descent.figures.tutorial.{wildcards.figure} {params.data:q}"
        " --output {params.stem:q} > {log:q} 2>&1"
