"""How far behind the leader each optimizer is, and what the margin makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import metric_difference
from descent.analysis.verdict_sentences import verdicts_of
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "How far behind the leader is each optimizer, and does it matter?"
_MARGIN_COLOUR = "#E8F0F8"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw paired differences, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    leaders = {name: _leader(tables, name) for name in problems}
    figure, axes = panels.problem_panels(
        TITLE, tables, problems,
        {name: f"first: {tables.optimizer_titles[leader]}" for name, leader in leaders.items()},
        height=panels.height_of_rows(tables) + 0.65, extra=0.3, most_columns=2,
    )  # fmt: skip
    for name, panel in axes.items():
        _panel(panel, _behind(tables, name, leaders[name]), tables.optimizer_titles)
    return Drawing(figure, caption(tables, problem))


def _leader(tables: StudyTables, problem: str) -> str:
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    return str(board.sort_values("rank")["optimizer"].iloc[0])


def _behind(tables: StudyTables, problem: str, leader: str) -> list[dict[str, Any]]:
    """Return the pairs of the leader, each with ``other`` and its lead over it, by rank."""
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    place = dict(zip(board["optimizer"], board["rank"], strict=True))
    rows: list[dict[str, Any]] = []
    for row in tables.pairs(problem):
        if leader == row["optimizer"]:
            rows.append({**row, "other": row["rival"]})
        elif leader == row["rival"]:
            turned = {
                "difference": -row["difference"],
                "low": -row["high"],
                "high": -row["low"],
                "verdict": row["verdict"].replace("better", "worse"),
            }
            rows.append({**row, **turned, "other": row["optimizer"]})
    return sorted(rows, key=lambda row: int(place[row["other"]]))


def _panel(axes: Axes, rows: list[dict[str, Any]], titles: Mapping[str, str]) -> None:
    looks = style.palette(titles)
    metric = str(rows[0]["metric"])
    accuracy = metric.endswith("accuracy")
    scale = 100.0 if accuracy else 1.0
    margin = scale * float(rows[0]["margin"])
    axes.axvspan(-margin, margin, color=_MARGIN_COLOUR, linewidth=0, zorder=0)
    axes.axvline(0, color=style.INK, linewidth=0.8)
    for i, row in enumerate(rows):
        look = looks[row["other"]]
        sure = row["verdict"].startswith(("better", "worse"))
        if pd.notna(row["low"]):
            axes.plot(
                [scale * row["low"], scale * row["high"]], [i, i], color=look.colour, linewidth=1.6
            )
        if pd.notna(row["difference"]):
            axes.plot(
                scale * row["difference"], i, marker=look.marker, color=look.colour, markersize=5,
                markerfacecolor=look.colour if sure else "white",
            )  # fmt: skip
        lost = " (diverged)" if pd.isna(row["difference"]) else ""
        axes.text(
            1.02, i, row["verdict"] + lost, transform=axes.get_yaxis_transform(), va="center",
            fontsize=6.5, color=style.MUTED if row["verdict"] == "undecided" else style.INK,
        )  # fmt: skip
    panels.row_labels(axes, [titles[row["other"]] for row in rows])
    name = f"points of {metric.replace('_', ' ')}" if accuracy else metric.replace("_", " ")
    axes.set_xlabel(f"lead of the first ({name})")
    axes.margins(x=0.08)


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the verdicts on the leader."""
    opening = (
        "Mean lead of the first optimizer over each other one, paired by "
        f"{tables.evaluation_seeds(problem)} evaluation seeds, track {tables.track}, with "
        "intervals that hold for all pairs of a problem at once with 95 %; filled markers are "
        "differences that are more than chance, shaded is the margin."
    )
    sentences = [opening]
    for name in [problem] if problem else tables.problems:
        pairs = tables.pairs(name, titled=True)
        margin = metric_difference(pairs[0]["margin"], pairs[0]["metric"])
        verdict = verdicts_of(tables.optimizer_titles[_leader(tables, name)], pairs)
        sentences.append(f"{tables.problem_titles[name]} (margin {margin}): {verdict}")
    return " ".join(sentences)
