"""The nearest valid name, for error messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return what to say after an unknown name.

    Parameters
    ----------
    name : str
        What was written.
    valid : iterable of str
        What would have been right.

    Returns
    -------
    str
        ``Did you mean 'x'? Valid: x, y, z``, without the question if nothing is near.

    Examples
    --------
    >>> nearest("rmsprob", ["adam", "rmsprop"])
    "Did you mean 'rmsprop'? Valid: adam, rmsprop"
    """
    names = list(valid)
    folded = {candidate.lower(): candidate for candidate in names}
    match = difflib.get_close_matches(name.lower(), folded, n=1)
    question = f"Did you mean {folded[match[0]]!r}? " if match else ""
    return f"{question}Valid: {', '.join(names) or 'none'}"
