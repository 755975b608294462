"""The time at which every run reached the target."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "How long does each tuned optimizer take to reach the target?"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw every run, for one problem in a column's width or for all with a target on a page."""
    problems = [problem] if problem else with_target(tables)
    height = panels.height_of_rows(tables) + 0.85
    figure, axes = panels.problem_panels(
        TITLE, tables, problems, {name: _target(tables, name) for name in problems},
        height=height, extra=0.3, most_columns=2,
    )  # fmt: skip
    for name, panel in axes.items():
        runs = tables.of("runs", problem=name, track=tables.track, stage="evaluation")
        board = tables.of("leaderboard", problem=name, track=tables.track)
        _panel(panel, runs, board, tables.optimizer_titles)
    return Drawing(figure, caption(tables, problem))


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


def _panel(axes: Axes, runs: pd.DataFrame, board: pd.DataFrame, titles: Mapping[str, str]) -> None:
    looks = style.palette(titles)
    budget = float(runs["epochs"].max())
    ordered = _order(board).to_dict("records")
    for i, row in enumerate(ordered):
        look = looks[row["optimizer"]]
        of_this = runs[runs["optimizer"] == row["optimizer"]].sort_values("seed")
        reached = of_this["target_reached"].astype(bool)
        times = of_this["epochs_to_target"][reached]
        axes.plot(
            times,
            np.linspace(i - 0.33, i + 0.33, len(times)) if len(times) > 1 else [i] * len(times),
            ".",
            color=look.colour,
            markersize=4,
            alpha=0.6,
            mew=0,
        )
        median = row["median_epochs_to_target"]
        if pd.notna(median):
            axes.plot(
                [median, median], [i - 0.36, i + 0.36], color=look.colour, linewidth=3, alpha=0.4
            )
        missed = int((~reached).sum())
        if missed:
            axes.text(
                1.02, i, f"{missed} of {len(of_this)} missed", color=style.BAD, fontsize=6.5,
                transform=axes.get_yaxis_transform(), va="center",
            )  # fmt: skip
    axes.set_xlim(0, 1.03 * budget)
    panels.epochs_axis(axes, budget)
    panels.row_labels(axes, [titles[row["optimizer"]] for row in ordered])


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the fastest optimizer and the number of misses."""
    opening = (
        "Epochs until an evaluation first met the target, every run (dots) and the median over "
        f"seeds (bars), track {tables.track}; a run that missed is censored at the end of the "
        "budget."
    )
    sentences = [opening]
    for name in [problem] if problem else with_target(tables):
        board = _order(tables.titled("leaderboard", problem=name, track=tables.track))
        best, runs = board.iloc[0], int(board["seeds"].sum())
        missed = runs - int(board["target_reached"].sum())
        median = best["median_epochs_to_target"]
        lead = (
            f"{best['optimizer']} is first, in the median at epoch {median:g}"
            if pd.notna(median)
            else "the median run of every optimizer misses"
        )
        sentences.append(f"{tables.problem_titles[name]}: {lead}; {missed} of {runs} runs miss.")
    return " ".join(sentences)
