"""Names and values in error messages: the nearest valid name, values shortened to one line."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxdict, _SHORT.maxlist = 2, 3, 4
_SHORT.maxstring = _SHORT.maxother = 60


def closest(name: str, names: Iterable[str]) -> str | None:
    """Return the name most similar to ``name``, ignoring case; None if none is similar."""
    by_lower_case = {candidate.lower(): candidate for candidate in names}
    near = difflib.get_close_matches(str(name)[:100].lower(), by_lower_case, n=1)
    return by_lower_case[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean 'x'? `` with the most similar name; empty if none is similar."""
    match = closest(name, known)
    return f"Did you mean {match!r}? " if match else ""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return a hint for an unknown name.

    Parameters
    ----------
    name : str
        The unknown name.
    valid : iterable of str
        The valid names.

    Returns
    -------
    str
        ``Did you mean 'x'? Valid: x, y, z``, without the question if no name is similar.

    Examples
    --------
    >>> nearest("rmsprob", ["adam", "rmsprop"])
    "Did you mean 'rmsprop'? Valid: adam, rmsprop"
    """
    names = list(valid)
    return f"{did_you_mean(name, names)}Valid: {listed(names)}"


def shown_name(name: str) -> str:
    """Return a name, quoted if it is long or has characters that a terminal does not print."""
    return name if name.isprintable() and name and len(name) <= 80 else shown_value(name)


def shown_value(value: Any) -> str:
    """Return a value for a message, on one line and shortened."""
    return _SHORT.repr(value)


def listed(names: Iterable[str]) -> str:
    """Return names with commas between them, or ``none``."""
    return ", ".join(map(shown_name, names)) or "none"
