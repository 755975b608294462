"""The time at which every run reached the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from descent.analysis import findings
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing, Mark

TITLE = "How long does each optimizer take to reach the target?"


def draw(tables: StudyTables, problem: str | None = None, track: str | None = None) -> Drawing:
    """Draw every run of a track, by default of the headline track.

    One problem is drawn in a column's width, all with a target on a page.
    """
    track = track or tables.track
    problems = [problem] if problem else with_target(tables)
    height = panels.height_of_rows(tables) + 0.85
    figure, axes = panels.problem_panels(
        TITLE, tables, problems, {name: _target(tables, name) for name in problems},
        height=height, extra=0.3, most_columns=2,
    )  # fmt: skip
    marks: list[Mark] = []
    for name, panel in axes.items():
        runs = tables.of("runs", problem=name, track=track, counts=True)
        board = _order(tables.of("leaderboard", problem=name, track=track))
        about = panels.with_rates(tables, name, track)
        marks += _panel(panel, runs, board, tables.optimizer_titles, about)
    opening = (
        "Epochs until an evaluation first met the target, every run (dots) and the median over "
        f"seeds (bars), track {track}; a run that missed is censored at the end of the budget."
    )

    def sentence(name: str) -> str:
        return " ".join(findings.target_speed(tables, name, track))

    return Drawing(figure, panels.caption(tables, problem, opening, sentence), marks=marks)


def with_target(tables: StudyTables) -> list[str]:
    """Return the problems that have a target."""
    return [name for name, entry in tables.config["problems"].items() if entry.get("target")]


def _target(tables: StudyTables, problem: str) -> str:
    target = tables.config["problems"][problem]["target"]
    return f"target: {target['metric'].replace('_', ' ')} {target['value']:g}"


def _order(board: pd.DataFrame) -> pd.DataFrame:
    """Sort by median; optimizers whose median missed come last, by number of hits."""
    return board.sort_values(
        ["median_epochs_to_target", "target_reached", "optimizer"],
        ascending=[True, False, True],
        na_position="last",
    )


def _panel(
    axes: Axes,
    runs: pd.DataFrame,
    board: pd.DataFrame,
    titles: Mapping[str, str],
    about: Mapping[str, str],
) -> list[Mark]:
    looks, marks = style.palette(titles), []
    budget = float(runs["epochs"].max())
    for i, row in enumerate(board.to_dict("records")):
        name, look, median = (
            row["optimizer"],
            looks[row["optimizer"]],
            row["median_epochs_to_target"],
        )
        own = runs[runs["optimizer"] == name].sort_values("seed")
        reached = own[own["target_reached"].astype(bool)]
        times = reached["epochs_to_target"]
        heights = panels.dot_heights(i, len(times))
        dots: dict[str, Any] = {"color": look.colour, "markersize": 4, "alpha": 0.6, "mew": 0}
        artists: list[Artist] = [*axes.plot(times, heights, ".", **dots)]
        points = [
            (time, height, f"seed {seed}: epoch {time:g}")
            for time, height, seed in zip(times, heights, reached["seed"], strict=True)
        ]
        if pd.notna(median):
            bar = [i - 0.36, i + 0.36]
            artists += axes.plot([median, median], bar, color=look.colour, linewidth=3, alpha=0.4)
            points.append((median, i, f"median: epoch {median:g}"))
        missed = len(own) - len(reached)
        if missed:
            lost = axes.text(
                1.02, i, f"{missed} of {len(own)} missed", color=style.BAD, fontsize=6.5,
                transform=axes.get_yaxis_transform(), va="center",
            )  # fmt: skip
            artists.append(lost)
        marks.append(Mark(name, artists, f"{about[name]}\ntarget reached", points))
    axes.set_xlim(0, 1.03 * budget)
    panels.epochs_axis(axes, budget)
    panels.row_labels(axes, [titles[name] for name in board["optimizer"]])
    return marks
