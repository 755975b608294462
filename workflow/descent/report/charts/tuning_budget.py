"""The expected best result after a number of tuning trials."""

from __future__ import annotations

from typing import Any

import altair as alt

from descent.analysis.tables.study_tables import StudyTables
from descent.report.charts import style
from descent.report.charts.view import View

HEIGHT = 300


def expected_best(tables: StudyTables, problem: str, track: str) -> View:
    """Return what a smaller tuning budget would have given."""
    rows = tables.of("tuning_budget", problem=problem, track=track)
    title, table = "What a smaller tuning budget gives", "tables/tuning_budget.csv"
    if rows.empty:
        none = "No trial finished." if track != "default" else f"The track {track} tunes nothing."
        return View(title, None, none, table)
    metric = str(rows["metric"].iloc[0])
    curves: list[dict[str, Any]] = [
        {
            "optimizer": tables.optimizer_titles[name],
            "trials": [int(trials) for trials in of["trials"]],
            "mean": [style.drawn(value, metric) for value in of["expected_best"]],
        }
        for name in tables.optimizers
        if len(of := rows[rows["optimizer"] == name].sort_values("trials"))
    ]
    shown = [value for curve in curves for value in curve["mean"]]
    if not any(value is not None for value in shown):
        return View(title, None, "No trial of any optimizer finished.", table)
    most = int(rows["trials"].max())
    base = (
        alt.Chart(alt.NamedData("rows"))
        .transform_flatten(["trials", "mean"])
        .transform_calculate(value=style.as_shown("mean", metric))
        .encode(
            x=alt.X(
                "trials:Q",
                scale=alt.Scale(domain=[1, max(2, most)], nice=False),
                axis=alt.Axis(
                    title="tuning trials",
                    grid=False,
                    values=list(range(1, most + 1, -(-most // 12))),
                ),
            ),
            y=alt.Y("mean:Q", **style.log_or_linear(shown, style.drawn_name(metric))),
            color=style.colour(tables),
        )
    )
    line = base.mark_line(strokeWidth=2).encode(
        strokeDash=style.dash(tables), opacity=style.prominence(0.9)
    )
    hover = base.mark_point(size=160, opacity=0).encode(
        tooltip=[
            alt.Tooltip("optimizer:N"),
            alt.Tooltip("trials:Q"),
            alt.Tooltip("value:N", title=f"expected best {style.shown_name(metric)}"),
        ]
    )
    chart = style.layered(line, hover, height=HEIGHT)
    note = (
        f"Expected best {style.shown_name(metric)} of a number of settings drawn at random from "
        "those that were tried."
    )
    figure = f"figures/{problem}/tuning_budget" if track == tables.track else None
    return View(title, chart, note, table, figure, {"rows": curves})
