"""Hyper-parameters: a dataclass field that knows its range, and the check that reads it."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

_INTERVAL = re.compile(r"([\[(])\s*([^,\s]+)\s*,\s*([^,\s]+)\s*([\])])")


def hyperparameter(default: float | None, interval: str) -> Any:
    """Declare a hyper-parameter of a rule with its default and its range.

    Parameters
    ----------
    default : float or None
        The default value; None if the hyper-parameter can be left unset.
    interval : str
        The range as a mathematician writes it: ``"[0, 1)"``, ``"(0, inf)"``.

    Returns
    -------
    dataclasses.Field
        Typed ``Any`` so that it stands where the value's own type is declared.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from descent.optimizers.base import Optimizer
    >>> @dataclass
    ... class Heavy(Optimizer):
    ...     momentum: float = hyperparameter(0.9, "[0, 1)")
    >>> Heavy(momentum=1.0)
    Traceback (most recent call last):
        ...
    ValueError: momentum must be in [0, 1). Received: 1.0
    """
    return dataclasses.field(default=default, metadata={"interval": interval})


def check_number(name: str, value: object, interval: str) -> float:
    """Return ``value`` as a Python float if it lies in ``interval``.

    Parameters
    ----------
    name : str
        Name of the hyper-parameter, for the message.
    value : object
        A real number; NumPy scalars are converted, so that arithmetic with them stays in float64.
    interval : str
        The range, as in :func:`hyperparameter`.

    Returns
    -------
    float
        The value.

    Raises
    ------
    TypeError
        If the value is not a real number.
    ValueError
        If it is NaN or outside the interval.
    """
    if isinstance(value, bool | str | bytes | complex) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number in {interval}. Received: {value!r}")
    number = float(value)
    match = _INTERVAL.fullmatch(interval)
    if match is None:
        raise ValueError(f"{name}: an interval must look like '[0, 1)'. Received: {interval!r}")
    left, low, high, right = match.groups()
    above = number > float(low) or (left == "[" and number == float(low))
    below = number < float(high) or (right == "]" and number == float(high))
    if math.isnan(number) or not (above and below):
        raise ValueError(f"{name} must be in {interval}. Received: {number!r}")
    return number
