"""Numbers and differences in sentences, whoever says them."""

from __future__ import annotations

import math
from typing import Any


def missing(value: Any) -> bool:
    """Return whether a cell of a table is empty."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def counted(number: int, noun: str) -> str:
    """Return a number of things in words: ``1 problem``, ``3 problems``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def metric_difference(value: Any, metric: str) -> str:
    """Return a difference of a metric with its unit: ``0.12 points``."""
    if missing(value):
        return "-"
    return f"{100 * value:.2f} points" if metric.endswith("accuracy") else f"{value:.3g}"
