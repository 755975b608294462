"""The tuning metric against the learning rate, and the range that does nearly as well."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from descent.analysis import findings
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.coinciding import coincidences
from descent.figures.drawing import Drawing, Mark

TITLE = "How sensitive is each optimizer to its learning rate?"


def draw(tables: StudyTables, problem: str | None = None, *, in_colour: bool = False) -> Drawing:
    """Draw the grid of every optimizer, for one problem in a column's width or for all.

    The rows below the curves are the legend: each has its optimizer's name, colour and marker.
    Of many optimizers, the curves of some are grey, unless all are asked for ``in_colour``.
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
    marks: list[Mark] = []
    for i, name in enumerate(problems):
        top, below = (
            grid[2 * (i // columns), i % columns],
            grid[2 * (i // columns) + 1, i % columns],
        )
        below.sharex(top)
        grid_points = tables.of("learning_rates", problem=name)
        curves = draw_curves(top, grid_points, tables.optimizer_titles)
        if not in_colour:
            named = panels.named_optimizers(tables, problem)
            panels.to_the_background(mark for mark in curves if mark.optimizer not in named)
        marks += curves
        ranges = tables.of("sensitivity", problem=name)
        marks += _ranges(below, ranges, grid_points, tables.optimizer_titles)
        top.set_title(titles[name], fontweight="normal")
        top.tick_params(labelbottom=False)
        if i % columns:
            below.set_yticklabels([])
    for i in range(len(problems), blocks * columns):
        grid[2 * (i // columns), i % columns].remove()
        grid[2 * (i // columns) + 1, i % columns].remove()
    return Drawing(figure, caption(tables, problem), marks=marks)


def draw_curves(axes: Axes, rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Mark]:
    """Draw the rows of ``learning_rates`` of one problem, mean and range over the tuning seeds.

    Parameters
    ----------
    axes : Axes
        The panel.
    rows : DataFrame
        All else as tuning chose it.
    titles : mapping of str to str
        Display name of each optimizer of the study.
    """
    metric, marks = str(rows["metric"].iloc[0]), []
    # a mean without the diverged runs would be too good
    whole = rows[rows["unfinished"] == 0].sort_values("learning_rate")
    columns = ["mean", "least", "greatest"]
    shown = panels.to_shown(whole[columns], metric)
    for optimizer, look in style.palette(titles).items():
        own = whole[whole["optimizer"] == optimizer]
        rates, heights = own["learning_rate"], shown.loc[own.index]
        interval = (heights["least"], heights["greatest"])
        artists = panels.curve(axes, look, rates, heights["mean"], interval)
        points = [
            (rate, y, f"learning rate {rate:.3g}: {panels.told(*values)}")
            for rate, y, values in zip(
                rates,
                heights["mean"],
                own[["mean", "metric", "least", "greatest"]].to_numpy(),
                strict=True,
            )
        ]
        about = f"{titles[optimizer]}\n{panels.shown_name(metric)}, mean and range of the seeds"
        marks.append(Mark(optimizer, artists, about, points))
    ends = [*shown["least"], *shown["greatest"]]
    panels.log_scale(axes, ends)
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylabel(panels.shown_quantity(metric))
    _cut(axes, ends)
    return marks


def _cut(axes: Axes, shown: list[float]) -> None:
    """Limit the axis, so that one huge loss does not flatten the others."""
    present = np.array([value for value in shown if np.isfinite(value)])
    if present.size and axes.get_yscale() == "log":
        ceiling = 1e4 * float(np.median(present))
        if present.max() > ceiling:
            axes.set_ylim(top=ceiling)


def _ranges(
    axes: Axes, rows: pd.DataFrame, grid: pd.DataFrame, titles: Mapping[str, str]
) -> list[Mark]:
    """Draw the robust range of each optimizer in a row of its own, and where it diverges."""
    marks = []
    of_optimizer = rows.set_index("optimizer")
    for i, (optimizer, look) in enumerate(style.palette(titles).items()):
        lost = grid[(grid["optimizer"] == optimizer) & (grid["unfinished"] > 0)]
        rates = lost["learning_rate"]
        crosses = axes.plot(rates, [i] * len(lost), "x", color=style.INK, markersize=4, mew=1.2)
        artists: list[Artist] = [*crosses]
        points = [
            (rate, i, f"learning rate {rate:.3g}: {unfinished} of {runs} runs did not finish")
            for rate, unfinished, runs in zip(rates, lost["unfinished"], lost["runs"], strict=True)
        ]
        if optimizer in of_optimizer.index:
            row = of_optimizer.loc[optimizer]
            best, low, high = row["best_learning_rate"], row["robust_low"], row["robust_high"]
            if pd.notna(low):
                artists += axes.plot(
                    [low, high], [i, i], color=look.colour, linewidth=3, alpha=0.55,
                    solid_capstyle="butt",
                )  # fmt: skip
                points.append((best, i, f"best at {best:.3g}, robust {low:.3g} to {high:.3g}"))
            artists += axes.plot(best, i, marker=look.marker, color=look.colour, markersize=4)
        marks.append(Mark(optimizer, artists, titles[optimizer], points))
    axes.set_xscale("log")
    axes.minorticks_off()
    panels.row_labels(axes, list(titles.values()))
    axes.tick_params(axis="y", labelsize=6.5)
    axes.set_xlabel("learning rate")
    return marks


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the widest and the narrowest range."""
    seeds = len(tables.config["seeds"]["tuning"])
    opening = (
        "Validation error (or loss) against the learning rate, mean and range over "
        f"{seeds} tuning seed{'' if seeds == 1 else 's'}. Below, for each optimizer, its "
        "best learning rate, the range that stays within half a point of the best accuracy (or "
        "5 % of the best loss), and a cross where a run diverged."
    )

    def ranges(name: str) -> str:
        said = [*findings.robustness(tables, name)]
        grid = tables.titled("learning_rates", problem=name)
        whole = grid[grid["unfinished"] == 0]
        drawn = whole.assign(mean=panels.to_shown(whole["mean"], str(grid["metric"].iloc[0])))
        said.append(coincidences(drawn.pivot_table("mean", "learning_rate", "optimizer")))
        return " ".join(said).strip()

    return panels.caption(tables, problem, opening, ranges)
