"""The expected best result of an optimizer after a number of tuning trials."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "What result can be expected of each optimizer after k tuning trials?"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw the expected best, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    figure, axes = panels.problem_panels(TITLE, tables, problems, extra=0.9)
    for name, panel in axes.items():
        rows = tables.of("tuning_budget", problem=name, track=tables.track)
        if rows.empty:
            panels.no_data(panel, "every run diverged at once")
        else:
            _panel(panel, rows, tables.optimizers)
    panels.add_legend(figure, tables)
    return Drawing(figure, caption(tables, problem))


def _panel(axes: Axes, rows: pd.DataFrame, study: list[str]) -> None:
    looks = style.palette(study)
    metric = str(rows["metric"].iloc[0])
    shown = panels.to_shown(rows["expected_best"], metric)
    for optimizer in study:
        of_this = rows[rows["optimizer"] == optimizer].sort_values("trials")
        look = looks[optimizer]
        axes.plot(
            of_this["trials"],
            panels.to_shown(of_this["expected_best"], metric),
            color=look.colour,
            linestyle=look.line_style,
            marker=look.marker,
            markersize=3,
            markevery=max(1, len(of_this) // 8),
        )
    panels.log_scale(axes, shown)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.set_xlabel("tuning trials k")
    axes.set_ylabel(f"best of k: {panels.shown_quantity(metric)}")


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the leader at one trial and at all of them."""
    opening = (
        "Expected best of k settings drawn without replacement from those that were tried "
        "(unbiased estimator), by the tuning metric; a setting that diverged counts as the "
        "untrained model."
    )
    sentences = [opening]
    for name in [problem] if problem else tables.problems:
        rows = tables.titled("tuning_budget", problem=name, track=tables.track)
        if rows.empty:
            continue
        one = rows[rows["trials"] == 1].sort_values("rank").iloc[0]
        most = int(rows["trials"].max())
        all_ = rows[rows["trials"] == most].sort_values("rank").iloc[0]
        changes = len(tables.titled("crossings", problem=name, track=tables.track))
        first, last = one["optimizer"], all_["optimizer"]
        lead = (
            f"{first} leads after one trial and after {most}"
            if first == last
            else f"{first} leads after one trial, {last} after {most}"
        )
        sentences.append(
            f"{tables.problem_titles[name]}: {lead}; pairs of optimizers change their order "
            f"{_times(changes)}."
        )
    return " ".join(sentences)


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
