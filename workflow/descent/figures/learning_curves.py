"""Training loss against epochs, for every optimizer's evaluated runs."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.coinciding import coincidences
from descent.figures.direct_labels import FEWEST, MOST, label_ends
from descent.figures.drawing import Drawing

TITLE = "How fast does each tuned optimizer lower the training loss?"
#: Upper limit of a panel, as a multiple of the initial loss.
_HEADROOM = 3.0


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw the curves, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    figure, axes = panels.problem_panels(TITLE, tables, problems, extra=0.9)
    diverged = False
    for name, panel in axes.items():
        rows = tables.of("learning_curves", problem=name, track=tables.track)
        diverged |= draw_curves(panel, rows, tables.optimizers)
    more = [panels.divergence_mark()] if diverged else []
    if problem and FEWEST <= len(tables.optimizers) <= MOST:
        label_ends(axes[problem], _ends(tables, problem))
        if more:
            figure.legend(handles=more, loc="outside lower center")
    else:
        panels.add_legend(figure, tables, more=more)
    return Drawing(figure, caption(tables, problem))


def _ends(tables: StudyTables, problem: str) -> dict[str, tuple[float, float, str]]:
    """Return where the curve of each optimizer ends, and its colour, by display name."""
    looks = style.palette(tables.optimizers)
    rows = tables.of("learning_curves", problem=problem, track=tables.track)
    whole = rows[rows["runs"] == rows["seeds"]].sort_values("epoch")
    last = whole.groupby("optimizer", sort=False)[["epoch", "mean"]].last()
    return {
        tables.optimizer_titles[name]: (epoch, mean, looks[name].colour)
        for name, epoch, mean in last.itertuples()
    }


def draw_curves(axes: Axes, rows: pd.DataFrame, optimizers: list[str]) -> bool:
    """Draw the rows of ``learning_curves`` of one problem; return whether a run diverged."""
    if rows.empty:
        panels.no_data(axes, "no finite training loss")
        return False
    looks = style.palette(optimizers)
    # limit the panel, so that a diverging loss does not flatten the others
    start = rows.loc[rows["epoch"] == rows["epoch"].min(), "mean"]
    ceiling = _HEADROOM * float(start.max()) if start.max() > 0 else math.inf
    lost = False
    for optimizer in optimizers:
        curve = rows[rows["optimizer"] == optimizer].sort_values("epoch")
        if curve.empty:
            continue
        look = looks[optimizer]
        whole = curve[curve["runs"] == curve["seeds"]]
        axes.plot(
            whole["epoch"],
            whole["mean"],
            color=look.colour,
            linestyle=look.line_style,
            marker=look.marker,
            markevery=max(1, len(whole) // 6),
            markersize=3,
        )
        axes.fill_between(
            whole["epoch"], whole["low"], whole["high"], color=look.colour, alpha=0.15, linewidth=0
        )
        if curve["runs"].min() < curve["seeds"].max() or curve["epoch"].max() < rows["epoch"].max():
            lost = True
            end = whole if len(whole) else curve
            height = min(float(end["mean"].iloc[-1]), 0.8 * ceiling)
            axes.plot(end["epoch"].iloc[-1], height, "x", color=style.INK, ms=6, mew=2)
    shown = rows[rows["mean"] <= ceiling]
    panels.log_scale(axes, [*shown["mean"], *shown["low"].dropna()])
    if rows["mean"].max() > ceiling:
        axes.set_ylim(top=ceiling)
    panels.epochs_axis(axes, float(rows["epoch"].max()))
    axes.set_ylabel(panels.shown_quantity(rows["quantity"].iloc[0]))
    return lost


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the final losses of the two lowest curves."""
    opening = (
        f"Training loss of the {tables.track} runs, geometric mean over "
        f"{tables.evaluation_seeds(problem)} evaluation seeds with its 95 % interval; "
        "where the optimum is known, the distance to it. A curve ends with a cross where a run "
        "diverged."
    )
    sentences = [opening]
    for name in [problem] if problem else tables.problems:
        rows = tables.titled("learning_curves", problem=name, track=tables.track)
        if rows.empty:
            sentences.append(
                f"{tables.problem_titles[name]}: no run has one finite training loss, so there is "
                "no curve."
            )
            continue
        last = rows[(rows["epoch"] == rows["epoch"].max()) & (rows["runs"] == rows["seeds"])]
        lowest = last.nsmallest(2, "mean")
        if len(lowest) == 2:
            (a, b) = lowest.to_dict("records")
            sentences.append(
                f"{tables.problem_titles[name]}: {a['optimizer']} ends lowest at "
                f"{a['mean']:.3g}, then {b['optimizer']} at {b['mean']:.3g}."
            )
        whole = rows[rows["runs"] == rows["seeds"]]
        together = coincidences(whole.pivot_table("mean", "epoch", "optimizer"))
        if together:
            sentences.append(f"{tables.problem_titles[name]}: {together}")
    return " ".join(sentences)
