"""The reported metric of every seed, its mean and interval, and the ties."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import better_word, metric_name, metric_value
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "Which tuned optimizer ends best, and which of them tie?"
_TIE_COLOUR = "#EAF4EF"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw every seed, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    height = panels.height_of_rows(tables) + 0.92
    figure, axes = panels.problem_panels(TITLE, tables, problems, height=height, extra=0.3)
    for name, panel in axes.items():
        runs = tables.of("runs", problem=name, track=tables.track, stage="evaluation")
        board = tables.of("leaderboard", problem=name, track=tables.track)
        grouped = not tables.too_few_seeds and len(tables.optimizers) > 1
        _panel(panel, board.sort_values("rank"), runs, tables.optimizer_titles, grouped=grouped)
    return Drawing(figure, caption(tables, problem))


def _panel(
    axes: Axes, board: pd.DataFrame, runs: pd.DataFrame, titles: Mapping[str, str], *, grouped: bool
) -> None:
    looks = style.palette(titles)
    metric = str(board["metric"].iloc[0])
    scale = 100.0 if metric.endswith("accuracy") else 1.0
    split = metric.split("_", maxsplit=1)[0]
    column = f"final_{split}_loss" if metric.endswith("loss") else f"final_{split}_metric"
    for i, row in enumerate(board.to_dict("records")):
        look = looks[row["optimizer"]]
        if grouped and row["tie_group"] == 1:
            axes.axhspan(i - 0.5, i + 0.5, color=_TIE_COLOUR, linewidth=0, zorder=0)
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
                markeredgecolor="white", markeredgewidth=0.4,
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
    """Return what the figure shows, with the best and those that tie with it."""
    seeds = len(tables.config["seeds"]["evaluation"])
    opening = (
        f"Final value of each of {seeds} evaluation seeds (dots), mean and 95 % bootstrap "
        f"interval, track {tables.track}."
    )
    grouping = (
        f"{seeds} seeds are too few for any test to show a winner."
        if tables.too_few_seeds
        else "Shaded: no significant difference to the best in the sign-flip test with Holm's "
        "correction, 5 % level."
    )
    sentences = [opening, grouping]
    for name in [problem] if problem else tables.problems:
        board = tables.titled("leaderboard", problem=name, track=tables.track).sort_values("rank")
        best = board.iloc[0]
        first = board[board["tie_group"] == 1]["optimizer"]
        tied = list(first.iloc[1:])
        unit = " %" if best["metric"].endswith("accuracy") else ""
        text = (
            f"{tables.problem_titles[name]}: {best['optimizer']} "
            f"{metric_value(best['mean'], best['metric'])}{unit}"
        )
        if not tables.too_few_seeds:
            text += f", tied with {', '.join(tied)}" if tied else ", alone in front"
        sentences.append(text + ".")
    return " ".join(sentences)
