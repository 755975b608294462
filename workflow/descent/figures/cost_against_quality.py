"""The time of a step against the quality of the result."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from descent.analysis import findings
from descent.analysis.tables.formatting import better_word, metric_name
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing, Mark

TITLE = "Do optimizers with slower steps reach better results?"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw cost against quality, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    figure, axes = panels.problem_panels(TITLE, tables, problems, height=2.1, extra=0.9)
    drawn = {
        panel: _panel(panel, _joined(tables, name), tables.optimizers)
        for name, panel in axes.items()
    }
    panels.name_lines(figure, drawn, tables, problem, in_legend=True)
    return Drawing(figure, caption(tables, problem))


def _joined(tables: StudyTables, problem: str) -> pd.DataFrame:
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    return board.merge(tables.of("cost", problem=problem), on=["problem", "optimizer"])


def _panel(axes: Axes, rows: pd.DataFrame, study: list[str]) -> list[Mark]:
    looks, marks = style.palette(study), []
    metric = str(rows["metric"].iloc[0])
    scale = 100.0 if metric.endswith("accuracy") else 1.0
    for row in rows.to_dict("records"):
        look = looks[row["optimizer"]]
        x, y = row["milliseconds_per_step"], scale * row["mean"]
        across = [row["milliseconds_low"], row["milliseconds_high"]]
        up = [scale * row["low"], scale * row["high"]]
        artists: list[Artist] = [
            *axes.plot(across, [y, y], color=look.colour, lw=1),
            *axes.plot([x, x], up, color=look.colour, lw=1),
            *axes.plot(x, y, marker=look.marker, color=look.colour, markersize=5),
        ]
        marks.append(Mark(row["optimizer"], artists))
    if not metric.endswith("accuracy"):
        panels.log_scale(axes, rows["low"].dropna())
    axes.set_xlabel("milliseconds per step")
    axes.set_ylabel(f"{metric_name(metric)}\n({better_word(metric)})")
    axes.margins(0.1)
    return marks


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows: the fastest and the slowest step, and who is first in time."""
    opening = (
        "Median time of a training step (bars: quartiles over runs) against the mean result with "
        f"its 95 % interval, track {tables.track}. Times were measured on this machine."
    )

    def ends(name: str) -> str | None:
        rows = _joined(tables, name).dropna(subset=["milliseconds_per_step"])
        ordered = rows.sort_values("milliseconds_per_step")
        said = [
            f"{name} {time:.3g} ms"
            for name, time in ordered[["optimizer", "milliseconds_per_step"]].to_numpy()
        ]
        seconds = tables.rows("seconds_to_target", titled=True, problem=name, track=tables.track)
        first = findings.who_is_first("Seconds to the target", seconds)
        return " ".join([f"{said[0]}, {said[-1]}.", *first]) if said else None

    return panels.caption(tables, problem, opening, ends)
