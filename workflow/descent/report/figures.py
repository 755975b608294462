"""The figures of the page, and their paths.

Figures of times are not shown: they differ from run to run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from descent.figures.study_figures import FIGURES, figures_of, problems_with_digits, stems

#: Figures that no interactive one replaces, by their names.
_EMBEDDED = ("performance_profile", "critical_difference", "grid", "predicted_digits")
#: Formats that a browser shows, in order of preference.
_SHOWN = ("svg", "png")


@dataclass(frozen=True)
class PageFigure:
    """One figure of the page.

    Attributes
    ----------
    stem : str
        Path below the study's folder, without suffix.
    title : str
        Its title.
    group : str
        The heading above it.
    formats : tuple of str
        Suffixes of its files.
    problem : str or None
        The problem that it shows; None for all.
    embedded : bool
        Whether the page shows it; others it only links, and shows their interactive counterpart.
    """

    stem: str
    title: str
    group: str
    formats: tuple[str, ...]
    problem: str | None = None
    embedded: bool = False

    @property
    def files(self) -> list[str]:
        """Files that the page reads, relative to the study's folder."""
        shown = [suffix for suffix in _SHOWN if suffix in self.formats]
        return [f"{self.stem}.{suffix}" for suffix in (*shown, "txt")]


def page_figures(config: Mapping[str, Any]) -> list[PageFigure]:
    """Return the figures of a study's page, group by group.

    Parameters
    ----------
    config : mapping
        The study's config.

    Returns
    -------
    list of PageFigure
        Those of all problems, those of each problem, those of test functions.
    """
    formats = tuple(config["figures"]["formats"])
    groups = {problem: entry["title"] for problem, entry in config["problems"].items()}
    of_all: list[PageFigure] = []
    of_problem: dict[str, list[PageFigure]] = {problem: [] for problem in config["problems"]}
    for name in figures_of(config):
        if FIGURES[name].folder == "figures":
            alone = name in _EMBEDDED
            for stem, problem in stems(config, name).items():
                if problem is None:
                    # of a figure that each problem has too, those are embedded
                    shown = alone and not FIGURES[name].per_problem
                    of_all.append(
                        PageFigure(stem, _title(name), "All problems", formats, embedded=shown)
                    )
                else:
                    of_problem[problem].append(
                        PageFigure(stem, _title(name), groups[problem], formats, problem, alone)
                    )
    for problem in problems_with_digits(config):
        stem = f"figures/{problem}/predicted_digits"
        of_problem[problem].append(
            PageFigure(stem, _title(stem), groups[problem], formats, problem, embedded=True)
        )
    functions = [
        PageFigure(
            f"figures/functions/{name}",
            _title(name),
            "Test functions",
            ("pdf", "svg", "png"),
        )
        for name in config.get("function_figures", {})
    ]
    return [*of_all, *(figure for group in of_problem.values() for figure in group), *functions]


def files(config: Mapping[str, Any]) -> list[str]:
    """Return every file of a figure that the page reads, below the study's folder."""
    return [file for figure in page_figures(config) for file in figure.files]


def _title(name: str) -> str:
    words = name.rsplit("/", 1)[-1].replace("_", " ")
    return words[:1].upper() + words[1:]
