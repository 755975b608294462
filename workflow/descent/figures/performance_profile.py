"""Across problems: how often an optimizer reaches the target within a multiple of the fastest."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing, Mark

TITLE = "How often does each optimizer reach the target nearly as fast as the fastest?"


def draw(tables: StudyTables) -> Drawing:
    """Draw the performance profile over all problems with a target and all seeds."""
    figure = style.new_figure(style.COLUMN_WIDTH, 2.9)
    panels.add_title(figure, TITLE)
    axes = figure.subplots()
    looks = style.palette(tables.optimizers)
    rows = tables.of("profiles", track=tables.track)
    marks: list[Mark] = []
    end = max(2.0, 1.15 * float(rows["ratio"].max()))
    for optimizer in tables.optimizers:
        steps = rows[rows["optimizer"] == optimizer].sort_values("ratio")
        look = looks[optimizer]
        ratio = np.append(steps["ratio"].to_numpy(), end)
        share = np.append(steps["share"].to_numpy(), steps["share"].iloc[-1])
        line = axes.step(ratio, share, where="post", color=look.colour, linestyle=look.line_style)
        artists: list[Artist] = [*line]
        artists += axes.plot(end, share[-1], marker=look.marker, color=look.colour, clip_on=False)
        marks.append(Mark(optimizer, artists, points=[(end, share[-1], "")]))
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlim(1, end)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("steps to target,\nas a multiple of the fastest")
    axes.set_ylabel("share of runs")
    panels.name_lines(figure, {axes: marks}, tables, None)
    return Drawing(figure, caption(tables))


def caption(tables: StudyTables) -> str:
    """Return what the figure shows, with the optimizers that lead at both ends."""
    rows = tables.titled("profiles", track=tables.track)
    first = rows[rows["ratio"] == 1.0].set_index("optimizer")["share"]
    last = rows.groupby("optimizer")["share"].max()
    fastest, surest = _leaders(first), _leaders(last)
    return (
        f"Share of the {rows['instances'].iloc[0]} runs (problems with a target, times evaluation "
        f"seeds, track {tables.track}) that reach the target within a multiple of the steps of the "
        "fastest optimizer on the same problem and seed; runs that "
        f"missed the target are the gap to 1 at the right end. Fastest most often: {fastest} "
        f"({100 * first.max():.0f} %, ties count for each). Reaches the target most often: "
        f"{surest} ({100 * last.max():.0f} %)."
    )


def _leaders(shares: pd.Series[float]) -> str:
    top = shares[shares == shares.max()].index
    return ", ".join(sorted(top))
