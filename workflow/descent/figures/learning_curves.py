"""The training loss, or a metric, against epochs, for every optimizer's evaluated runs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.coinciding import coincidences
from descent.figures.drawing import Drawing, Mark
from descent.study.measures import higher_is_better

TITLE = "How fast does each optimizer lower the training loss?"
TITLE_OF_METRIC = "How fast does each optimizer improve the {}?"
#: Upper limit of a panel of losses, as a multiple of the initial loss.
_HEADROOM = 3.0


def draw(
    tables: StudyTables,
    problem: str | None = None,
    track: str | None = None,
    metric: str | None = None,
    most_points: int | None = None,
) -> Drawing:
    """Draw the curves, for one problem in a column's width or for all on a page.

    Parameters
    ----------
    tables : StudyTables
        The study.
    problem : str, optional
        By default all.
    track : str, optional
        By default the headline track.
    metric : str, optional
        One of ``metric_curves``; by default the training loss, or its distance to the optimum.
    most_points : int, optional
        How many points of each curve are drawn, evenly spaced, for a screen, where every curve
        has its colour; by default all.
    """
    track = track or tables.track
    problems = [problem] if problem else tables.problems
    title = TITLE_OF_METRIC.format(metric.replace("_", " ")) if metric else TITLE
    figure, axes = panels.problem_panels(title, tables, problems, extra=0.9)
    drawn: dict[Axes, list[Mark]] = {}
    fewer = False
    for name, panel in axes.items():
        every = _rows(tables, name, track, metric)
        rows = thinned(every, most_points)
        fewer |= len(rows) < len(every)
        drawn[panel] = draw_curves(panel, rows, panels.with_rates(tables, name, track))
        target = tables.config["problems"][name].get("target")
        if metric and target and target["metric"] == metric:
            value = panels.to_shown(target["value"], metric)
            panel.axhline(value, color=style.INK, linestyle=(0, (4, 4)), linewidth=0.8, alpha=0.6)
    crosses = any(line.get_marker() == "x" for panel in axes.values() for line in panel.lines)
    more = [panels.divergence_mark()] if crosses else []
    on_screen = most_points is not None
    marks = panels.name_lines(figure, drawn, tables, problem, in_colour=on_screen, more=more)
    said = caption(tables, problem, track, metric)
    if fewer:
        said += f" Of each curve, {most_points} evaluations are drawn; the table has all."
    return Drawing(figure, said, marks=marks)


def _rows(tables: StudyTables, problem: str, track: str, metric: str | None) -> pd.DataFrame:
    """Return the curves of a problem, in either case with the column ``quantity``."""
    if metric is None:
        return tables.of("learning_curves", problem=problem, track=track)
    rows = tables.of("metric_curves", problem=problem, track=track, metric=metric)
    return rows.assign(quantity=metric)


def thinned(rows: pd.DataFrame, most: int | None) -> pd.DataFrame:
    """Return at most so many evenly spaced evaluations, the first and the last among them."""
    epochs = np.unique(rows["epoch"])
    if most is None or len(epochs) <= most:
        return rows
    places = np.linspace(0, len(epochs) - 1, most).round().astype(int)
    return rows[rows["epoch"].isin(epochs[places])]


def draw_curves(axes: Axes, rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Mark]:
    """Draw the curves of one problem, each up to where the first of its runs was lost.

    Parameters
    ----------
    axes : Axes
        The panel.
    rows : DataFrame
        Rows of ``learning_curves``, or of ``metric_curves`` with the metric as ``quantity``.
    titles : mapping of str to str
        What is said of each optimizer of the study, by its name.
    """
    if rows.empty:
        panels.no_data(axes, "no run has one finite evaluation")
        return []
    looks, marks = style.palette(titles), []
    quantity = str(rows["quantity"].iloc[0])
    rows = rows.sort_values("epoch")
    shown = rows.assign(**{c: panels.to_shown(rows[c], quantity) for c in ("mean", "low", "high")})
    # limit the panel, so that a diverging loss does not flatten the others
    start = float(shown.loc[shown["epoch"] == shown["epoch"].min(), "mean"].max())
    limited = start > 0 and not quantity.endswith("accuracy")
    ceiling = _HEADROOM * start if limited else math.inf
    for optimizer, title in titles.items():
        own = shown[shown["optimizer"] == optimizer]
        if own.empty:
            continue
        whole = own[own["runs"] == own["seeds"]]
        interval = (whole["low"], whole["high"])
        artists = panels.curve(
            axes, looks[optimizer], whole["epoch"], whole["mean"], interval, markers=6
        )
        points = [
            (epoch, min(y, ceiling), f"epoch {epoch:g}: {panels.told(mean, quantity, low, high)}")
            for y, (epoch, mean, low, high) in zip(
                whole["mean"],
                rows.loc[whole.index, ["epoch", "mean", "low", "high"]].to_numpy(),
                strict=True,
            )
        ]
        if own["runs"].min() < own["seeds"].max() or own["epoch"].max() < rows["epoch"].max():
            end = (whole if len(whole) else own).iloc[-1]
            height = min(float(end["mean"]), 0.8 * ceiling)
            artists += axes.plot(end["epoch"], height, "x", color=style.INK, ms=6, mew=2)
            points.append((end["epoch"], height, "a run was lost after this"))
        about = f"{title}\n{panels.shown_name(quantity)}, {own['seeds'].max()} runs"
        marks.append(Mark(optimizer, artists, about, points))
    below = shown[shown["mean"] <= ceiling]
    panels.log_scale(axes, [*below["mean"], *below["low"].dropna()])
    if shown["mean"].max() > ceiling:
        axes.set_ylim(top=ceiling)
    panels.epochs_axis(axes, float(rows["epoch"].max()))
    axes.set_ylabel(panels.shown_quantity(quantity))
    return marks


def caption(
    tables: StudyTables,
    problem: str | None = None,
    track: str | None = None,
    metric: str | None = None,
) -> str:
    """Return what the figure shows, with the values at which the two best curves end."""
    track = track or tables.track
    what = metric.replace("_", " ") if metric else "training loss"
    mean = "mean" if metric else "geometric mean"
    seeds = tables.evaluation_seeds(problem, track)
    opening = (
        f"{what.capitalize()} of the {track} runs, {mean} over {seeds} evaluation seeds with its "
        "95 % interval"
    )
    opening += "" if metric else "; where the optimum is known, the distance to it"
    opening += ". A curve ends with a cross where a run diverged."

    def ends(name: str) -> str:
        rows = _rows(tables, name, track, metric)
        if rows.empty:
            return f"no run has one finite {what}, so there is no curve."
        quantity = str(rows["quantity"].iloc[0])
        rows = rows.assign(optimizer=rows["optimizer"].map(tables.optimizer_titles))
        whole = rows[rows["runs"] == rows["seeds"]]
        last = whole[whole["epoch"] == rows["epoch"].max()]
        higher = higher_is_better(quantity)
        two = last.sort_values("mean", ascending=not higher, kind="stable").head(2)
        said = []
        if len(two) == 2:
            (first, second), (best, next_) = two["optimizer"], two["mean"]
            said.append(
                f"{first} ends {'highest' if higher else 'lowest'} at "
                f"{panels.told(best, quantity)}, then {second} at {panels.told(next_, quantity)}."
            )
        together = coincidences(whole.pivot_table("mean", "epoch", "optimizer"))
        return " ".join([*said, together]).strip()

    return panels.caption(tables, problem, opening, ends)
