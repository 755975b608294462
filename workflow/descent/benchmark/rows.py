"""The rows of a measurement, one for each case and candidate."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

#: The candidate that every measurement has.
OURS = "ours"
#: The yardstick: the matrix products alone, with all columns. With several layouts, each is a
#: candidate whose name begins so.
PRODUCTS = "products alone"


@dataclass(frozen=True)
class Row:
    """One measured figure, or why it was not measured.

    Attributes
    ----------
    measurement : str
        Name of the module that measured it.
    case : str
        What was done: ``rmsprop``, ``adam, 1e6 parameters``.
    candidate : str
        Who did it: ``ours``, ``PyTorch, fused``, ``products alone``.
    value : float or None
        Median over the rounds; None if it was not measured.
    unit : str
        Of ``value``, ``lowest`` and ``highest``.
    lowest, highest : float or None
        Over the rounds.
    rounds : int
        How many.
    size : float or None
        What the case grows with, where it grows with something.
    note : str
        Why there is no value, or what to know about it.
    """

    measurement: str
    case: str
    candidate: str
    value: float | None
    unit: str
    lowest: float | None = None
    highest: float | None = None
    rounds: int = 1
    size: float | None = None
    note: str = ""


def fastest(values: Mapping[str, float], beginning: str) -> float | None:
    """Return the least value of the candidates whose names begin so; None if there is none.

    Parameters
    ----------
    values : mapping of str to float
        Measured values by candidate.
    beginning : str
        ``PyTorch``, ``PyTorch, default``, ``products alone``.
    """
    return min((v for name, v in values.items() if name.startswith(beginning)), default=None)


def rows_of(
    measurement: str,
    case: str,
    seconds: Mapping[str, Sequence[float]],
    notes: Mapping[str, str] | None = None,
    *,
    scale: float = 1.0,
    unit: str = "s",
    size: float | None = None,
) -> list[Row]:
    """Return a row for each candidate.

    Parameters
    ----------
    measurement, case : str
        Labels.
    seconds : mapping of str to sequence of float
        For each candidate the seconds of its rounds.
    notes : mapping of str to str, optional
        For each candidate that was not measured, why.
    scale, unit : float, str, default 1 and "s"
        What to multiply seconds with, and what they are then.
    size : float, optional
        What the case grows with.

    Returns
    -------
    list of Row
        Those measured, then those not.
    """
    measured = [
        Row(
            measurement,
            case,
            candidate,
            statistics.median(rounds) * scale,
            unit,
            min(rounds) * scale,
            max(rounds) * scale,
            len(rounds),
            size,
        )
        for candidate, rounds in seconds.items()
    ]
    missing = [
        Row(measurement, case, candidate, None, unit, rounds=0, size=size, note=note)
        for candidate, note in (notes or {}).items()
    ]
    return measured + missing


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as CSV with a header; what was not measured is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read_rows(path: Path) -> list[Row]:
    """Read rows that :func:`write_rows` wrote."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    with path.open(newline="", encoding="utf-8") as file:
        return [
            Row(
                measurement=cells["measurement"],
                case=cells["case"],
                candidate=cells["candidate"],
                value=number(cells["value"]),
                unit=cells["unit"],
                lowest=number(cells["lowest"]),
                highest=number(cells["highest"]),
                rounds=int(cells["rounds"]),
                size=number(cells["size"]),
                note=cells["note"],
            )
            for cells in csv.DictReader(file)
        ]
