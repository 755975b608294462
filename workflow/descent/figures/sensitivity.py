"""The tuning metric against the learning rate, and the range that does nearly as well."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.coinciding import coincidences
from descent.figures.drawing import Drawing

TITLE = "How sensitive is each optimizer to its learning rate?"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw the grid of every optimizer, for one problem in a column's width or for all.

    The rows below the curves are the legend: each has its optimizer's name, colour and marker.
    """
    problems = [problem] if problem else tables.problems
    columns = 1 if problem else panels.columns_for(len(problems))
    blocks = -(-len(problems) // columns)
    strip = 0.74 * panels.height_of_rows(tables) + 0.15
    width = style.COLUMN_WIDTH if problem else style.PAGE_WIDTH
    titles, lines = panels.panel_titles(tables, problems, width / columns)
    figure = style.new_figure(width, blocks * (1.8 + 0.14 * lines + strip) + 0.7)
    panels.add_title(figure, TITLE)
    grid = figure.subplots(2 * blocks, columns, squeeze=False, height_ratios=[1.6, strip] * blocks)
    for i, name in enumerate(problems):
        top, below = (
            grid[2 * (i // columns), i % columns],
            grid[2 * (i // columns) + 1, i % columns],
        )
        below.sharex(top)
        grid_points = tables.of("learning_rates", problem=name, others_chosen=True)
        draw_curves(top, grid_points, tables.optimizers)
        _ranges(below, tables.of("sensitivity", problem=name), grid_points, tables.optimizer_titles)
        top.set_title(titles[name], fontweight="normal")
        top.tick_params(labelbottom=False)
        if i % columns:
            below.set_yticklabels([])
    for i in range(len(problems), blocks * columns):
        grid[2 * (i // columns), i % columns].remove()
        grid[2 * (i // columns) + 1, i % columns].remove()
    return Drawing(figure, caption(tables, problem))


def draw_curves(axes: Axes, rows: pd.DataFrame, optimizers: list[str]) -> None:
    """Draw the rows of ``learning_rates`` of one problem, mean and range over the tuning seeds."""
    looks = style.palette(optimizers)
    metric = str(rows["metric"].iloc[0])
    shown: list[float] = []
    for optimizer in optimizers:
        grid = rows[rows["optimizer"] == optimizer].sort_values("learning_rate")
        grid = grid.assign(
            **{c: panels.to_shown(grid[c], metric) for c in ("mean", "least", "greatest")}
        )
        # a mean without the diverged runs would be too good
        whole = grid[grid["unfinished"] == 0]
        look = looks[optimizer]
        axes.plot(
            whole["learning_rate"],
            whole["mean"],
            color=look.colour,
            linestyle=look.line_style,
            marker=look.marker,
            markersize=3,
        )
        axes.fill_between(
            whole["learning_rate"],
            whole["least"],
            whole["greatest"],
            color=look.colour,
            alpha=0.15,
            linewidth=0,
        )
        shown += [*whole["least"], *whole["greatest"]]
    panels.log_scale(axes, shown)
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylabel(panels.shown_quantity(metric))
    _cut(axes, shown)


def _cut(axes: Axes, shown: list[float]) -> None:
    """Limit the axis, so that one huge loss does not flatten the others."""
    present = np.array([value for value in shown if np.isfinite(value)])
    if present.size and axes.get_yscale() == "log":
        ceiling = 1e4 * float(np.median(present))
        if present.max() > ceiling:
            axes.set_ylim(top=ceiling)


def _ranges(axes: Axes, rows: pd.DataFrame, grid: pd.DataFrame, titles: Mapping[str, str]) -> None:
    """Draw the robust range of each optimizer in a row of its own, and where it diverges."""
    looks, optimizers = style.palette(titles), list(titles)
    lost = grid[grid["unfinished"] > 0]
    places = [optimizers.index(optimizer) for optimizer in lost["optimizer"]]
    axes.plot(lost["learning_rate"], places, "x", color=style.INK, markersize=4, mew=1.2)
    for i, optimizer in enumerate(optimizers):
        for _, row in rows[rows["optimizer"] == optimizer].iterrows():
            look = looks[optimizer]
            if pd.notna(row["robust_low"]):
                axes.plot(
                    [row["robust_low"], row["robust_high"]],
                    [i, i],
                    color=look.colour,
                    linewidth=3,
                    alpha=0.55,
                    solid_capstyle="butt",
                )
            axes.plot(
                row["best_learning_rate"], i, marker=look.marker, color=look.colour, markersize=4
            )
    axes.set_xscale("log")
    axes.minorticks_off()
    panels.row_labels(axes, list(titles.values()))
    axes.tick_params(axis="y", labelsize=6.5)
    axes.set_xlabel("learning rate")


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the widest and the narrowest range."""
    seeds = len(tables.config["seeds"]["tuning"])
    opening = (
        "Validation error (or loss) against the learning rate, mean and range over "
        f"{seeds} tuning seed{'' if seeds == 1 else 's'}. Below, for each optimizer, its "
        "best learning rate, the range that stays within half a point of the best accuracy (or "
        "5 % of the best loss), and a cross where a run diverged."
    )
    sentences = [opening]
    for name in [problem] if problem else tables.problems:
        rows = tables.titled("sensitivity", problem=name).sort_values(
            ["robust_decades", "optimizer"], ascending=[False, True]
        )
        if len(rows) > 1:
            wide, narrow = rows.iloc[0], rows.iloc[-1]
            more = " or more" if wide["robust_censored"] else ""
            sentences.append(
                f"{tables.problem_titles[name]}: widest for {wide['optimizer']} "
                f"({wide['robust_decades']:.2f} decades{more}), narrowest for "
                f"{narrow['optimizer']} ({narrow['robust_decades']:.2f})."
            )
        grid = tables.titled("learning_rates", problem=name, others_chosen=True)
        whole = grid[grid["unfinished"] == 0]
        drawn = whole.assign(mean=panels.to_shown(whole["mean"], str(grid["metric"].iloc[0])))
        together = coincidences(drawn.pivot_table("mean", "learning_rate", "optimizer"))
        if together:
            sentences.append(f"{tables.problem_titles[name]}: {together}")
    return " ".join(sentences)
