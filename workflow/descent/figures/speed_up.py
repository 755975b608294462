"""The result of runs of several lengths: how far the baseline is behind or ahead, in steps."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.speed_up import speed_ups
from descent.analysis.tables.formatting import better_word, metric_name, scale
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.values import Row
from descent.figures import panels, style
from descent.figures.drawing import Drawing, Mark
from descent.study.horizons import multiples_of

TITLE = "How many steps does each take to the same result?"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw results against steps, of one problem in a column's width or of all on a page."""
    several = [
        name
        for name, entry in tables.config["problems"].items()
        if len(multiples_of(entry)) > 1 and problem in (None, name)
    ]
    figure, axes = panels.problem_panels(TITLE, tables, several, height=2.1, extra=0.9)
    drawn = {panel: _panel(panel, tables, name) for name, panel in axes.items()}
    marks = panels.name_lines(figure, drawn, tables, problem, in_legend=True)
    caption = (
        "Mean result of runs of several lengths, each with its own decay and its own tuning, with "
        "its 95 % interval. A line leads from each optimizer to the steps in which the baseline "
        "reaches the same, its thick part is their 95 % interval."
    )
    said = {name: next(speed_ups(tables, name), None) for name in several}
    return Drawing(figure, panels.caption(tables, problem, caption, said.get), marks=marks)


def _panel(axes: Axes, tables: StudyTables, problem: str) -> list[Mark]:
    means = tables.of("horizons", problem=problem)
    metric = str(means["metric"].iloc[0])
    marks, unit = [], scale(metric)
    for name, look in style.palette(tables.optimizers).items():
        own = means[means["optimizer"] == name]
        artists = panels.curve(axes, look, own["steps"], unit * own["mean"])
        artists += [axes.vlines(own["steps"], unit * own["low"], unit * own["high"], look.colour)]
        points = [
            (run["steps"], unit * run["mean"], f"{run['steps']:,} steps: {_told(run)}")
            for run in tables.rows("horizons", problem=problem, optimizer=name)
            if run["mean"] is not None
        ]
        for row in tables.rows("speed_up", problem=problem, optimizer=name):
            height = unit * float(own.loc[own["horizon"] == row["horizon"], "mean"].iloc[0])
            ends = [row["steps"] * row[end] for end in ("low", "high") if row[end] is not None]
            reached = [row["baseline_steps"]] if row["baseline_steps"] else ends
            artists += axes.plot(
                [row["steps"], *reached], [height] * (1 + len(reached)), color=look.colour, lw=0.8
            )
            artists += axes.plot(ends, [height] * len(ends), color=look.colour, lw=3, alpha=0.35)
        marks.append(Mark(name, artists, tables.optimizer_titles[name], points))
    panels.log_scale(axes, means["steps"], axis="x")
    if not metric.endswith("accuracy"):
        panels.log_scale(axes, pd.concat([means["mean"], means["low"]]))
    axes.set_xlabel("steps of a run")
    axes.set_ylabel(f"{metric_name(metric)}\n({better_word(metric)})")
    return marks


def _told(run: Row) -> str:
    return panels.told(run["mean"], run["metric"], run["low"], run["high"])
