"""Tables of a paper: columns with their alignment, rows of cells, the files that they are from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from descent.analysis.tables.columns import file_name
from descent.figures.style import palette


def table(
    columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], sources: Sequence[str]
) -> dict[str, Any]:
    """Return a table as a template reads it.

    Parameters
    ----------
    columns : mapping of str to str
        Alignment by header: ``left``, ``right``, ``point`` (at the decimal point) or ``wide``
        (text that may take several lines).
    rows : iterable of mapping
        See :func:`row`.
    sources : sequence of str
        Names of the tables of the study that it is from.
    """
    made = list(rows)
    return {
        "headers": list(columns),
        "alignments": list(columns.values()),
        "rows": made,
        "filled": bool(made),
        "sources": [file_name(source) for source in sources],
    }


def row(cells: Sequence[str], *, colour: str | None = None, front: bool = False) -> dict[str, Any]:
    """Return a row as a template reads it.

    Parameters
    ----------
    cells : sequence of str
        One for each column.
    colour : str, optional
        Colour of an optimizer in the figures, shown before the first cell.
    front : bool, default False
        Whether the row is shaded, as in the figures: no other optimizer is better.
    """
    return {"cells": list(cells), "colour": colour, "front": front}


def colours(optimizers: Sequence[str]) -> dict[str, str]:
    """Return the colour of each optimizer, as in the figures."""
    return {name: look.colour for name, look in palette(optimizers).items()}
