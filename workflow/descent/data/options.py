"""The options of a dataset, checked before anything is read: a fault is named with its option."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from descent.data.errors import SettingError

STANDARDIZATIONS = ("scale", "inputs", "features", "none")
#: Characters between the values of a CSV file.
SEPARATORS = (",", ";", "\t", "|", ":", " ")


def check_options(options: Mapping[str, Any]) -> None:
    """Raise a :class:`SettingError` if an option of any source is out of range.

    Parameters
    ----------
    options : mapping of str to object
        Options by name, of the right types; a name means the same in every source.
    """
    for name in sorted(options.keys() & _CHECKS.keys()):
        holds, must = _CHECKS[name]
        _require(name, holds(options[name]), must, options[name])
    if options.get("header") is False:
        label = options.get("label")
        _require("label", not isinstance(label, str), "be a number without a header", label)
    if options.get("analyzer", "word") != "word":
        pattern = options.get("token_pattern")
        _require("token_pattern", pattern is None, "be null where characters are counted", pattern)


def _require(name: str, holds: bool, must: str, value: Any) -> None:
    if not holds:
        raise SettingError(f"{name} must {must}. Received: {value!r}")


def _one_of(*known: str) -> tuple[Callable[[str], bool], str]:
    return known.__contains__, f"be one of {', '.join(known)}"


def _is_encoding(value: str) -> bool:
    try:
        b"a".decode(value)
    except UnicodeError:  # known: one letter in it is more than a byte
        return True
    except (LookupError, ValueError):
        return False
    return True


def _is_token_pattern(value: str | None) -> bool:
    if value is None:
        return True
    try:
        pattern = re.compile(value)
    except re.error:
        return False
    return pattern.groups <= 1 and pattern.fullmatch("") is None


def _is_frequency(value: float) -> bool:
    return 0 <= value <= 1 if isinstance(value, float) else value >= 1


_FRACTION = (lambda value: 0 < value < 1, "be in (0, 1)")
_SEED = (lambda value: 0 <= value < 2**32, f"be in [0, {2**32})")
_FREQUENCY = (_is_frequency, "be a fraction in [0.0, 1.0] or a whole number of at least 1")

#: By option: whether a value is in range, and what the range is.
_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "validation": _FRACTION,
    "test": _FRACTION,
    "seed": _SEED,
    "fold_seed": _SEED,
    "standardize": _one_of(*STANDARDIZATIONS),
    "categories": _one_of("refuse", "one_hot", "ordinal"),
    "analyzer": _one_of("word", "char", "char_wb"),
    "unit": _one_of("word", "character"),
    "sentences": _one_of("auto", "lines", "punctuation", "none"),
    "markup": _one_of("strip", "keep"),
    "ngram_range": (
        lambda value: len(value) == 2 and 1 <= value[0] <= value[1],
        "be two whole numbers from 1, the second no smaller",
    ),
    "pattern": (lambda value: value != "", "be a pattern of file names, such as *.txt"),
    "separator": (SEPARATORS.__contains__, f"be one of {' '.join(map(repr, SEPARATORS))}"),
    "encoding": (_is_encoding, "be one that Python has, such as utf-8 or latin-1"),
    "token_pattern": (
        _is_token_pattern,
        "be a regular expression of at most one group that matches no empty text",
    ),
    "stop_words": (
        lambda value: not isinstance(value, str) or value == "english",
        "be english, a list or null",
    ),
    "min_df": _FREQUENCY,
    "max_df": _FREQUENCY,
    "max_features": (lambda value: value is None or value >= 1, "be at least 1"),
    # so that each of the ten folds has as many reviews of either class
    "reviews": (lambda value: value > 0 and value % 20 == 0, "be a positive multiple of 20"),
}
