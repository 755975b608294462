"""The end of every evaluated run: each seed, the mean and its interval, best first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from descent.analysis.tables.formatting import number
from descent.analysis.tables.study_tables import StudyTables
from descent.report.charts import style
from descent.report.charts.view import View

_ROW = 24
_LOST = "no run finished"
_MISSED = "the median run missed the target"


def reported(tables: StudyTables, problem: str, track: str) -> View:
    """Return the reported metric, with the intervals of the leaderboard."""
    board = _board(tables, problem, track)
    metric = str(board["metric"].iloc[0])
    split, _, kind = metric.partition("_")
    column = f"final_{split}_loss" if kind == "loss" else f"final_{split}_metric"
    return _view(
        tables,
        board.assign(value=board["mean"], front=board["contender"]),
        _runs(tables, problem, track),
        (column, metric),
        title=f"Final {style.shown_name(metric)}",
        note="Each seed (dots), the mean and its 95 % bootstrap interval, best first. Shaded: no "
        "other is better.",
        figure=f"figures/{problem}/test_metric" if track == tables.track else None,
    )


def training_loss(tables: StudyTables, problem: str, track: str) -> View:
    """Return the training loss at the end."""
    board = _board(tables, problem, track)
    return _view(
        tables,
        board.assign(value=board["train_loss"], low=None, high=None).sort_values(
            "value", kind="stable"
        ),
        _runs(tables, problem, track),
        ("final_train_loss", "train_loss"),
        title="Final training loss",
        note="Each seed (dots) and the mean, lowest first.",
    )


def epochs_to_target(tables: StudyTables, problem: str, track: str) -> View:
    """Return the epochs that each run took to the target."""
    board = _board(tables, problem, track)
    runs = _runs(tables, problem, track)
    reached = runs[runs["target_reached"].fillna(value=False).astype(bool)]
    return _view(
        tables,
        board.assign(value=board["median_epochs_to_target"], low=None, high=None).sort_values(
            "value", kind="stable"
        ),
        reached,
        ("epochs_to_target", "epochs"),
        title="Epochs to the target",
        note="Each run that reached the target (dots) and the median, fastest first; without a "
        "median, the median run missed it.",
        lost=_MISSED,
        figure=f"figures/{problem}/steps_to_target" if track == tables.track else None,
    )


def _board(tables: StudyTables, problem: str, track: str) -> pd.DataFrame:
    return tables.of("leaderboard", problem=problem, track=track).sort_values("rank")


def _runs(tables: StudyTables, problem: str, track: str) -> pd.DataFrame:
    return tables.of("runs", problem=problem, track=track, stage="evaluation")


def _view(
    tables: StudyTables,
    board: pd.DataFrame,
    runs: pd.DataFrame,
    drawn: tuple[str, str],
    *,
    title: str,
    note: str,
    lost: str = _LOST,
    figure: str | None = None,
) -> View:
    """Return the chart of a column of ``runs``, which has the values of a metric."""
    column, metric = drawn
    table = "tables/leaderboard.csv"
    rows = [_row(tables, row, metric, lost) for row in board.to_dict("records")]
    dots = [
        {
            "optimizer": tables.optimizer_titles[str(name)],
            "mean": [style.drawn(value, metric) for value in of["value"]],
            "seed": [int(seed) for seed in of["seed"]],
        }
        for name, of in runs.assign(value=runs[column])
        .dropna(subset="value")
        .groupby("optimizer", sort=False)
    ]
    if not dots:
        none = "No run of any optimizer " + (
            "finished." if lost == _LOST else "reached the target."
        )
        return View(title, None, none, table)
    missed = [row["optimizer"] for row in rows if row["mean"] is None]
    if missed and lost == _LOST:
        note += f" No run of {', '.join(missed)} finished."
    data = {"rows": rows, "seeds": dots}
    return View(title, _chart(tables, rows, dots, metric), note, table, figure, data)


def _row(tables: StudyTables, row: dict[Any, Any], metric: str, lost: str) -> dict[str, Any]:
    low, high = style.drawn_interval(row["low"], row["high"], metric)
    mean = style.drawn(row["value"], metric)
    return {
        "optimizer": tables.optimizer_titles[row["optimizer"]],
        "rate": number(row["learning_rate"]),
        "mean": mean,
        "low": low,
        "high": high,
        "seeds": int(row["seeds"]),
        "unfinished": int(row["unfinished"]),
        "lost": lost if mean is None else "",
        "front": bool(row.get("front")) and mean is not None,
    }


def _chart(
    tables: StudyTables, rows: list[dict[str, Any]], dots: Sequence[dict[str, Any]], metric: str
) -> alt.LayerChart:
    shown = [value for of in dots for value in of["mean"]]
    shown += [row[key] for row in rows for key in ("mean", "low", "high")]
    name = "epochs to the target" if metric == "epochs" else style.drawn_name(metric)
    axes = style.log_or_linear(shown, f"{name}, lower is better")
    x = alt.X("mean:Q", **axes)
    y = alt.Y(
        "optimizer:N",
        sort=[row["optimizer"] for row in rows],
        axis=alt.Axis(title=None, domain=False, ticks=False, grid=True, labelPadding=8),
    )
    what = "median epochs" if metric == "epochs" else f"mean {style.shown_name(metric)}"
    base = (
        alt.Chart(alt.NamedData("rows"))
        .transform_calculate(
            value=f"isValid(datum.mean) ? {style.as_shown('mean', metric)} : datum.lost",
            interval=style.interval_as_shown(metric),
        )
        .encode(y=y)
    )
    tooltip = [
        alt.Tooltip("optimizer:N"),
        alt.Tooltip("rate:N", title="learning rate"),
        alt.Tooltip("value:N", title=what),
        alt.Tooltip("seeds:Q", title="runs"),
        alt.Tooltip("unfinished:Q", title="unfinished"),
    ]
    with_intervals = any(row["low"] is not None for row in rows)
    if with_intervals:
        tooltip.insert(3, alt.Tooltip("interval:N", title="95 % interval"))
    front = (
        base.transform_filter("datum.front")
        .mark_bar(color="var(--good-shade)", height=_ROW - 4)
        .encode(x=alt.value(0), x2=alt.value("width"), tooltip=tooltip)
    )
    seeds = (
        alt.Chart(alt.NamedData("seeds"))
        .transform_flatten(["mean", "seed"])
        .transform_calculate(value=style.as_shown("mean", metric))
        .mark_circle(size=22)
        .encode(
            x=x,
            y=y,
            yOffset=alt.YOffset("seed:N", sort=None),
            color=style.colour(tables),
            opacity=style.prominence(0.35, 0.05, 0.7),
            tooltip=[
                alt.Tooltip("optimizer:N"),
                alt.Tooltip("seed:Q"),
                alt.Tooltip("value:N", title=style.shown_name(metric)),
            ],
        )
    )
    interval = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low:Q", **axes),
        x2="high:Q",
        color=style.colour(tables),
        opacity=style.prominence(1.0, 0.15),
    )
    mean = base.mark_point(size=85, filled=True, stroke="var(--paper)", strokeWidth=1).encode(
        x=x,
        color=style.colour(tables),
        shape=style.shape(tables),
        opacity=style.prominence(1.0, 0.15),
        tooltip=tooltip,
    )
    lost = (
        base.transform_filter("datum.lost !== ''")
        .mark_text(align="left", color="var(--bad)", fontSize=11)
        .encode(x=alt.value(6), text="lost:N", opacity=style.prominence(1.0, 0.3), tooltip=tooltip)
    )
    layers = [front, seeds, *([interval] if with_intervals else []), mean, lost]
    return style.layered(*layers, height=_ROW * len(rows))
