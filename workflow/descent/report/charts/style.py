"""What the charts share: an optimizer's look, the highlight, scales and numbers.

Colours are CSS variables, so that one drawing serves light, dark and print.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from descent.analysis.tables.formatting import missing, number
from descent.analysis.tables.study_tables import StudyTables
from descent.figures.style import palette
from descent.study.measures import higher_is_better

#: The name of the highlighted optimizer, set by the page; empty: all alike.
HIGHLIGHT = alt.VariableParameter(name="highlight", value="")
#: Vega's shapes in place of matplotlib's markers.
_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
_FONT = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Arial, sans-serif'

#: Vega-Lite's config of every chart of the page.
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--axis)",
        "tickColor": "var(--axis)",
        "gridColor": "var(--grid)",
        "labelColor": "var(--muted)",
        "titleColor": "var(--muted)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelLimit": 220,
    },
    "point": {"filled": True},
    "aria": False,
}


def colour(tables: StudyTables) -> alt.Color:
    """Return the colour of each optimizer, as the variable that the page's style gives."""
    return alt.Color(
        "optimizer:N",
        scale=alt.Scale(
            domain=list(tables.optimizer_titles.values()),
            range=[f"var(--o{i})" for i in range(len(tables.optimizers))],
        ),
        legend=None,
    )


def dash(tables: StudyTables) -> alt.StrokeDash:
    """Return the line style of each optimizer."""
    styles = [look.line_style for look in palette(tables.optimizers).values()]
    return alt.StrokeDash(
        "optimizer:N",
        scale=alt.Scale(
            domain=list(tables.optimizer_titles.values()),
            range=[[1, 0] if style == "-" else [2 * part for part in style[1]] for style in styles],
        ),
        legend=None,
    )


def shape(tables: StudyTables) -> alt.Shape:
    """Return the marker of each optimizer."""
    return alt.Shape(
        "optimizer:N",
        scale=alt.Scale(
            domain=list(tables.optimizer_titles.values()),
            range=[_SHAPES[i % len(_SHAPES)] for i in range(len(tables.optimizers))],
        ),
        legend=None,
    )


def prominence(
    value: float = 1.0,
    otherwise: float = 0.1,
    highlighted: float | None = None,
    highlighted_if: str = "datum.optimizer === highlight",
) -> alt.OpacityValue:
    """Return an opacity: less for every optimizer but the highlighted one, if there is one.

    Parameters
    ----------
    value : float, default 1.0
        If none is highlighted.
    otherwise : float, default 0.1
        If another one is.
    highlighted : float, optional
        Of the highlighted one; by default ``value``.
    highlighted_if : str, default "datum.optimizer === highlight"
        Vega's expression for which row is the highlighted one's.
    """
    shown = value if highlighted is None else highlighted
    # Not by alt.when(), of which Altair finds out anew each time what it belongs to.
    return alt.OpacityValue(
        otherwise,
        condition=[
            {"test": "highlight === ''", "value": value},
            {"test": highlighted_if, "value": shown},
        ],
    )


def curves(
    base: alt.Chart, axes: dict[str, Any], tables: StudyTables, *, band: float
) -> tuple[alt.Chart, alt.Chart]:
    """Return the intervals of every optimizer's curve, and the curves.

    Parameters
    ----------
    base : Chart
        The rows, with the fields ``mean``, ``low`` and ``high``, and what is along the x axis.
    axes : dict of str to object
        What the y axis is made with.
    tables : StudyTables
        The study.
    band : float
        Opacity of the intervals while no optimizer is highlighted.
    """
    intervals = base.mark_area(clip=True).encode(
        y=alt.Y("low:Q", **axes),
        y2="high:Q",
        color=colour(tables),
        opacity=prominence(band, 0.0, 0.25),
    )
    lines = base.mark_line(strokeWidth=2, clip=True).encode(
        y=alt.Y("mean:Q", **axes),
        color=colour(tables),
        strokeDash=dash(tables),
        opacity=prominence(0.9),
    )
    return intervals, lines


def layered(*layers: Any, height: float) -> alt.LayerChart:
    """Return layers as one chart as wide as its place, in which an optimizer can be highlighted.

    Parameters
    ----------
    *layers
        Charts, the lowest first.
    height : float
        In pixels.
    """
    return alt.LayerChart(layer=list(layers), width="container", height=height, params=[HIGHLIGHT])


def learning_rates(tables: StudyTables, problem: str, track: str) -> dict[str, str]:
    """Return the learning rate of each optimizer's evaluated runs, as a tooltip shows it."""
    board = tables.of("leaderboard", problem=problem, track=track)
    return {
        str(name): number(rate)
        for name, rate in zip(board["optimizer"], board["learning_rate"], strict=True)
    }


def rounded(value: Any) -> float | None:
    """Return a number with five digits, enough to draw; None if it is missing or infinite."""
    if missing(value) or not math.isfinite(value):
        return None
    return float(f"{value:.5g}")


def drawn(value: Any, metric: str) -> float | None:
    """Return a value of a metric as it is drawn: an error in percent for an accuracy."""
    if missing(value):
        return None
    return rounded(100 * (1 - value) if metric.endswith("accuracy") else value)


def drawn_interval(low: Any, high: Any, metric: str) -> tuple[float | None, float | None]:
    """Return the ends of an interval as they are drawn, the lower one first."""
    ends = drawn(low, metric), drawn(high, metric)
    return (ends[1], ends[0]) if higher_is_better(metric) else ends


def drawn_name(metric: str) -> str:
    """Return what is drawn of a metric, e.g. ``test error (%)``."""
    if metric == "distance":
        return "training loss - optimum"
    words = metric.replace("_", " ").replace("train ", "training ")
    return words.replace("accuracy", "error (%)")


def shown_name(metric: str) -> str:
    """Return the name of a metric, e.g. ``test accuracy``."""
    if metric == "distance":
        return "training loss - optimum"
    return metric.replace("_", " ").replace("train ", "training ")


def as_shown(field: str, metric: str) -> str:
    """Return Vega's expression for what a tooltip says of a drawn value of a metric."""
    if metric.endswith("accuracy"):
        return f"format(100 - datum.{field}, '.2f') + ' %'"
    return f"format(datum.{field}, '.4~g')"


def interval_as_shown(metric: str) -> str:
    """Return Vega's expression for what a tooltip says of an interval ``low`` to ``high``."""
    first, last = ("high", "low") if metric.endswith("accuracy") else ("low", "high")
    both = f"{as_shown(first, metric)} + ' to ' + {as_shown(last, metric)}"
    return f"isValid(datum.low) ? {both} : 'no interval of one run'"


def log_or_linear(values: Iterable[float | None], title: str, **of_scale: Any) -> dict[str, Any]:
    """Return scale and axis of what is drawn: logarithmic if all values are positive.

    Parameters
    ----------
    values : iterable of float or None
        What is drawn.
    title : str
        Of the axis.
    **of_scale
        Further settings of the scale.
    """
    present = [value for value in values if value is not None]
    if not present or min(present) <= 0:
        return {
            "scale": alt.Scale(zero=False, **of_scale),
            "axis": alt.Axis(title=title, tickCount=6),
        }
    low, high = min(present), max(present)
    axis = alt.Axis(title=title, values=ticks(low, high), format="~g")
    if low == high:
        of_scale |= {"domain": [low / 2, 2 * high]}
    return {"scale": alt.Scale(type="log", nice=False, padding=8, **of_scale), "axis": axis}


def ticks(low: float, high: float) -> Sequence[float]:
    """Return round numbers between two positive ones, about three to eight."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = max(1, math.ceil((last - first) / 8))
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = (
            float(f"{factor}e{power}")
            for power in range(first, last + 1, every)
            for factor in (factors if every == 1 else (1,))
        )
        inside = [value for value in found if low <= value <= high]
        if len(inside) >= 3:
            return inside
    return _evenly(low, high)


def _evenly(low: float, high: float) -> Sequence[float]:
    """Return round numbers at equal distances, of which less than a decade has room."""
    if low == high:
        return [low]
    rough = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
    return [
        float(f"{i * step:.6g}") for i in range(math.ceil(low / step), math.floor(high / step) + 1)
    ]
