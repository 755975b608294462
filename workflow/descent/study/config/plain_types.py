"""A config in plain JSON types, of limited size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
    """
    if not isinstance(raw, Mapping):
        errors.add((), f"must be a mapping. Received: {shown_value(raw)}")
        return {}
    return _Copier(errors).mapping(raw, ())


class _Copier:
    def __init__(self, errors: ErrorList) -> None:
        self.errors = errors
        self.left = MOST_VALUES

    def copy(self, value: Any, place: Place) -> Any:
        self.left -= 1
        if self.left < 0 or len(place) > DEEPEST:
            self.left = 0
            self.errors.add((), f"more than {MOST_VALUES:,} values or {DEEPEST} levels")
            return None
        if isinstance(value, Mapping):
            return self.mapping(value, place)
        if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
            return [self.copy(item, (*place, i)) for i, item in enumerate(value)]
        return self.scalar(value, place)

    def mapping(self, value: Mapping[Any, Any], place: Place) -> dict[str, Any]:
        copied = {}
        for key, item in value.items():
            if not isinstance(key, str):
                shown = shown_value(key)
                self.errors.add(
                    place, f"a key must be text; YAML reads {shown}: write it in quotes"
                )
                continue
            copied[key] = self.copy(item, (*place, key))
            if not self.left:
                break
        return copied

    def scalar(self, value: Any, place: Place) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            self.errors.add(place, f"must be finite. Received: {value}")
        elif isinstance(value, int) and abs(value) >= 2**63:
            self.errors.add(place, f"must fit into 64 bits. Received: {shown_value(value)}")
        elif value is not None and not isinstance(value, str | bool | int | float):
            kind = type(value).__name__
            self.errors.add(
                place, f"must be text or a number; YAML reads a {kind}: write it in quotes"
            )
        return value
