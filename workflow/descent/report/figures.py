"""The figures for print that the page links, and those that it embeds.

Figures of times are not among them: they differ from run to run.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent.figures.study_figures import FIGURES, figures_of, figures_of_models, stems

#: Figures that are no chart of the page, and are embedded as they are printed.
_EMBEDDED = ("schedules", "speed_up", "ladders")
#: Formats that a browser shows, in order of preference, with their types.
_SHOWN = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True)
class PageFigure:
    """One figure of the page.

    Attributes
    ----------
    stem : str
        Path below the study's folder, without suffix.
    group : str
        The heading above it.
    formats : tuple of str
        Suffixes of its files.
    embedded : bool
        Whether the page shows it; others it only links.
    """

    stem: str
    group: str
    formats: tuple[str, ...]
    embedded: bool = False

    @property
    def title(self) -> str:
        """Its title."""
        return self.stem.rsplit("/", 1)[-1].replace("_", " ").capitalize()

    @property
    def shown(self) -> str | None:
        """The format in which a browser shows it, if it has one."""
        return next((suffix for suffix in _SHOWN if suffix in self.formats), None)

    @property
    def files(self) -> list[str]:
        """Its files that the page embeds or links, below the study's folder."""
        return [f"{self.stem}.{suffix}" for suffix in (*self.formats, "txt")]

    def source(self, folder: Path) -> str | None:
        """Return the picture as a data URL; None if the page only links it."""
        if not self.embedded or self.shown is None:
            return None
        content = self._read(folder, self.shown)
        return f"data:{_SHOWN[self.shown]};base64,{base64.b64encode(content).decode()}"

    def caption(self, folder: Path) -> str:
        """Return its caption."""
        return self._read(folder, "txt").decode().strip()

    def _read(self, folder: Path, suffix: str) -> bytes:
        path = folder / f"{self.stem}.{suffix}"
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} does not exist: snakemake --cores 1 figures makes it, with the study's "
                "--configfile"
            )
        return path.read_bytes()


def page_figures(config: Mapping[str, Any]) -> list[PageFigure]:
    """Return the figures of a study's page: of all problems, and of each.

    Parameters
    ----------
    config : mapping
        The study's config.
    """
    formats = tuple(config["figures"]["formats"])
    problems = {name: entry["title"] for name, entry in config["problems"].items()}
    found: dict[str | None, list[PageFigure]] = {None: [], **{name: [] for name in problems}}
    for name in figures_of(config):
        entry = FIGURES[name]
        if entry.folder == "figures":
            for stem, problem in stems(config, name).items():
                group = "All problems" if problem is None else problems[problem]
                # of a figure that each problem has too, those are embedded
                embedded = name in _EMBEDDED and (problem is not None) == entry.per_problem
                found[problem].append(PageFigure(stem, group, formats, embedded))
    for name, shown in figures_of_models(config).items():
        for problem in shown:
            stem = f"figures/{problem}/{name}"
            found[problem].append(PageFigure(stem, problems[problem], formats, embedded=True))
    return [figure for group in found.values() for figure in group]


def files(config: Mapping[str, Any]) -> list[str]:
    """Return every file of a figure that the page embeds or links, below the study's folder."""
    return [file for figure in page_figures(config) for file in figure.files]
