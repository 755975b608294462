"""Labels as files hold them, read as one class for each example.

Numbers that are not whole are refused: the problems classify, they do not predict a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.errors import DataError

#: Whole numbers below this are exact in float64.
_LARGEST_EXACT = 2.0**53


def read_labels(stored: NDArray[Any], examples: int) -> tuple[NDArray[Any], list[str]]:
    """Return the label of each example.

    Parameters
    ----------
    stored : ndarray of shape (n,), (n, 1) or (n, k)
        Integers, text, or numbers that are whole; in k >= 2 columns, one-hot rows: one 1, and 0
        in the other columns.
    examples : int
        How many labels there must be, n.

    Returns
    -------
    labels : ndarray of shape (n,)
        Integers, booleans or text. Of one-hot rows, the column of the 1, from 0.
    notes : list of str
        How labels that were not stored as integers or text of shape (n,) were read.

    Raises
    ------
    DataError
        If the shape or the type is none of these, or a number is not whole; the message is to
        follow the name of the file and the part.
    """
    if stored.dtype.kind not in "biufUS":
        raise DataError(f"labels: expected integers or text, found {stored.dtype}")
    if stored.ndim == 2 and len(stored) == examples and stored.shape[1] >= 2:
        columns = stored.shape[1]
        return _classes_of_one_hot(stored), [f"labels: one-hot rows of {columns} columns"]
    notes = []
    if stored.shape == (examples, 1):
        stored = stored[:, 0]
        notes.append(f"labels: a column of shape ({examples}, 1)")
    if stored.shape != (examples,):
        raise DataError(
            f"labels: expected the shape ({examples},), a column ({examples}, 1) or one-hot rows "
            f"({examples}, classes), found {stored.shape}"
        )
    if stored.dtype.kind == "f":
        stored = _whole_numbers(stored)
        notes.append("labels: whole numbers stored as floats")
    if stored.dtype.kind == "S":
        stored = _decoded(stored)
        notes.append("labels: text stored as bytes")
    return stored, notes


def _classes_of_one_hot(stored: NDArray[Any]) -> NDArray[np.intp]:
    if stored.dtype.kind not in "biuf":
        raise DataError(f"labels: expected one column of text, found the shape {stored.shape}")
    ones = stored == 1
    wrong = (ones.sum(axis=1) != 1) | ~(ones | (stored == 0)).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        shown = ", ".join(f"{value:g}" for value in stored[row, :10])
        more = ", ..." if stored.shape[1] > 10 else ""
        raise DataError(
            f"labels: expected one class for each example, or one-hot rows (one 1 and else 0), "
            f"found the shape {stored.shape} with [{shown}{more}] in row {row} (from 0)"
        )
    return np.asarray(ones.argmax(axis=1))


def _whole_numbers(stored: NDArray[Any]) -> NDArray[np.int64]:
    stored = stored.astype(np.float64)
    whole = np.isfinite(stored) & (np.trunc(stored) == stored) & (np.abs(stored) < _LARGEST_EXACT)
    if not whole.all():
        row = int((~whole).argmax())
        raise DataError(
            f"labels: expected classes (whole numbers or text), found {stored[row]:g} in row {row} "
            "(from 0); problems on data classify, there is no regression"
        )
    return stored.astype(np.int64)


def _decoded(stored: NDArray[Any]) -> NDArray[np.str_]:
    try:
        return np.strings.decode(stored, "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"labels: expected text in UTF-8, found {error.object!r}") from error
