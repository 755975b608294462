"""Check that a config has plain JSON types and a limited size."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from descent.foundation.suggestions import shown_value
from descent.study.config.errors import ErrorList, Place

#: Limits on the number of values and on the depth: YAML's references can expand without bound.
MOST_VALUES = 100_000
DEEPEST = 20


def plain(raw: Any, errors: ErrorList) -> dict[str, Any]:
    """Return a copy of ``raw`` in plain JSON types, and add errors for other types.

    Parameters
    ----------
    raw : mapping
        What YAML gave.
    errors : ErrorList
        Receives dates, NaN and infinity, keys that are not text, integers beyond 64 bits, and a
        config that is too large or too deep.

    Returns
    -------
    dict
        Incomplete if errors were added.

    Raises
    ------
    ConfigError
        If it is too large or too deep.
    """
    if not isinstance(raw, Mapping):
        errors.add((), f"must be a mapping. Received: {shown_value(raw)}")
        return {}
    copied: dict[str, Any] = _copy(raw, (), errors, itertools.count(1))
    return copied


def _copy(value: Any, place: Place, errors: ErrorList, number: Iterator[int]) -> Any:
    if next(number) > MOST_VALUES or len(place) > DEEPEST:
        errors.add((), f"more than {MOST_VALUES:,} values or {DEEPEST} levels")
        errors.raise_if_any()
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                shown = shown_value(key)
                errors.add(place, f"a key must be text; YAML reads {shown}: write it in quotes")
        keys = [key for key in value if isinstance(key, str)]
        return {key: _copy(value[key], (*place, key), errors, number) for key in keys}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [_copy(item, (*place, i), errors, number) for i, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        errors.add(place, f"must be finite. Received: {value}")
    elif isinstance(value, int) and abs(value) >= 2**63:
        errors.add(place, f"must fit into 64 bits. Received: {shown_value(value)}")
    elif value is not None and not isinstance(value, str | bool | int | float):
        kind = type(value).__name__
        errors.add(place, f"must be text or a number; YAML reads a {kind}: write it in quotes")
    return value
