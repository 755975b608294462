"""Rows of tables, and values that several tables share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from descent.training.records import Record

#: A row of a table: its values by column; None where a value does not exist.
Row: TypeAlias = dict[str, Any]


def mean_of_present(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that are not None; None if all are."""
    present = [value for value in values if value is not None]
    return math.fsum(present) / len(present) if present else None


def joined(values: Iterable[object]) -> str:
    """Return values as one text, separated by blanks."""
    return " ".join(map(str, values))


def learning_rate(record: Record) -> float | None:
    """Return the learning rate of a run; None if its rule has none."""
    value = record.hyperparameters.get("learning_rate")
    return None if value is None else float(value)


def finite(value: float | None) -> float | None:
    """Return a number, and None for one that is infinite: a table has no infinity."""
    return None if value is None or math.isinf(value) else value


def without_rate(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyper-parameters of a candidate but for its learning rate."""
    return {key: value for key, value in settings.items() if key != "learning_rate"}
