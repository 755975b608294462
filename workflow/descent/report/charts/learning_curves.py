"""A metric, a loss or the way to the target against epochs."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from descent.analysis.tables.study_tables import StudyTables
from descent.report.charts import style
from descent.report.charts.view import View

#: Upper limit of a loss that is drawn, as a multiple of the loss before the first step.
_HEADROOM = 3.0
HEIGHT = 300
#: Evaluations of a curve that are drawn, evenly spaced among all of them.
_MOST_POINTS = 41


def training_loss(tables: StudyTables, problem: str, track: str) -> View:
    """Return the training loss, or its distance to the optimum where that is known."""
    rows = tables.of("learning_curves", problem=problem, track=track)
    quantity = str(rows["quantity"].iloc[0]) if len(rows) else "train_loss"
    return _view(
        tables,
        rows,
        quantity,
        style.learning_rates(tables, problem, track),
        title="Training loss against epochs",
        table="tables/learning_curves.csv",
        figure=f"figures/{problem}/learning_curves" if track == tables.track else None,
    )


def metric(tables: StudyTables, problem: str, track: str, name: str) -> View:
    """Return the reported metric, or that of the target, with a line at the target."""
    rows = tables.of("metric_curves", problem=problem, track=track, metric=name)
    goal = tables.config["problems"][problem].get("target")
    target = float(goal["value"]) if goal and goal["metric"] == name else None
    words = style.drawn_name(name).removesuffix(" (%)")
    return _view(
        tables,
        rows,
        name,
        style.learning_rates(tables, problem, track),
        title=f"{words[:1].upper()}{words[1:]} against epochs",
        table="tables/metric_curves.parquet",
        target=target,
    )


def _view(
    tables: StudyTables,
    rows: pd.DataFrame,
    metric: str,
    rates: dict[str, str],
    *,
    title: str,
    table: str,
    figure: str | None = None,
    target: float | None = None,
) -> View:
    if rows.empty:
        return View(title, None, "No run has one finite evaluation: there is no curve.", table)
    curves = [
        curve | {"rate": rates[name]}
        for name in tables.optimizers
        if (curve := _curve(tables, rows[rows["optimizer"] == name], name, metric))
    ]
    ends = [end for curve in curves if (end := _end(curve, float(rows["epoch"].max())))]
    note = "Mean over the evaluation seeds with its 95 % interval."
    if rows.groupby("optimizer").size().max() > _MOST_POINTS:
        note += f" Of each curve, {_MOST_POINTS} evaluations are drawn; the table has all."
    if ends:
        lost = ", ".join(end["optimizer"] for end in ends)
        note += f" A cross marks where the first run of an optimizer was lost: {lost}."
    goal = None if target is None else style.drawn(target, metric)
    chart = _chart(tables, curves, ends, metric, goal)
    data = {"rows": curves, "lost": ends, "target": [] if goal is None else [{"mean": goal}]}
    return View(title, chart, note, table, figure, data)


def _curve(
    tables: StudyTables, rows: pd.DataFrame, name: str, metric: str
) -> dict[str, Any] | None:
    """Return one optimizer's curve, up to where the first of its runs was lost."""
    if rows.empty:
        return None
    ordered = rows.sort_values("epoch")
    seeds = int(ordered["seeds"].max())
    whole = ordered[ordered["runs"] == seeds]
    shown = whole if len(whole) else ordered.head(1)
    if len(shown) > _MOST_POINTS:
        places = np.linspace(0, len(shown) - 1, _MOST_POINTS).round().astype(int)
        shown = shown.iloc[places]
    intervals = [
        style.drawn_interval(low, high, metric)
        for low, high in zip(shown["low"], shown["high"], strict=True)
    ]
    return {
        "optimizer": tables.optimizer_titles[name],
        "seeds": seeds,
        "reached": int(ordered["runs"].min()),
        "epoch": [style.rounded(epoch) for epoch in shown["epoch"]],
        "mean": [style.drawn(mean, metric) for mean in shown["mean"]],
        "low": [low for low, _ in intervals],
        "high": [high for _, high in intervals],
    }


def _end(curve: dict[str, Any], last: float) -> dict[str, Any] | None:
    """Return where a curve ends early, or None if it does not."""
    if curve["epoch"][-1] >= style.rounded(last) and curve["reached"] == curve["seeds"]:
        return None
    return {
        "optimizer": curve["optimizer"],
        "epoch": curve["epoch"][-1],
        "mean": curve["mean"][-1],
        "what": f"a run of {curve['seeds']} was lost after this",
    }


def _chart(
    tables: StudyTables,
    curves: list[dict[str, Any]],
    ends: list[dict[str, Any]],
    metric: str,
    target: float | None,
) -> alt.LayerChart:
    shown = [value for curve in curves for key in ("mean", "low") for value in curve[key]]
    start = [curve["mean"][0] for curve in curves if curve["mean"][0] is not None]
    limits = {}
    if not metric.endswith("accuracy") and start and max(start) > 0:
        ceiling = _HEADROOM * max(start)
        above = any(value is not None and value > ceiling for value in shown)
        shown = [value for value in shown if value is not None and value <= ceiling]
        limits = {"domainMax": ceiling} if above else {}
    axes = style.log_or_linear(
        [*shown, *([] if target is None else [target])], style.drawn_name(metric), **limits
    )
    y = alt.Y("mean:Q", **axes)
    base = (
        alt.Chart(alt.NamedData("rows"))
        .transform_flatten(["epoch", "mean", "low", "high"])
        .transform_calculate(
            value=style.as_shown("mean", metric), interval=style.interval_as_shown(metric)
        )
        .encode(x=alt.X("epoch:Q", axis=alt.Axis(title="epochs", grid=False, tickCount=6)))
    )
    band, line = style.curves(base, axes, tables, band=0.1)
    hover = base.mark_point(size=160, opacity=0, clip=True).encode(
        y=y,
        color=style.colour(tables),
        tooltip=[
            alt.Tooltip("optimizer:N"),
            alt.Tooltip("rate:N", title="learning rate"),
            alt.Tooltip("epoch:Q", format="~g"),
            alt.Tooltip("value:N", title=style.shown_name(metric)),
            alt.Tooltip("interval:N", title="95 % interval"),
            alt.Tooltip("seeds:Q", title="runs"),
        ],
    )
    layers: list[Any] = [band, line, hover]
    if ends:
        layers.append(
            alt.Chart(alt.NamedData("lost"))
            .mark_point(shape="cross", size=90, filled=True, angle=45, color="var(--ink)")
            .encode(
                x="epoch:Q",
                y=y,
                opacity=style.prominence(),
                tooltip=[alt.Tooltip("optimizer:N"), alt.Tooltip("what:N", title="lost")],
            )
        )
    if target is not None:
        layers.append(
            alt.Chart(alt.NamedData("target"))
            .mark_rule(color="var(--ink)", strokeDash=[4, 4], opacity=0.6)
            .encode(y=y)
        )
    return style.layered(*layers, height=HEIGHT)
