"""The reported metric of every seed, its mean and interval, and who may be the best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from descent.analysis import answer
from descent.analysis.tables.formatting import better_word, metric_name
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing, Mark

TITLE = "Which optimizer ends best, and which of them may be the best?"
FRONT_COLOUR = "#EAF4EF"


def draw(tables: StudyTables, problem: str | None = None, track: str | None = None) -> Drawing:
    """Draw every seed, for one problem in a column's width or for all on a page.

    Parameters
    ----------
    tables : StudyTables
        The study.
    problem : str, optional
        By default all.
    track : str, optional
        By default the headline track.
    """
    track = track or tables.track
    problems = [problem] if problem else tables.problems
    height = panels.height_of_rows(tables) + 0.92
    figure, axes = panels.problem_panels(TITLE, tables, problems, height=height, extra=0.3)
    marks: list[Mark] = []
    for name, panel in axes.items():
        runs = tables.of("runs", problem=name, track=track, counts=True)
        about = panels.with_rates(tables, name, track)
        board = tables.of("leaderboard", problem=name, track=track).sort_values("rank")
        marks += draw_seeds(panel, board, runs, tables.optimizer_titles, about)
    opening = (
        f"Final value of each of {tables.evaluation_seeds(problem, track)} evaluation seeds "
        f"(dots), mean and 95 % bootstrap interval, track {track}. Shaded: the leaders."
    )

    def sentence(name: str) -> str:
        return answer.of_problem(tables, name, track).text

    return Drawing(figure, panels.caption(tables, problem, opening, sentence), marks=marks)


def draw_seeds(
    axes: Axes,
    board: pd.DataFrame,
    runs: pd.DataFrame,
    titles: Mapping[str, str],
    about: Mapping[str, str] | None = None,
) -> list[Mark]:
    """Draw the evaluated ``runs`` of one problem, in the order of the ``leaderboard``.

    Parameters
    ----------
    axes : Axes
        The panel.
    board, runs : DataFrame
        Rows of ``leaderboard`` and of ``runs``.
    titles : mapping of str to str
        Display name of each optimizer of the study.
    about : mapping of str to str, optional
        What is said of each optimizer; by default its display name.
    """
    looks, marks = style.palette(titles), []
    metric = str(board["metric"].iloc[0])
    scale = 100.0 if metric.endswith("accuracy") else 1.0
    split = metric.split("_", maxsplit=1)[0]
    column = f"final_{split}_loss" if metric.endswith("loss") else f"final_{split}_metric"
    for i, row in enumerate(board.to_dict("records")):
        name, look = row["optimizer"], looks[row["optimizer"]]
        if row["contender"] and len(titles) > 1:
            axes.axhspan(i - 0.5, i + 0.5, color=FRONT_COLOUR, linewidth=0, zorder=0)
        own = runs[runs["optimizer"] == name].dropna(subset=column).sort_values("seed")
        heights = panels.dot_heights(i, len(own))
        dots: dict[str, Any] = {"color": look.colour, "markersize": 3, "alpha": 0.55, "mew": 0}
        artists: list[Artist] = [*axes.plot(scale * own[column], heights, ".", **dots)]
        points = [
            (scale * value, height, f"seed {seed}: {panels.told(value, metric)}")
            for value, height, seed in zip(own[column], heights, own["seed"], strict=True)
        ]
        if pd.notna(row["low"]):
            ends = [scale * row["low"], scale * row["high"]]
            artists += axes.plot(ends, [i, i], color=look.colour, linewidth=1.6)
        if pd.notna(row["mean"]):
            artists += axes.plot(scale * row["mean"], i, **look.point, markersize=5.5)
            mean = panels.told(row["mean"], metric, row["low"], row["high"])
            points.append((scale * row["mean"], i, f"mean {mean}"))
        if row["unfinished"]:
            lost = axes.text(
                0.99, i, f"{row['unfinished']} of {row['seeds']} diverged", color=style.BAD,
                transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=6.5,
            )  # fmt: skip
            artists.append(lost)
        said = f"{(about or titles)[name]}\n{panels.shown_name(metric)}, {row['seeds']} runs"
        marks.append(Mark(name, artists, said, points))
    if not metric.endswith("accuracy"):
        shown = runs[column].dropna()
        if len(shown) and shown.max() > 5 * shown.min():
            panels.log_scale(axes, shown, axis="x")
    panels.row_labels(axes, [titles[name] for name in board["optimizer"]])
    axes.set_xlabel(f"{metric_name(metric)}\n{better_word(metric)}")
    return marks
