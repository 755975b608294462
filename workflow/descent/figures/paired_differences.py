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
TITLE_OF_BASELINE = "How far ahead of {} is each other optimizer, and does it matter?"
_MARGIN_COLOUR = "#E8F0F8"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw paired differences, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    baseline = tables.config["baseline"]
    leaders = {name: tables.optimizer_titles[_leader(tables, name)] for name in problems}
    title, subtitles = TITLE, {name: f"first: {leader}" for name, leader in leaders.items()}
    if baseline is not None:
        title, subtitles = TITLE_OF_BASELINE.format(tables.optimizer_titles[baseline]), {}
    figure, axes = panels.problem_panels(
        title, tables, problems, subtitles,
        height=panels.height_of_rows(tables) + 0.65, extra=0.3, most_columns=2,
    )  # fmt: skip
    for name, panel in axes.items():
        if baseline is None:
            rows = [_turned(row) for row in _leads(tables, name, over=_leader(tables, name))]
        else:
            rows = _leads(tables, name, over=baseline)
        _panel(panel, rows, tables.optimizer_titles)
        whose = "the first" if baseline is None else "each"
        panel.set_xlabel(f"lead of {whose} ({_unit(str(rows[0]['metric']))})")
    return Drawing(figure, caption(tables, problem))


def _leader(tables: StudyTables, problem: str) -> str:
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    return str(board.sort_values("rank")["optimizer"].iloc[0])


def _leads(tables: StudyTables, problem: str, *, over: str) -> list[dict[str, Any]]:
    """Return the lead of each ``other`` optimizer over one, by rank."""
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    place = dict(zip(board["optimizer"], board["rank"], strict=True))
    rows = [{**r, "other": r["optimizer"]} for r in tables.pairs(problem) if r["rival"] == over] + [
        _turned({**r, "other": r["rival"]}) for r in tables.pairs(problem) if r["optimizer"] == over
    ]
    return sorted(rows, key=lambda row: int(place[row["other"]]))


def _turned(row: dict[str, Any]) -> dict[str, Any]:
    """Return the pair as the other of the two sees it."""
    words = {"better": "worse", "worse": "better"}
    return {
        **row,
        "difference": -row["difference"],
        "low": -row["high"],
        "high": -row["low"],
        "verdict": " ".join(words.get(word, word) for word in row["verdict"].split()),
    }


def _unit(metric: str) -> str:
    words = metric.replace("_", " ")
    return f"points of {words}" if metric.endswith("accuracy") else words


def _panel(axes: Axes, rows: list[dict[str, Any]], titles: Mapping[str, str]) -> None:
    looks = style.palette(titles)
    scale = 100.0 if str(rows[0]["metric"]).endswith("accuracy") else 1.0
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
    axes.margins(x=0.08)


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the verdicts on the leader."""
    baseline = tables.config["baseline"]
    lead = (
        "Mean lead of the first optimizer over each other one"
        if baseline is None
        else f"Mean lead of each other optimizer over {tables.optimizer_titles[baseline]}"
    )
    opening = (
        f"{lead}, paired by {tables.evaluation_seeds(problem)} evaluation seeds, track "
        f"{tables.track}, with intervals that hold for all pairs of a problem at once with 95 %; "
        "filled markers are differences that are more than chance, shaded is the margin."
    )
    sentences = [opening]
    for name in [problem] if problem else tables.problems:
        pairs = tables.pairs(name, titled=True)
        margin = metric_difference(pairs[0]["margin"], pairs[0]["metric"])
        told = _leader(tables, name) if baseline is None else baseline
        verdict = verdicts_of(tables.optimizer_titles[told], pairs)
        sentences.append(f"{tables.problem_titles[name]} (margin {margin}): {verdict}")
    return " ".join(sentences)
