"""Every table that a person reads: its columns, how a cell is written and by what it is sorted.

The tables are the same in Markdown and LaTeX (:mod:`descent.analysis.tables.typeset`), on the page
(``report/page.html``) and in the paper (:mod:`descent.paper.document`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Literal, NamedTuple

import pandas as pd

from descent.analysis.tables.formatting import (
    MISSING,
    better_word,
    interval,
    learning_rate,
    mean_and_lost,
    metric_name,
    metric_value,
    number,
    robust_decades,
    scale,
    signed_difference,
    speed_up,
)
from descent.analysis.tables.study_tables import StudyTables, rows_of, with_titles
from descent.analysis.tables.values import Row
from descent.foundation.wording import missing
from descent.verdicts.sentences import Seen, seen_from

#: How the paper aligns a column: ``point`` at the decimal point, ``wide`` in several lines.
Align = Literal["left", "right", "point", "wide"]


@dataclass(frozen=True)
class ShownColumn:
    """A column as a person reads it.

    Attributes
    ----------
    header : str
        What stands above it.
    text : callable
        From a row to the text of its cell.
    number : callable, optional
        From a row to the number that its cell is sorted by, None last. By default the column is
        sorted as text.
    align : str, default "left"
        How the paper aligns it.
    kind : callable, optional
        From a row to the kind of its cell, which decides the cell's colour on the page.
    """

    header: str
    text: Callable[[Row], str]
    number: Callable[[Row], float | None] | None = None
    align: Align = "left"
    kind: Callable[[Row], str] | None = None


class Cell(NamedTuple):
    """The text of a cell, the number that it is sorted by, and its kind."""

    text: str
    number: float | None = None
    kind: str = ""


class Header(NamedTuple):
    """What stands above a column, how the paper aligns it, and whether numbers sort it."""

    text: str
    align: Align = "left"
    numeric: bool = False


@dataclass(frozen=True)
class ShownRow:
    """A row as a person reads it.

    Attributes
    ----------
    cells : tuple of Cell
        One for each column.
    optimizers : tuple of str
        Names of the config entries of its optimizers.
    keys : dict of str to str
        Names of its problem and track, where it has them.
    leads : bool, default False
        Whether no other optimizer is shown to be better than the one in this row.
    """

    cells: tuple[Cell, ...]
    optimizers: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    leads: bool = False


@dataclass(frozen=True)
class ShownTable:
    """A table as a person reads it.

    Attributes
    ----------
    headers : tuple of Header
        From left to right.
    rows : tuple of ShownRow
        From top to bottom.
    sources : tuple of str
        Names of the study's tables that it is made from.
    """

    headers: tuple[Header, ...]
    rows: tuple[ShownRow, ...]
    sources: tuple[str, ...] = ()


def _text(header: str, column: str, align: Align = "left") -> ShownColumn:
    return ShownColumn(
        header, lambda row: MISSING if row[column] is None else str(row[column]), align=align
    )


def _number(
    header: str, column: str, spec: str = ".3g", *, factor: float = 1, align: Align = "point"
) -> ShownColumn:
    def scaled(row: Row) -> float | None:
        return None if missing(row[column]) else factor * row[column]

    return ShownColumn(header, lambda row: number(scaled(row), spec), scaled, align)


def _metric(header: str, column: str) -> ShownColumn:
    return ShownColumn(
        header, lambda row: metric_value(row[column], row["metric"]), _scaled(column), "point"
    )


def _interval(header: str, low: str = "low", high: str = "high") -> ShownColumn:
    return ShownColumn(
        header, lambda row: interval(row[low], row[high], row["metric"]), _scaled(low)
    )


def _scaled(column: str) -> Callable[[Row], float | None]:
    """Return the sort key of a value of the row's metric, on the scale in which it is shown."""
    return lambda row: None if missing(row[column]) else scale(row["metric"]) * row[column]


def _part(header: str, part: str, whole: str) -> ShownColumn:
    return ShownColumn(
        header,
        lambda row: MISSING if row[part] is None else f"{row[part]:.0f} of {row[whole]:.0f}",
        lambda row: row[part],
        "right",
    )


def _names(header: str, column: str) -> ShownColumn:
    """Return a column that says how many optimizers a column of the table lists."""
    return ShownColumn(
        header, lambda row: str(count_names(row[column])), lambda row: count_names(row[column]),
        "right",
    )  # fmt: skip


def count_names(names: str | None) -> int:
    """Return how many names a cell lists, separated by blanks."""
    return len((names or "").split())


PROBLEM = _text("problem", "problem")
TRACK = _text("track", "track")
OPTIMIZER = _text("optimizer", "optimizer")
METRIC = ShownColumn("metric", lambda row: metric_name(row["metric"]))
RANK = _number("rank", "rank", "g", align="right")
SEEDS = _number("seeds", "seeds", "d", align="right")
LEARNING_RATE = ShownColumn(
    "learning rate", learning_rate, lambda row: row["learning_rate"], "point"
)
EPOCHS_TO_TARGET = _number("epochs to target", "median_epochs_to_target")
ROBUST_DECADES = ShownColumn(
    "robust decades", robust_decades, lambda row: row["robust_decades"], "point"
)

#: The columns of the tables that are written for print and shown whole, by name of the table.
TYPESET: dict[str, tuple[ShownColumn, ...]] = {
    "leaderboard": (
        PROBLEM,
        TRACK,
        RANK,
        OPTIMIZER,
        METRIC,
        _metric("mean", "mean"),
        _interval("95 % interval"),
        _part("unfinished", "unfinished", "seeds"),
        _text("better than", "better_than"),
        _text("equivalent to", "equivalent_to"),
        _text("undecided with", "undecided_with"),
        LEARNING_RATE,
        _part("on target", "target_reached", "seeds"),
        EPOCHS_TO_TARGET,
    ),
    "comparisons": (
        PROBLEM,
        TRACK,
        OPTIMIZER,
        ShownColumn(
            "verdict",
            lambda row: row["verdict"],
            kind=lambda row: row["verdict"],
        ),
        _text("rival", "rival"),
        METRIC,
        _metric("difference", "difference"),
        _interval("interval"),
        _metric("margin", "margin"),
        SEEDS,
        _interval("on other data", "low_other_data", "high_other_data"),
    ),
    "sensitivity": (
        PROBLEM,
        OPTIMIZER,
        METRIC,
        _number("best learning rate", "best_learning_rate"),
        _metric("best", "best"),
        _metric("worst finite", "worst"),
        ROBUST_DECADES,
        _number("unfinished (%)", "divergence_rate", ".0f", factor=100),
    ),
    "tuning_budget": (
        PROBLEM,
        TRACK,
        _number("trials", "trials", "d", align="right"),
        OPTIMIZER,
        METRIC,
        _metric("expected best", "expected_best"),
        RANK,
    ),
    "warnings": (_text("check", "check"), _text("warning", "message", "wide")),
    "cost": (
        PROBLEM,
        OPTIMIZER,
        _number("ms per step", "milliseconds_per_step"),
        ShownColumn(
            "quartiles",
            lambda row: f"{number(row['milliseconds_low'])} to {number(row['milliseconds_high'])}",
        ),
        _number("in the optimizer (%)", "optimizer_share", ".0f", factor=100),
        _number("state (bytes per parameter)", "state_bytes_per_parameter"),
        _number("training (s)", "training_seconds"),
    ),
}
#: The columns of the leaderboard of one problem and track, by where it is read.
FINDINGS = (
    "rank", "optimizer", "mean", "interval", "seeds", "better", "worse", "equivalent", "undecided",
    "learning rate", "robust decades", "epochs to target", "gradients per step", "speed-up",
)  # fmt: skip
PAGE = (
    "rank", "optimizer", "mean", "interval", "verdict", "focus", "better", "unfinished",
    "learning rate", "epochs to target", "gradients per step", "speed-up",
)  # fmt: skip


def typeset_table(
    name: str, table: pd.DataFrame, problems: Mapping[str, str], optimizers: Mapping[str, str]
) -> ShownTable:
    """Return the whole of a table of the study as a person reads it.

    Parameters
    ----------
    name : str
        One of ``TYPESET``.
    table : DataFrame
        The table.
    problems, optimizers : mapping of str to str
        Display names by the name of the entry.
    """
    titled = rows_of(with_titles(table, problems, optimizers))
    rows = zip(titled, rows_of(table), strict=True)
    return _show(TYPESET[name], rows, (name,))


def leaderboard(
    tables: StudyTables,
    problem: str,
    track: str,
    view: Sequence[str],
    *,
    other_tracks: bool = False,
) -> ShownTable:
    """Return the leaderboard of a problem and track, best first.

    Parameters
    ----------
    tables : StudyTables
        The study.
    problem, track : str
        Which leaderboard.
    view : sequence of str
        Its columns: ``FINDINGS`` or ``PAGE``. Those without a value in this study are left out.
    other_tracks : bool, default False
        Whether the mean in each other track is added.
    """
    rows = tables.rows("leaderboard", problem=problem, track=track)
    pairs = tables.rows("comparisons", problem=problem, track=track)
    metric, first, focus = rows[0]["metric"], rows[0]["optimizer"], tables.config["focus"]
    columns = {
        "rank": RANK,
        "optimizer": ShownColumn(
            "optimizer", lambda row: tables.optimizer_titles[row["optimizer"]]
        ),
        "mean": ShownColumn(
            f"{metric_name(metric)}, {better_word(metric)}",
            mean_and_lost,
            _scaled("mean"),
            "point",
        ),
        "interval": _interval("95 % interval"),
        "seeds": SEEDS,
        "verdict": _verdict("verdict", first, pairs),
        "unfinished": _part("unfinished", "unfinished", "seeds"),
        "better": _names("better than", "better_than"),
        "worse": _names("worse than", "worse_than"),
        "equivalent": _names("equivalent to", "equivalent_to"),
        "undecided": _names("undecided with", "undecided_with"),
        "learning rate": LEARNING_RATE,
        "epochs to target": EPOCHS_TO_TARGET,
    }
    sources, gradients = ["leaderboard"], gradients_per_step(tables)
    if len(set(gradients.values())) > 1 and "gradients per step" in view:
        sources.append("runs")
        columns["gradients per step"] = ShownColumn(
            "gradients per step", lambda row: number(gradients.get(row["optimizer"])), align="point"
        )
    if focus and focus != first:
        columns["focus"] = _verdict(f"against {tables.optimizer_titles[focus]}", focus, pairs)
    if "tuned" in tables.config["tracks"] and "robust decades" in view:
        sources.append("sensitivity")
        columns["robust decades"] = ROBUST_DECADES
        robust = {row["optimizer"]: row for row in tables.rows("sensitivity", problem=problem)}
        rows = [robust[row["optimizer"]] | row for row in rows]
    faster = tables.rows("speed_up", problem=problem, track=track, horizon=1)
    if faster:
        sources.append("speed_up")
        columns["speed-up"] = _speed_up(tables, faster)
    shown = [columns[key] for key in view if key in columns]
    others = tables.config["tracks"] if other_tracks else ()
    shown += [_other_track(tables, problem, other) for other in others if other != track]
    return _show(shown, ((row, row) for row in rows), sources)


def gradients_per_step(tables: StudyTables) -> dict[str, float]:
    """Return how many gradients an optimizer evaluates in a step, where it met a target."""
    met = tables.of("runs", target_reached=True)
    gradients = met["gradient_evaluations_to_target"] / met["steps_to_target"]
    return {
        str(name): value for name, value in gradients.groupby(met["optimizer"]).median().items()
    }


def verdict_and_lead(seen: Seen, metric: str) -> str:
    """Return what one of a pair is to the other: ``better (+0.31 points)``."""
    by = "" if seen.lead is None else f" ({signed_difference(seen.lead, metric)})"
    return seen.verdict.replace(" and ", ", ") + by


def _verdict(header: str, one: str, pairs: Sequence[Row]) -> ShownColumn:
    """Return the column of the verdicts on each optimizer against one of them."""
    seen: dict[str, Seen] = {}
    for pair in pairs:
        if one in (pair["optimizer"], pair["rival"]):
            other = pair["rival"] if pair["optimizer"] == one else pair["optimizer"]
            seen[other] = seen_from(other, pair)

    def text(row: Row) -> str:
        if row["optimizer"] not in seen:
            return MISSING
        return verdict_and_lead(seen[row["optimizer"]], row["metric"])

    def kind(row: Row) -> str:
        return seen[row["optimizer"]].verdict if row["optimizer"] in seen else "first"

    return ShownColumn(header, text, kind=kind)


def _speed_up(tables: StudyTables, rows: Sequence[Row]) -> ShownColumn:
    """Return the column of the speed-ups over the baseline."""
    of = {row["optimizer"]: row for row in rows}
    return ShownColumn(
        f"speed-up over {tables.optimizer_titles[rows[0]['baseline']]}",
        lambda row: speed_up(of[row["optimizer"]]) if row["optimizer"] in of else MISSING,
        lambda row: of.get(row["optimizer"], {}).get("speed_up"),
    )


def _other_track(tables: StudyTables, problem: str, track: str) -> ShownColumn:
    rows = tables.rows("leaderboard", problem=problem, track=track)
    means = {row["optimizer"]: mean_and_lost(row) for row in rows}
    return ShownColumn(track, lambda row: means[row["optimizer"]], align="point")


def across_problems(tables: StudyTables) -> ShownTable:
    """Return how the optimizers do over all problems in the headline track, best first."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in tables.optimizers}
    for row in tables.rows("leaderboard", track=tables.track):
        for column in ("better_than", "worse_than", "undecided_with"):
            counts[row["optimizer"]][column] += count_names(row[column])
    columns = [
        ShownColumn("optimizer", lambda row: tables.optimizer_titles[row["optimizer"]]),
        _number("mean score", "mean", ".4f"),
        ShownColumn("95 % interval", lambda row: _span(row["low"], row["high"])),
        _number("shortfall", "shortfall", ".4f"),
        ShownColumn(
            "95 % interval of it", lambda row: _span(row["shortfall_low"], row["shortfall_high"])
        ),
        ShownColumn("worst on", lambda row: tables.problem_titles[row["worst_problem"]]),
        _number("mean rank", "mean_rank", ".2f"),
        _part("leads on", "contender", "problems"),
        _number("better", "better_than", "d", align="right"),
        _number("worse", "worse_than", "d", align="right"),
        _number("undecided", "undecided_with", "d", align="right"),
    ]
    rows = [
        row | counts[row["optimizer"]] for row in tables.rows("across_problems", track=tables.track)
    ]
    rows.sort(key=lambda row: (-row["mean"], row["optimizer"]))
    shown = _show(columns, ((row, row) for row in rows), ("across_problems", "leaderboard"))
    # its column says on how many problems one leads
    return replace(shown, rows=tuple(replace(row, leads=False) for row in shown.rows))


def _span(low: float | None, high: float | None) -> str:
    return "-" if missing(low) or missing(high) else f"{low:.4f} to {high:.4f}"


def of_texts(
    columns: Iterable[str] | Mapping[str, Align],
    rows: Iterable[Sequence[str]],
    *,
    optimizers: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> ShownTable:
    """Return a table of texts.

    Parameters
    ----------
    columns : iterable of str, or mapping of str to str
        The headers, or how each is aligned.
    rows : iterable of sequence of str
        The cells.
    optimizers : sequence of str, default ()
        The optimizer of each row.
    sources : sequence of str, default ()
        Names of the study's tables that it is made from.
    """
    aligned = columns if isinstance(columns, Mapping) else dict.fromkeys(columns, "left")
    shown = tuple(
        ShownRow(tuple(map(Cell, cells)), (name,) if name else ())
        for cells, name in zip_longest(rows, optimizers)
    )
    return ShownTable(tuple(Header(*item) for item in aligned.items()), shown, tuple(sources))


def _show(
    columns: Sequence[ShownColumn], rows: Iterable[tuple[Row, Row]], sources: Sequence[str]
) -> ShownTable:
    """Return a table of rows, each with display names and as it is in the study's table."""
    shown = [
        ShownRow(
            tuple(
                Cell(
                    column.text(row),
                    column.number(row) if column.number else None,
                    column.kind(row) if column.kind else "",
                )
                for column in columns
            ),
            tuple(named[key] for key in ("optimizer", "rival") if named.get(key)),
            {key: named[key] for key in ("problem", "track") if named.get(key)},
            leads=bool(named.get("contender")),
        )
        for row, named in rows
    ]
    headers = [Header(c.header, c.align, c.number is not None) for c in columns]
    return ShownTable(tuple(headers), tuple(shown), tuple(sources))
