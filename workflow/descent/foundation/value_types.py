"""Plain values, as a config has them, and the types that annotations say."""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from descent.foundation.suggestions import listed

#: A number as text: YAML 1.1 reads 1e-3, without a point, as text. One with a leading zero is none:
#: it reads 010 as 8 and 08 as text.
NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")

#: Up to here every whole number is a float.
LARGEST_EXACT = 2.0**53


#: Truth values as text. What else YAML 1.1 has for them, such as yes and no, is text.
TRUTH = {"true": True, "false": False}


def as_number(text: str) -> float | int | None:
    """Return the finite number that a text denotes, or None."""
    text = text.strip()
    if len(text) > 40 or not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        return None
    number = float(text)
    return int(text) if text.lstrip("+-").isdigit() and abs(number) < 2**63 else number


def denoted(value: Any) -> Any:
    """Return the number or the truth value that a text denotes, or the value itself.

    Snakemake hands over what ``--config`` sets inside a mapping as text.
    """
    if not isinstance(value, str):
        return value
    number = as_number(value)
    return TRUTH.get(value.lower(), value) if number is None else number


def fit(value: Any, kind: Any) -> tuple[bool, Any]:
    """Return whether a value is of a type, and the value, numeric text converted to a number.

    Parameters
    ----------
    value : object
        A plain JSON value.
    kind : type
        ``bool``, ``int``, ``float``, ``str``, None, a path, a literal, a sequence, a mapping, or a
        union of them; any value is of any other type.

    Returns
    -------
    fits : bool
        Whether it is.
    value : object
        The value.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in _UNIONS:
        # no plain value is of a library's class, as in ``float | Tensor``
        known = {*_PLAIN, int, float, Any}
        plain = [a for a in arguments if not isinstance(a, type) or a in known]
        tries = [fit(value, argument) for argument in plain or arguments]
        return next((found for found in tries if found[0]), (False, value))
    if origin is typing.Literal:
        return value in arguments, value
    if _is_sequence(origin):
        return _fit_list(value, arguments)
    if kind in {int, float}:
        return _fit_number(value, kind)
    value = denoted(value) if kind is bool else value
    return isinstance(value, _PLAIN.get(kind, object)), value


_UNIONS = {typing.Union, types.UnionType}
_PLAIN = {str: str, Path: str, bool: bool, type(None): type(None)}


def _is_sequence(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Sequence)


def _fit_list(value: Any, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    if not isinstance(value, list | tuple):
        return False, value
    items = [fit(item, arguments[0] if arguments else Any) for item in value]
    return all(fits for fits, _ in items), [item for _, item in items]


def _fit_number(value: Any, kind: type) -> tuple[bool, Any]:
    number = as_number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False, value
    if kind is float:
        return True, number
    whole = isinstance(number, int) or (number.is_integer() and abs(number) < LARGEST_EXACT)
    return whole, int(number) if whole else value


def describe_type(kind: Any) -> str:
    """Return a description of a type: ``a list of whole numbers``."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in _UNIONS:
        return " or ".join(describe_type(argument) for argument in arguments)
    if origin is typing.Literal:
        return f"one of {listed(map(str, arguments))}"
    if _is_sequence(origin):
        return f"a list ({describe_type(arguments[0])} each)" if arguments else "a list"
    words = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    words |= {Path: "a path", type(None): "null"}
    return words.get(kind, getattr(kind, "__name__", str(kind)))
