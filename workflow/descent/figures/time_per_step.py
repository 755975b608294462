"""The time of a step, and the optimizer's share of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "How long does a step take, and what is the optimizer's share?"
_GRADIENT = "#C9C9C9"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw the time of a step, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    height = panels.height_of_rows(tables) + 0.75
    figure, axes = panels.problem_panels(TITLE, tables, problems, height=height, extra=0.55)
    for name, panel in axes.items():
        _panel(panel, tables.of("cost", problem=name), tables.optimizer_titles)
    panels.shade_legend(
        figure, {"gradient (grey)": _GRADIENT, "optimizer (its colour)": style.MUTED}, columns=2
    )
    return Drawing(figure, caption(tables, problem))


def _panel(axes: Axes, rows: pd.DataFrame, titles: Mapping[str, str]) -> None:
    looks = style.palette(titles)
    for i, row in enumerate(rows.to_dict("records")):
        total = row["milliseconds_per_step"]
        own = total * row["optimizer_share"]
        axes.barh(i, total - own, color=_GRADIENT, height=0.65)
        axes.barh(i, own, left=total - own, color=looks[row["optimizer"]].colour, height=0.65)
        axes.plot(
            [row["milliseconds_low"], row["milliseconds_high"]],
            [i, i],
            color=style.INK,
            linewidth=0.9,
        )
    panels.row_labels(axes, [titles[name] for name in rows["optimizer"]])
    axes.set_xlabel("milliseconds per step")


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the largest share."""
    opening = (
        "Median over runs of the time of a training step, split into the gradient and the "
        "optimizer's update; thin line: quartiles. Times were measured on this machine."
    )

    def largest(name: str) -> str | None:
        rows = tables.titled("cost", problem=name).dropna(subset=["optimizer_share"])
        if rows.empty:
            return None
        top = rows.sort_values("optimizer_share").iloc[-1]
        return (
            f"the optimizer's share is largest for {top['optimizer']}, "
            f"{100 * top['optimizer_share']:.0f} % of {top['milliseconds_per_step']:.3g} ms."
        )

    return panels.caption(tables, problem, opening, largest)
