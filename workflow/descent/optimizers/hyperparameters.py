"""Hyper-parameters: dataclass fields with a range, and the check against it."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

_INTERVAL = re.compile(r"([\[(])\s*([^,\s]+)\s*,\s*([^,\s]+)\s*([\])])")


def hyperparameter(default: object = dataclasses.MISSING, interval: str = "(-inf, inf)") -> Any:
    """Declare a hyper-parameter with its default and its range.

    The annotation of the field decides what it becomes: an ``int`` for ``int`` and ``int | None``,
    else a ``float``.

    Parameters
    ----------
    default : float or None
        The default value; None if the hyper-parameter can be left unset. Without it the
        hyper-parameter is required.
    interval : str, default "(-inf, inf)"
        The range as a mathematician writes it: ``"[0, 1)"``, ``"(0, inf)"``.

    Returns
    -------
    dataclasses.Field
        Typed ``Any`` so that it can be assigned to a field of any type.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from descent.optimizers import SGD
    >>> @dataclass
    ... class Heavy(SGD):
    ...     mass: float = hyperparameter(0.9, "[0, 1)")
    >>> Heavy(mass=1.0)
    Traceback (most recent call last):
        ...
    ValueError: mass must be in [0, 1). Received: 1.0
    """
    metadata = {"interval": interval}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def check_hyperparameters(instance: Any) -> None:
    """Replace the hyper-parameters of a dataclass by checked Python numbers.

    Parameters
    ----------
    instance : dataclass instance
        Fields declared with :func:`hyperparameter` are checked against their range, fields whose
        default is a bool are checked to be one; all others are left alone.

    Raises
    ------
    TypeError, ValueError
        As :func:`check_number`, or if a bool is something else.
    """
    for cls in type(instance).__mro__:
        bare = [name for name, value in vars(cls).items() if isinstance(value, dataclasses.Field)]
        if bare:
            raise TypeError(
                f"{cls.__name__} declares the hyper-parameter {bare[0]} but is not decorated with "
                "@dataclass"
            )
    for f in dataclasses.fields(instance):
        value = getattr(instance, f.name)
        if "interval" in f.metadata:
            if value is None and f.default is None:
                continue
            whole = _is_int(f.type)
            number = check_number(f.name, value, f.metadata["interval"], whole=whole)
            object.__setattr__(instance, f.name, number)  # a schedule is frozen
        elif isinstance(f.default, bool) and not isinstance(value, bool):
            raise TypeError(f"{f.name} must be True or False. Received: {value!r}")


def _is_int(annotation: Any) -> bool:
    """Return whether an annotation, which may be text, is ``int`` or ``int | None``."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    words = set(re.findall(r"\w+", text))
    return "int" in words and words <= {"int", "None", "Optional", "typing"}


def check_number(name: str, value: object, interval: str, *, whole: bool = False) -> float:
    """Return ``value`` as a Python number if it lies in ``interval``.

    Parameters
    ----------
    name : str
        Name of the hyper-parameter, for the message.
    value : object
        A real number; NumPy scalars are converted, so that arithmetic with them stays in float64.
    interval : str
        The range, as in :func:`hyperparameter`.
    whole : bool, default False
        Whether only whole numbers will do.

    Returns
    -------
    float or int
        The value; an int if ``whole``.

    Raises
    ------
    TypeError
        If the value is not a real number.
    ValueError
        If it is NaN, outside the interval, or not whole where it must be.
    """
    kind = "a whole number" if whole else "a number"
    if isinstance(value, bool | str | bytes | complex) or not hasattr(value, "__float__"):
        hint = ""
        if isinstance(value, str) and re.fullmatch(r"[+-]?\d+[eE][+-]?\d+", value):
            hint = f"; YAML reads it as text, write {value.lower().replace('e', '.0e')}"
        raise TypeError(f"{name} must be {kind} in {interval}. Received: {value!r}{hint}")
    number = float(value)
    match = _INTERVAL.fullmatch(interval)
    if match is None:
        raise ValueError(f"{name}: an interval must look like '[0, 1)'. Received: {interval!r}")
    left, low, high, right = match.groups()
    above = number > float(low) or (left == "[" and number == float(low))
    below = number < float(high) or (right == "]" and number == float(high))
    if math.isnan(number) or not (above and below):
        raise ValueError(f"{name} must be in {interval}. Received: {number!r}")
    if whole and not number.is_integer():
        raise ValueError(f"{name} must be {kind} in {interval}. Received: {number!r}")
    return int(number) if whole else number
