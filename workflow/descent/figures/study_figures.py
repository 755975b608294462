"""The figures of a study, and the command that draws them.

``python -m descent.figures.study_figures results/<study>/study.json`` draws all of them below the
study's folder; with ``--problem NAME`` those of one problem, and with ``--overall`` those of all
problems together.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from descent.analysis.tables.columns import files as table_files
from descent.foundation.command_line import fails_on, study_parser
from descent.study.horizons import multiples_of
from descent.study.origins import note

Config = Mapping[str, Any]


class Entry(NamedTuple):
    """One figure: its folder, whether each problem has its own, which studies have it."""

    folder: str
    per_problem: bool
    applies: Callable[[Config], bool] = lambda _config: True


def _several(config: Config) -> bool:
    """Return whether there are optimizers to compare."""
    return len(config["optimizers"]) > 1


def _has_target(config: Config) -> bool:
    """Return whether a problem has a target."""
    return any(entry.get("target") for entry in config["problems"].values())


def _has_horizons(config: Config) -> bool:
    """Return whether the baseline of a problem is trained at several horizons."""
    return any(len(multiples_of(entry)) > 1 for entry in config["problems"].values())


def _has_ladder(config: Config) -> bool:
    """Return whether a list of values made problems."""
    return any("ladder" in entry for entry in config["problems"].values())


#: Every figure by the name of its module. Those in ``timing`` differ from run to run.
FIGURES: dict[str, Entry] = {
    "learning_curves": Entry("figures", True),
    "test_metric": Entry("figures", True),
    "verdicts": Entry("figures", True, _several),
    "paired_differences": Entry("figures", True, _several),
    "schedules": Entry("figures", True, lambda config: len(config["schedules"]) > 1),
    "sensitivity": Entry("figures", True, lambda config: "tuned" in config["tracks"]),
    "tuning_budget": Entry("figures", True, lambda config: config["tracks"] != ["default"]),
    "steps_to_target": Entry("figures", True, _has_target),
    "speed_up": Entry("figures", True, _has_horizons),
    "ladders": Entry("figures", False, _has_ladder),
    "cost_against_quality": Entry("timing", True),
}  # fmt: skip


#: Datasets whose examples are images.
_IMAGES = ("mnist", "digits", "idx")
_NETWORKS = ("mlp", "softmax_regression")


def problems_with_digits(config: Config) -> list[str]:
    """Return the problems of a study that classify images."""
    return [
        name
        for name, entry in config["problems"].items()
        if entry["use"] in _NETWORKS and config["datasets"][entry["dataset"]]["use"] in _IMAGES
    ]


def problems_with_texts(config: Config) -> list[str]:
    """Return the language models of a study."""
    return [n for n, entry in config["problems"].items() if entry["use"] == "language_model"]


def figures_of_models(config: Config) -> dict[str, list[str]]:
    """Return the problems of each figure for which the best tuned model is trained once more."""
    return {
        "predicted_digits": problems_with_digits(config),
        "written_text": problems_with_texts(config),
    }


def figures_of(config: Config) -> list[str]:
    """Return the names of the figures that a study has."""
    return [name for name, entry in FIGURES.items() if entry.applies(config)]


def stems(config: Config, name: str) -> dict[str, str | None]:
    """Return the paths of a figure of a study.

    Parameters
    ----------
    config : mapping
        The study's config.
    name : str
        One of ``FIGURES``.

    Returns
    -------
    dict of str to (str or None)
        Path below the study's folder, without suffix, to the problem it shows; None is the figure
        of all problems.
    """
    entry = FIGURES[name]
    found: dict[str, str | None] = {f"{entry.folder}/{name}": None}
    if entry.per_problem:
        for problem, settings in config["problems"].items():
            if entry.applies({**config, "problems": {problem: settings}}):
                found[f"{entry.folder}/{problem}/{name}"] = problem
    return found


def files(config: Config, problem: str | None) -> list[str]:
    """Return every file of the figures of a problem; None: of the figures of all problems."""
    suffixes = [*config["figures"]["formats"], "txt"]
    return [
        f"{stem}.{suffix}"
        for name in figures_of(config)
        for stem, shown in stems(config, name).items()
        if shown == problem
        for suffix in suffixes
    ]


def draw_all(study: Path, problems: Collection[str | None] | None = None) -> None:
    """Draw figures of a study and write them with their captions.

    Parameters
    ----------
    study : Path
        ``results/<study>/study.json``.
    problems : collection of (str or None), optional
        Whose; None in it stands for the figures of all problems. By default everyone's.
    """
    from descent.analysis.tables.study_tables import StudyTables  # noqa: PLC0415
    from descent.figures.drawing import save_drawing  # noqa: PLC0415 - the list needs no matplotlib

    tables = StudyTables(study)
    for name in figures_of(tables.config):
        draw = importlib.import_module(f"descent.figures.{name}").draw
        for stem, problem in stems(tables.config, name).items():
            if problems is None or problem in problems:
                drawing = draw(tables, problem) if problem else draw(tables)
                save_drawing(drawing, tables.folder / stem, tables.config["figures"]["formats"])


@fails_on(ValueError, FileNotFoundError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the figures; exit code 1 for a missing table."""
    parser = study_parser("descent.figures.study_figures", __doc__)
    parser.add_argument("--problem", help="only the figures of this problem")
    parser.add_argument("--overall", action="store_true", help="only figures of all problems")
    options = parser.parse_args(arguments)
    problems = [options.problem] if options.problem else [None] if options.overall else None
    draw_all(options.study, problems)
    folder = options.study.parent
    config = json.loads(options.study.read_text(encoding="utf-8"))
    drawn = [
        folder / file
        for problem in problems or (None, *config["problems"])
        for file in files(config, problem)
    ]
    tables = [folder / file for kind in ("tables", "timing") for file in table_files(kind)]
    read = [options.study, *(path for path in tables if path.is_file())]
    note(folder, [f"descent.figures.{name}" for name in FIGURES], drawn, read)
    return 0


if __name__ == "__main__":
    sys.exit(main())
