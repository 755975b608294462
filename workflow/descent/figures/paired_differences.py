"""Differences of each optimizer to the best, paired by seed."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import metric_difference, p_value
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "How far behind the best is each optimizer, and could it be chance?"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw paired differences, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    best = {
        name: tables.titled("comparisons", problem=name, track=tables.track)["best"].iloc[0]
        for name in problems
    }
    figure, axes = panels.problem_panels(
        TITLE, tables, problems, {name: f"best: {title}" for name, title in best.items()},
        height=panels.height_of_rows(tables) + 0.65, extra=0.3, most_columns=2,
    )  # fmt: skip
    for name, panel in axes.items():
        rows = tables.of("comparisons", problem=name, track=tables.track)
        _panel(panel, rows, tables)
    return Drawing(figure, caption(tables, problem))


def _panel(axes: Axes, rows: pd.DataFrame, tables: StudyTables) -> None:
    looks = style.palette(tables.optimizers)
    metric = str(rows["metric"].iloc[0])
    accuracy = metric.endswith("accuracy")
    scale = 100.0 if accuracy else 1.0
    axes.axvline(0, color=style.INK, linewidth=0.8)
    for i, row in enumerate(rows.to_dict("records")):
        look = looks[row["optimizer"]]
        verdict = "tie, " if row["tie"] else "behind, "
        if pd.isna(row["difference"]):
            verdict = "diverged, "
        elif tables.too_few_seeds:
            verdict = ""
        text = f"{verdict}p = {p_value(row['p_holm'])}".replace("= <", "<")
        if pd.notna(row["difference"]):
            if pd.notna(row["low"]):
                axes.plot(
                    [scale * row["low"], scale * row["high"]],
                    [i, i],
                    color=look.colour,
                    linewidth=1.6,
                )
            axes.plot(
                scale * row["difference"], i, marker=look.marker, color=look.colour, markersize=5,
                markerfacecolor="white" if row["tie"] else look.colour,
            )  # fmt: skip
        axes.text(
            1.02, i, text, transform=axes.get_yaxis_transform(), va="center", fontsize=6.5,
            color=style.MUTED if row["tie"] else style.INK,
        )  # fmt: skip
    panels.row_labels(axes, [tables.optimizer_titles[name] for name in rows["optimizer"]])
    name = f"points of {metric.replace('_', ' ')}" if accuracy else metric.replace("_", " ")
    axes.set_xlabel(f"lead of the best ({name})")
    axes.margins(x=0.08)


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the closest competitor of the best."""
    opening = (
        f"Mean advantage of the best optimizer over each other one, paired by "
        f"{len(tables.config['seeds']['evaluation'])} evaluation seeds, with its 95 % bootstrap "
        f"interval, track {tables.track}; hollow markers are ties (sign-flip test, Holm's "
        "correction, 5 % level)."
    )
    sentences = [opening]
    for name in [problem] if problem else tables.problems:
        rows = tables.titled("comparisons", problem=name, track=tables.track)
        known = rows.dropna(subset=["difference"])
        if known.empty:
            continue
        close = known.iloc[0]  # the next in the ranking
        seeds = close["seeds_to_separate"]
        if not close["tie"]:
            enough = ""
        elif pd.notna(seeds):
            enough = f"; about {seeds:.0f} seeds would show the difference"
        else:
            enough = "; no affordable number of seeds would show the difference"
        sentences.append(
            f"{tables.problem_titles[name]}: {close['best']} is "
            f"{metric_difference(close['difference'], close['metric'])} ahead of "
            f"{close['optimizer']} (p = {p_value(close['p_holm'])}){enough}."
        )
    return " ".join(sentences)
