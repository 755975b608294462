"""Measurements, and the rounds in which candidates alternate so that load affects all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pandas as pd

#: Does the work of one round and returns the seconds that count.
Candidate = Callable[[], float]
#: The candidates that every epoch and every run have.
OURS, PYTORCH, PRODUCTS = "ours", "PyTorch", "products alone"
#: Ours with the kernels that suit the processor best, in place of those that all have.
FASTEST_KERNELS = "ours, fastest kernels"


class Measurement(NamedTuple):
    """One measured value, or why it was not measured.

    Attributes
    ----------
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
    note : str
        Why there is no value, or what to know about it.
    """

    case: str
    candidate: str
    value: float | None
    unit: str
    lowest: float | None = None
    highest: float | None = None
    note: str = ""


def timed(work: Callable[[], object]) -> Candidate:
    """Return a candidate that counts all the time that ``work`` takes."""

    def seconds() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return seconds


def measure_in_turns(
    case: str,
    candidates: Mapping[str, Candidate],
    notes: Mapping[str, str],
    rounds: int,
    *,
    scale: float = 1.0,
    unit: str = "s",
) -> list[Measurement]:
    """Measure candidates in turns; each round begins with another one.

    Parameters
    ----------
    case : str
        What they do.
    candidates : mapping of str to callable
        Does the work of one round and returns the seconds that count.
    notes : mapping of str to str
        For each candidate that cannot be measured, why.
    rounds : int
        Rounds that count, >= 1. One round before them does not: it allocates buffers and fills
        caches.
    scale, unit : float, str, default 1 and "s"
        What to multiply seconds with, and the unit of the product.
    """
    names = list(candidates)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for i in range(1 + rounds):
        first = i % len(names)
        for name in names[first:] + names[:first]:
            taken = scale * candidates[name]()
            if i > 0:
                seconds[name].append(taken)
    return [
        *(Measurement(case, n, median(s), unit, min(s), max(s)) for n, s in seconds.items()),
        *(Measurement(case, name, None, unit, note=note) for name, note in notes.items()),
    ]


def write(path: Path, measurements: Iterable[Measurement]) -> None:
    """Write measurements as CSV with a header; what was not measured is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(list(measurements), columns=list(Measurement._fields))
    table.to_csv(path, index=False, lineterminator="\n")
