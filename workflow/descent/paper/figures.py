"""Which figures of a study a paper shows, and the tables that each is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from descent.analysis.tables.columns import file_name
from descent.figures.study_figures import FIGURES, figures_of, stems

#: Formats that the typesetter can show; of these it takes the first that a study has.
SHOWN = ("svg", "pdf", "png")
#: The figures of each part of the paper, with the tables that they are drawn from. Those of a
#: problem are a column wide, as is the one of all problems.
OF_RESULTS = {"learning_curves": ("leaderboard", "learning_curves")}
OF_SPEED = {"speed_up": ("horizons", "speed_up")}
OF_APPENDIX = {
    "verdicts": ("comparisons", "leaderboard"),
    "tuning_budget": ("tuning_budget",),
    "sensitivity": ("leaderboard", "learning_rates", "sensitivity"),
}
#: All figures of the paper. Those of times are on the page alone: they differ from run to run.
OF_PAPER = {**OF_RESULTS, **OF_SPEED, **OF_APPENDIX}


def figures(config: Mapping[str, Any], part: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Return the figures of a part of the paper that a study has, problem by problem.

    Parameters
    ----------
    config : mapping
        The study's config.
    part : mapping
        ``OF_RESULTS`` or any other.

    Returns
    -------
    list of dict
        One for each problem, or one for all where the problems have none of their own: ``problem``
        (None for all), ``label``, ``file`` with the picture, ``caption``, the file of its caption,
        and ``sources`` with its numbers. Files are below the study's folder.
    """
    suffix = first_shown(config, SHOWN)
    return [
        {
            "problem": problem,
            "label": "-".join(filter(None, ("figure", name, problem))),
            "file": f"{stem}.{suffix}",
            "caption": f"{stem}.txt",
            "sources": [file_name(table) for table in part[name]],
        }
        for name in part
        if name in figures_of(config)
        for stem, problem in stems(config, name).items()
        if (problem is None) != FIGURES[name].per_problem
    ]


def first_shown(config: Mapping[str, Any], formats: Sequence[str]) -> str:
    """Return the first of some formats that the figures of a study have.

    Raises
    ------
    ValueError
        If they have none of them.
    """
    made = config["figures"]["formats"]
    for suffix in formats:
        if suffix in made:
            return suffix
    raise ValueError(
        f"figures.formats must have one of {', '.join(formats)}. Received: {', '.join(made)}"
    )


def files(config: Mapping[str, Any], part: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the pictures and captions of a part of the paper, below the study's folder."""
    return [
        file for figure in figures(config, part) for file in (figure["file"], figure["caption"])
    ]
