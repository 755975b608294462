"""The expected best result of an optimizer after a number of tuning trials."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from descent.analysis import findings
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing, Mark

TITLE = "What result can be expected of each optimizer after k tuning trials?"


def draw(
    tables: StudyTables,
    problem: str | None = None,
    track: str | None = None,
    *,
    in_colour: bool = False,
) -> Drawing:
    """Draw the expected best of a track, by default of the headline track.

    One problem is drawn in a column's width, all of them on a page. Where there are many
    optimizers, those that are not named are grey, unless all are asked for ``in_colour``.
    """
    track = track or tables.track
    problems = [problem] if problem else tables.problems
    figure, axes = panels.problem_panels(TITLE, tables, problems, extra=0.9)
    drawn: dict[Axes, list[Mark]] = {}
    for name, panel in axes.items():
        rows = tables.of("tuning_budget", problem=name, track=track)
        if rows.empty:
            panels.no_data(panel, "every run diverged at once")
        else:
            drawn[panel] = _panel(panel, rows, tables.optimizer_titles)
    marks = panels.name_lines(figure, drawn, tables, problem, in_colour=in_colour)
    opening = (
        "Expected best of k settings drawn without replacement from those that were tried "
        "(unbiased estimator), by the tuning metric; a setting that diverged counts as the "
        "untrained model."
    )

    def sentence(name: str) -> str | None:
        return next(findings.budget(tables, name, track), None)

    return Drawing(figure, panels.caption(tables, problem, opening, sentence), marks=marks)


def _panel(axes: Axes, rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Mark]:
    marks = []
    metric = str(rows["metric"].iloc[0])
    for optimizer, look in style.palette(titles).items():
        own = rows[rows["optimizer"] == optimizer].sort_values("trials")
        heights = panels.to_shown(own["expected_best"], metric)
        artists = panels.curve(axes, look, own["trials"], heights, markers=8)
        points = [
            (trials, height, f"{trials} trials: {panels.told(best, metric)}")
            for trials, height, best in zip(
                own["trials"], heights, own["expected_best"], strict=True
            )
        ]
        about = f"{titles[optimizer]}\nexpected best {panels.shown_name(metric)}"
        marks.append(Mark(optimizer, artists, about, points))
    panels.log_scale(axes, panels.to_shown(rows["expected_best"], metric))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.set_xlabel("tuning trials k")
    axes.set_ylabel(f"best of k: {panels.shown_quantity(metric)}")
    return marks
