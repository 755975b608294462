"""The leaderboard of each problem and track, with verdicts and the records of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import (
    better_word,
    metric_name,
    metric_value,
    missing,
    number,
    signed_difference,
)
from descent.analysis.verdict_sentences import Row, seen_from
from descent.report.tables import Cell


@dataclass(frozen=True)
class BoardRow:
    """One optimizer of a leaderboard.

    Attributes
    ----------
    optimizer : str
        Name of its config entry.
    cells : dict of str to Cell
        By header; that of ``optimizer`` is its display name.
    verdict : str
        What the first is to it, or ``first``: better, equivalent, undecided.
    front : bool
        Whether no other is better.
    records : list of (int, str)
        Each evaluation seed with the record of its run, below the study's folder.
    """

    optimizer: str
    cells: dict[str, Cell]
    verdict: str
    front: bool
    records: list[tuple[int, str]]


@dataclass(frozen=True)
class Leaderboard:
    """The leaderboard of a problem and track.

    Attributes
    ----------
    problem, track : str
        Which.
    headers : dict of str to bool
        Each header, and whether its column is numeric.
    rows : list of BoardRow
        Best first.
    """

    problem: str
    track: str
    headers: dict[str, bool]
    rows: list[BoardRow]


def leaderboard(tables: StudyTables, problem: str, track: str) -> Leaderboard:
    """Return the leaderboard of a problem and track.

    Parameters
    ----------
    tables : StudyTables
        The study's tables.
    problem, track : str
        Which.
    """
    board = tables.of("leaderboard", problem=problem, track=track).sort_values("rank")
    pairs = [
        {str(column): value for column, value in row.items()}
        for row in tables.of("comparisons", problem=problem, track=track).to_dict("records")
    ]
    runs = tables.of("runs", problem=problem, track=track, stage="evaluation")
    seeds = {str(name): sorted(of["seed"]) for name, of in runs.groupby("optimizer")}
    rows = [
        {str(column): value for column, value in row.items()} for row in board.to_dict("records")
    ]
    first, focus = str(rows[0]["optimizer"]), tables.config.get("focus")
    found = []
    for row in rows:
        name = str(row["optimizer"])
        verdict, said = _against(first, name, pairs)
        cells = {
            "rank": Cell(str(row["rank"]), row["rank"]),
            "optimizer": Cell(tables.optimizer_titles[name]),
            **_result(row),
            "verdict": Cell(said),
        }
        if focus and focus != first:
            cells[f"against {tables.optimizer_titles[focus]}"] = Cell(
                _against(focus, name, pairs)[1]
            )
        cells |= _rest(row, len(rows) - 1)
        folder = f"runs/{problem}/{name}/{track}"
        records = [(seed, f"{folder}/seed-{seed}.json") for seed in seeds.get(name, [])]
        found.append(BoardRow(name, cells, verdict, bool(row["contender"]), records))
    words = {"optimizer", "verdict", *(h for h in found[0].cells if h.startswith("against "))}
    return Leaderboard(
        problem, track, {header: header not in words for header in found[0].cells}, found
    )


def _result(row: Row) -> dict[str, Cell]:
    metric = str(row["metric"])
    scale = 100 if metric.endswith("accuracy") else 1
    interval = "-"
    if not missing(row["low"]):
        interval = f"{metric_value(row['low'], metric)} to {metric_value(row['high'], metric)}"
    header = f"{metric_name(metric)}, {better_word(metric)}"
    return {
        header: Cell(metric_value(row["mean"], metric), _scaled(row["mean"], scale)),
        "95 % interval": Cell(interval, _scaled(row["low"], scale)),
    }


def _scaled(value: Any, scale: float) -> float | None:
    return None if missing(value) else scale * float(value)


def _rest(row: Row, others: int) -> dict[str, Cell]:
    better = 0 if missing(row["better_than"]) else len(str(row["better_than"]).split())
    rate = None if missing(row["learning_rate"]) else float(row["learning_rate"])
    epochs = row["median_epochs_to_target"]
    return {
        "better than": Cell(f"{better} of {others}", better),
        "unfinished": Cell(f"{row['unfinished']} of {row['seeds']}", row["unfinished"]),
        "learning rate": Cell(number(rate) + (" (edge)" if row["on_edge"] is True else ""), rate),
        "epochs to target": Cell(number(epochs), None if missing(epochs) else float(epochs)),
    }


def _against(one: str, name: str, pairs: Sequence[Row]) -> tuple[str, str]:
    """Return the verdict on an optimizer as seen from another, and how it is written."""
    if one == name:
        return "first", "-"
    pair = next(row for row in pairs if {row["optimizer"], row["rival"]} == {one, name})
    seen = seen_from(name, pair)
    kind = seen.verdict.replace(" and ", ", ")
    if seen.lead is None:
        return seen.verdict, kind
    return seen.verdict, f"{kind} ({signed_difference(seen.lead, str(pair['metric']))})"
