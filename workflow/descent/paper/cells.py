"""Tables of a paper, as its templates read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from descent.analysis.tables.columns import file_name
from descent.analysis.tables.display import ShownTable
from descent.figures.style import palette


def table(shown: ShownTable, optimizers: Sequence[str]) -> dict[str, Any]:
    """Return a table as a template reads it.

    Parameters
    ----------
    shown : ShownTable
        The table.
    optimizers : sequence of str
        All optimizers of the study, which decide the colour of each, as in the figures.

    Returns
    -------
    dict
        Headers with their alignments, rows of cells with the colour of their optimizer and whether
        they are shaded because it leads, and the files that they are from.
    """
    looks = palette(optimizers)
    return {
        "headers": [header.text for header in shown.headers],
        "alignments": [header.align for header in shown.headers],
        "rows": [
            {
                "cells": [cell.text for cell in row.cells],
                "colour": looks[row.optimizers[0]].colour if row.optimizers else None,
                "leads": row.leads,
            }
            for row in shown.rows
        ],
        "filled": bool(shown.rows),
        "sources": [file_name(source) for source in shown.sources],
    }
