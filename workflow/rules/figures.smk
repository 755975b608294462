# The figures of the study: one job draws those of a problem, and one those of all problems.

from descent.figures.study_figures import FIGURES, figures_of_models
from descent.figures.study_figures import files as files_of_figures

FORMATS = [*STUDY.config["figures"]["formats"], "txt"]
STUDY_FIGURES = {
    problem: [f"{RESULTS}/{file}" for file in files_of_figures(STUDY.config, problem)]
    for problem in (None, *STUDY.problems)
}


for problem, figure_files in STUDY_FIGURES.items():

    rule:
        name:
            f"{problem or 'overall'}_figures"
        input:
            study=rules.study.output,
            tables=rules.tables.output,
            cost=rules.cost.output,
        output:
            figure_files,
        log:
            f"{RESULTS}/logs/figures/{problem or 'overall'}.log",
        group:
            "analysis"
        conda:
            ENVIRONMENT
        params:
            problem=["--problem", problem] if problem else ["--overall"],
            style=FIGURE_STYLE,
            source=digest_of(*(f"descent.figures.{figure}" for figure in FIGURES)),
        shell:
            "exec python -m descent.figures.study_figures {input.study:q} {params.problem:q}"
            " > {log:q} 2>&1"


rule figure_of_model:
    input:
        study=rules.study.output,
        leaderboard=f"{RESULTS}/tables/leaderboard.csv",
        dataset=lambda wildcards: STUDY.dataset_manifest(
            wildcards.problem, STUDY.part(wildcards.problem, STUDY.evaluation_seeds[0])
        ),
        choices=lambda wildcards: STUDY.tuned_paths(wildcards.problem),
        arrays=lambda wildcards: arrays_of(
            wildcards.problem, STUDY.part(wildcards.problem, STUDY.evaluation_seeds[0])
        ),
    output:
        multiext(
            f"{RESULTS}/figures/{{problem}}/{{figure}}",
            *[f".{suffix}" for suffix in FORMATS],
        ),
    log:
        f"{RESULTS}/logs/figures/{{problem}}/{{figure}}.log",
    wildcard_constraints:
        figure="predicted_digits|written_text",
    group:
        "analysis"
    conda:
        ENVIRONMENT
    params:
        stem=subpath(output[0], strip_suffix=f".{FORMATS[0]}"),
        style=FIGURE_STYLE,
        source=lambda wildcards: source_digest([f"descent.figures.{wildcards.figure}"]),
    shell:
        "exec python -m descent.figures.{wildcards.figure} {input.study:q} --problem {wildcards.problem:q}"
        " --output {params.stem:q} > {log:q} 2>&1"


rule figures:
    input:
        STUDY_FIGURES.values(),
        [
            f"{RESULTS}/figures/{problem}/{figure}.{suffix}"
            for figure, problems in figures_of_models(STUDY.config).items()
            for problem in problems
            for suffix in FORMATS
        ],
    localrule: True
