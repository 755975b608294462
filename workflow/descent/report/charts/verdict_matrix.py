"""Every pair of optimizers: better, equivalent or undecided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import altair as alt

from descent.analysis.tables.formatting import MINUS
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.verdict_sentences import Row, count_of_verdicts, seen_from
from descent.report.charts import style
from descent.report.charts.view import View

_CELL = 24
#: What the row is to the column: its sign and the variable of its shade.
SIGNS = {
    "better": ("+", "var(--verdict-better)"),
    "better and equivalent": ("+", "var(--verdict-slightly-better)"),
    "equivalent": ("=", "var(--verdict-equivalent)"),
    "undecided": ("?", "var(--verdict-undecided)"),
    "worse and equivalent": (MINUS, "var(--verdict-slightly-worse)"),
    "worse": (MINUS, "var(--verdict-worse)"),
}


def of_result(tables: StudyTables, problem: str, track: str) -> View:
    """Return the verdicts on the reported metric."""
    figure = f"figures/{problem}/verdicts" if track == tables.track else None
    return _view(tables, problem, track, "comparisons", figure)


def of_speed(tables: StudyTables, problem: str, track: str) -> View:
    """Return the verdicts on the steps to the target."""
    return _view(tables, problem, track, "steps_to_target", None)


def _view(tables: StudyTables, problem: str, track: str, table: str, figure: str | None) -> View:
    found = tables.of(table, problem=problem, track=track).to_dict("records")
    pairs = [{str(column): value for column, value in row.items()} for row in found]
    file = f"tables/{table}.csv"
    if not pairs:
        return View("Verdicts", None, "There is no pair to compare.", file)
    speed = table == "steps_to_target"
    what = "steps to the target" if speed else style.shown_name(str(pairs[0]["metric"]))
    margin = f"a factor of {pairs[0]['margin']:g}" if speed else None
    counted = count_of_verdicts(pairs, margin)
    note = f"{counted[:1].upper()}{counted[1:]} Read a row: better (+) than the column, "
    note += f"equivalent (=), undecided (?) or worse ({MINUS})."
    board = tables.of("leaderboard", problem=problem, track=track).sort_values("rank")
    rates = style.learning_rates(tables, problem, track)
    rows = [_row(tables, str(name), pairs, rates[name]) for name in board["optimizer"]]
    chart = _chart([row["optimizer"] for row in rows], None if speed else str(pairs[0]["metric"]))
    return View(f"Verdicts on {what}", chart, note, file, figure, {"rows": rows})


def _row(tables: StudyTables, name: str, pairs: Sequence[Row], rate: str) -> dict[str, Any]:
    """Return what an optimizer is to each other, in columns; an accuracy in points."""
    own = [pair for pair in pairs if name in (pair["optimizer"], pair["rival"])]
    seen = [seen_from(name, pair) for pair in own]
    accuracy = str(own[0].get("metric", "")).endswith("accuracy")

    def drawn(value: float | None) -> float | None:
        return style.rounded(100 * value if accuracy and value is not None else value)

    return {
        "optimizer": tables.optimizer_titles[name],
        "rate": rate,
        "rival": [tables.optimizer_titles[pair.rival] for pair in seen],
        "verdict": [pair.verdict for pair in seen],
        "lead": [drawn(pair.lead) for pair in seen],
        "low": [drawn(pair.low) for pair in seen],
        "high": [drawn(pair.high) for pair in seen],
        "seeds": [int(pair["seeds"]) for pair in own],
    }


def _chart(titles: Sequence[str], metric: str | None) -> alt.LayerChart:
    """Return the matrix, best first; without a metric, of ratios of times."""
    form = "'+.2f'" if metric and metric.endswith("accuracy") else "'+.3~g'" if metric else "'.3~g'"
    unit = " + ' points'" if metric and metric.endswith("accuracy") else ""
    ends = f"format(datum.low, {form}) + ' to ' + format(datum.high, {form}){unit}"
    unknown = "'unknown: a run did not finish, so the order on each seed decides'"
    signs = {verdict: sign for verdict, (sign, _) in SIGNS.items()}
    base = (
        alt.Chart(alt.NamedData("rows"))
        .transform_flatten(["rival", "verdict", "lead", "low", "high", "seeds"])
        .transform_calculate(
            sign=f"{json.dumps(signs)}[datum.verdict]",
            by=f"isValid(datum.lead) ? format(datum.lead, {form}){unit} : {unknown}",
            interval=f"isValid(datum.low) ? {ends} : 'none'",
        )
        .encode(
            x=alt.X(
                "rival:N",
                sort=list(titles),
                scale=alt.Scale(domain=list(titles)),
                axis=alt.Axis(
                    title=None,
                    orient="top",
                    labelAngle=-60,
                    domain=False,
                    ticks=False,
                    labelLimit=110,
                    labelOverlap=False,
                ),
            ),
            y=alt.Y(
                "optimizer:N",
                sort=list(titles),
                scale=alt.Scale(domain=list(titles)),
                axis=alt.Axis(title=None, domain=False, ticks=False, labelOverlap=False),
            ),
            opacity=style.prominence(
                otherwise=0.2,
                highlighted_if="datum.optimizer === highlight || datum.rival === highlight",
            ),
            tooltip=[
                alt.Tooltip("optimizer:N"),
                alt.Tooltip("rate:N", title="learning rate"),
                alt.Tooltip("verdict:N"),
                alt.Tooltip("rival:N", title="against"),
                alt.Tooltip("by:N", title="lead" if metric else "ratio of steps"),
                alt.Tooltip("interval:N"),
                alt.Tooltip("seeds:Q"),
            ],
        )
    )
    shades = base.mark_rect(cornerRadius=3, stroke="var(--paper)", strokeWidth=2).encode(
        color=alt.Color(
            "verdict:N",
            scale=alt.Scale(domain=list(SIGNS), range=[shade for _, shade in SIGNS.values()]),
            legend=None,
        )
    )
    marks = base.mark_text(fontSize=13, color="var(--ink)").encode(text="sign:N")
    return style.layered(shades, marks, height=_CELL * len(titles))
