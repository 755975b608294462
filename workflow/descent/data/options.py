"""The options of a dataset, tried before anything is read: what is wrong is said with its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from descent.data.errors import SettingError

STANDARDIZATIONS = ("scale", "inputs", "features", "none")
#: Seeds of scikit-learn's splits are below this.
SEEDS = 2**32
#: Of generated reviews every one of the ten folds has as many of either class.
OF_EACH_FOLD = 20
#: Lists of stop words that scikit-learn has.
STOP_WORDS = ("english",)
#: What scikit-learn can count in a text.
ANALYZERS = ("word", "char", "char_wb")
#: What a sentence of a text can be.
SENTENCES = ("auto", "lines", "punctuation", "none")
#: What may stand between the values of a CSV file.
SEPARATORS = (",", ";", "\t", "|", ":", " ")


def check_options(options: Mapping[str, Any]) -> None:
    """Raise a :class:`SettingError` if an option of any source is out of range.

    Parameters
    ----------
    options : mapping of str to object
        Options by name, of the right types; a name means the same in every source.
    """
    for name in sorted(options.keys() & _CHECKS.keys()):
        _CHECKS[name](name, options[name])
    if options.get("header") is False:
        label = options.get("label")
        _require("label", not isinstance(label, str), "be a number without a header", label)
    if options.get("analyzer", "word") != "word":
        pattern = options.get("token_pattern")
        _require("token_pattern", pattern is None, "be null where characters are counted", pattern)


def _require(name: str, holds: bool, must: str, value: Any) -> None:
    if not holds:
        raise SettingError(f"{name} must {must}. Received: {value!r}")


def _fraction(name: str, value: float) -> None:
    _require(name, 0 < value < 1, "be in (0, 1)", value)


def _seed(name: str, value: int) -> None:
    _require(name, 0 <= value < SEEDS, f"be in [0, {SEEDS})", value)


def _one_of(*known: str) -> Callable[[str, Any], None]:
    def check(name: str, value: str) -> None:
        _require(name, value in known, f"be one of {', '.join(known)}", value)

    return check


def _ngram_range(name: str, value: Any) -> None:
    holds = len(value) == 2 and 1 <= value[0] <= value[1]
    _require(name, holds, "be two whole numbers from 1, the second no smaller", value)


def _pattern(name: str, value: str | None) -> None:
    _require(name, value != "", "be a pattern of file names, such as *.txt", value)


def _separator(name: str, value: str) -> None:
    _require(name, value in SEPARATORS, f"be one of {' '.join(map(repr, SEPARATORS))}", value)


def _encoding(name: str, value: str) -> None:
    try:
        b"a".decode(value)
    except UnicodeError:  # known: one letter in it is more than a byte
        return
    except (LookupError, ValueError) as error:
        raise SettingError(
            f"{name} must be one that Python has, such as utf-8 or latin-1. Received: {value!r}"
        ) from error


def _token_pattern(name: str, value: str | None) -> None:
    if value is None:
        return
    try:
        groups = re.compile(value).groups
    except re.error as error:
        raise SettingError(
            f"{name} must be a regular expression: {error}. Received: {value!r}"
        ) from error
    _require(name, groups <= 1, "have at most one group", value)
    _require(name, re.fullmatch(value, "") is None, "match at least one character", value)


def _stop_words(name: str, value: Any) -> None:
    known = " or ".join(STOP_WORDS)
    _require(
        name,
        not isinstance(value, str) or value in STOP_WORDS,
        f"be {known}, a list or null",
        value,
    )


def _frequency(name: str, value: float) -> None:
    holds = 0 <= value <= 1 if isinstance(value, float) else value >= 1
    _require(name, holds, "be a fraction in [0.0, 1.0] or a whole number of at least 1", value)


def _reviews(name: str, value: int) -> None:
    holds = value > 0 and value % OF_EACH_FOLD == 0
    _require(name, holds, f"be a positive multiple of {OF_EACH_FOLD}", value)


def _count(name: str, value: int | None) -> None:
    _require(name, value is None or value >= 1, "be at least 1", value)


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "validation": _fraction,
    "test": _fraction,
    "seed": _seed,
    "fold_seed": _seed,
    "standardize": _one_of(*STANDARDIZATIONS),
    "analyzer": _one_of(*ANALYZERS),
    "ngram_range": _ngram_range,
    "sentences": _one_of(*SENTENCES),
    "markup": _one_of("strip", "keep"),
    "pattern": _pattern,
    "separator": _separator,
    "encoding": _encoding,
    "token_pattern": _token_pattern,
    "stop_words": _stop_words,
    "min_df": _frequency,
    "max_df": _frequency,
    "max_features": _count,
    "reviews": _reviews,
}
