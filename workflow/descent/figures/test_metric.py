"""The reported metric of every seed, its mean and interval, and who may be the best."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.tables.formatting import better_word, metric_name, metric_value
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "Which tuned optimizer ends best, and which of them may be the best?"
_FRONT_COLOUR = "#EAF4EF"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw every seed, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    height = panels.height_of_rows(tables) + 0.92
    figure, axes = panels.problem_panels(TITLE, tables, problems, height=height, extra=0.3)
    for name, panel in axes.items():
        runs = tables.of("runs", problem=name, track=tables.track, stage="evaluation")
        board = tables.of("leaderboard", problem=name, track=tables.track)
        draw_seeds(panel, board.sort_values("rank"), runs, tables.optimizer_titles)
    return Drawing(figure, caption(tables, problem))


def draw_seeds(
    axes: Axes, board: pd.DataFrame, runs: pd.DataFrame, titles: Mapping[str, str]
) -> None:
    """Draw the evaluated ``runs`` of one problem, in the order of the ``leaderboard``."""
    looks = style.palette(titles)
    metric = str(board["metric"].iloc[0])
    scale = 100.0 if metric.endswith("accuracy") else 1.0
    split = metric.split("_", maxsplit=1)[0]
    column = f"final_{split}_loss" if metric.endswith("loss") else f"final_{split}_metric"
    for i, row in enumerate(board.to_dict("records")):
        look = looks[row["optimizer"]]
        if row["contender"] and len(titles) > 1:
            axes.axhspan(i - 0.5, i + 0.5, color=_FRONT_COLOUR, linewidth=0, zorder=0)
        of_this = runs[runs["optimizer"] == row["optimizer"]].sort_values("seed")
        values = scale * of_this[column].dropna()
        axes.plot(
            values,
            panels.dot_heights(i, len(values)),
            ".",
            color=look.colour,
            markersize=3,
            alpha=0.55,
            mew=0,
        )
        if pd.notna(row["low"]):
            axes.plot(
                [scale * row["low"], scale * row["high"]], [i, i], color=look.colour, linewidth=1.6
            )
        if pd.notna(row["mean"]):
            axes.plot(
                scale * row["mean"], i, marker=look.marker, color=look.colour, markersize=5.5,
                markeredgecolor=look.edge, markeredgewidth=0.4,
            )  # fmt: skip
        if row["unfinished"]:
            axes.text(
                0.99, i, f"{row['unfinished']} of {row['seeds']} diverged", color=style.BAD,
                transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=6.5,
            )  # fmt: skip
    if not metric.endswith("accuracy"):
        shown = runs[column].dropna()
        if len(shown) and shown.max() > 5 * shown.min():
            panels.log_scale(axes, shown, axis="x")
    panels.row_labels(axes, [titles[name] for name in board["optimizer"]])
    axes.set_xlabel(f"{metric_name(metric)}\n{better_word(metric)}")


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the first and those in front with it."""
    opening = (
        f"Final value of each of {tables.evaluation_seeds(problem)} evaluation seeds (dots), mean "
        f"and 95 % bootstrap interval, track {tables.track}. Shaded: no other is better."
    )
    sentences = [opening]
    for name in [problem] if problem else tables.problems:
        board = tables.titled("leaderboard", problem=name, track=tables.track).sort_values("rank")
        best = board.iloc[0]
        front = [
            other for other in board[board["contender"]]["optimizer"] if other != best["optimizer"]
        ]
        unit = " %" if best["metric"].endswith("accuracy") else ""
        text = (
            f"{tables.problem_titles[name]}: {best['optimizer']} "
            f"{metric_value(best['mean'], best['metric'])}{unit}"
        )
        text += f", in front with {', '.join(front)}" if front else ", better than all others"
        sentences.append(text + ".")
    return " ".join(sentences)
