"""The tuning metric against the learning rate, with the chosen one marked."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from descent.analysis.tables.study_tables import StudyTables
from descent.report.charts import style
from descent.report.charts.view import View

HEIGHT = 300
#: A loss above this multiple of the median is cut, so that the others are not flattened.
_CEILING = 1e4


def learning_rates(tables: StudyTables, problem: str) -> View:
    """Return how the tuning metric depends on the learning rate, all else as tuning chose it."""
    rows = tables.of("learning_rates", problem=problem, others_chosen=True)
    title, table = "Sensitivity to the learning rate", "tables/learning_rates.csv"
    if rows.empty:
        return View(title, None, "No learning rate of this problem was tuned on a grid.", table)
    metric = str(rows["metric"].iloc[0])
    whole = rows[rows["unfinished"] == 0]
    curves = [
        _curve(tables, whole[whole["optimizer"] == name], name, metric)
        for name in tables.optimizers
        if (whole["optimizer"] == name).any()
    ]
    if not curves:
        return View(title, None, "Runs diverged at every learning rate that was tried.", table)
    lost = [
        {
            "optimizer": tables.optimizer_titles[row["optimizer"]],
            "rate": style.rounded(row["learning_rate"]),
            "what": f"{row['unfinished']} of {row['runs']} runs did not finish",
        }
        for row in rows[rows["unfinished"] > 0].to_dict("records")
    ]
    note = "Mean and range over the tuning seeds. A ring marks the chosen learning rate"
    note += ", a cross on top one at which a run was lost." if lost else "."
    absent = [
        title
        for name, title in tables.optimizer_titles.items()
        if name not in set(whole["optimizer"])
    ]
    if absent:
        note += f" At every learning rate of {', '.join(absent)}, a run was lost."
    chart = _chart(tables, curves, lost, metric)
    data = {"rows": curves, "lost": lost}
    return View(title, chart, note, table, f"figures/{problem}/sensitivity", data)


def _curve(tables: StudyTables, rows: pd.DataFrame, name: str, metric: str) -> dict[str, Any]:
    ordered = rows.sort_values("learning_rate")
    ends = [
        style.drawn_interval(least, greatest, metric)
        for least, greatest in zip(ordered["least"], ordered["greatest"], strict=True)
    ]
    return {
        "optimizer": tables.optimizer_titles[name],
        "runs": int(ordered["runs"].max()),
        "rate": [style.rounded(rate) for rate in ordered["learning_rate"]],
        "mean": [style.drawn(mean, metric) for mean in ordered["mean"]],
        "low": [low for low, _ in ends],
        "high": [high for _, high in ends],
        "chosen": [bool(chosen) for chosen in ordered["chosen"]],
    }


def _chart(
    tables: StudyTables, curves: list[dict[str, Any]], lost: list[dict[str, Any]], metric: str
) -> alt.LayerChart:
    shown = [value for curve in curves for key in ("mean", "low", "high") for value in curve[key]]
    limits, present = {}, [value for value in shown if value is not None]
    if min(present) > 0 and max(present) > (ceiling := _CEILING * float(np.median(present))):
        present = [value for value in present if value <= ceiling]
        limits = {"domainMax": ceiling}
    axes = style.log_or_linear(present, style.drawn_name(metric), **limits)
    rates = [rate for curve in curves for rate in curve["rate"]] + [at["rate"] for at in lost]
    x = alt.X(
        "rate:Q",
        scale=alt.Scale(type="log", nice=False, padding=8),
        axis=alt.Axis(
            title="learning rate",
            grid=False,
            format="~g",
            values=list(style.ticks(min(rates), max(rates))),
        ),
    )
    y = alt.Y("mean:Q", **axes)
    base = (
        alt.Chart(alt.NamedData("rows"))
        .transform_flatten(["rate", "mean", "low", "high", "chosen"])
        .transform_calculate(
            value=style.as_shown("mean", metric), interval=style.interval_as_shown(metric)
        )
        .encode(x=x)
    )
    band, line = style.curves(base, axes, tables, band=0.08)
    tooltip = [
        alt.Tooltip("optimizer:N"),
        alt.Tooltip("rate:Q", title="learning rate", format=".3~g"),
        alt.Tooltip("value:N", title=f"mean {style.shown_name(metric)}"),
        alt.Tooltip("interval:N", title="range over seeds"),
        alt.Tooltip("runs:Q"),
    ]
    chosen = (
        base.transform_filter("datum.chosen")
        .mark_point(size=90, filled=False, strokeWidth=2, clip=True)
        .encode(y=y, color=style.colour(tables), opacity=style.prominence())
    )
    hover = base.mark_point(size=160, opacity=0, clip=True).encode(
        y=y, color=style.colour(tables), tooltip=tooltip
    )
    layers: list[Any] = [band, line, chosen, hover]
    if lost:
        layers.append(
            alt.Chart(alt.NamedData("lost"))
            .mark_point(shape="cross", angle=45, size=60)
            .encode(
                x=x,
                y=alt.value(6),
                color=style.colour(tables),
                opacity=style.prominence(0.8),
                tooltip=[
                    alt.Tooltip("optimizer:N"),
                    alt.Tooltip("rate:Q", title="learning rate", format=".3~g"),
                    alt.Tooltip("what:N", title="lost"),
                ],
            )
        )
    return style.layered(*layers, height=HEIGHT)
