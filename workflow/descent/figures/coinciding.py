"""Curves that cover each other, so that a caption can say so."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from descent.analysis.verdict_sentences import listed_names

#: Curves this close, as a share of the range of all of them, are one line on paper.
LINE = 0.01


def coinciding(curves: pd.DataFrame) -> list[list[str]]:
    """Return the curves that cannot be told apart on paper.

    Parameters
    ----------
    curves : DataFrame
        A column for each curve, by the horizontal axis; empty where it has no point. All positive:
        compared on the log scale on which they are drawn.

    Returns
    -------
    list of list of str
        Groups of two or more names, in the order of the columns.
    """
    values = curves.map(np.log) if bool((curves.min() > 0).all()) else curves
    spread = float(np.nanmax(values) - np.nanmin(values)) if values.size else 0.0
    groups: list[list[str]] = []
    for first, second in combinations(map(str, curves.columns), 2):
        both = values[[first, second]].dropna(how="all")
        apart = (both[first] - both[second]).abs()
        if both.empty or apart.isna().any() or apart.max() > LINE * spread:
            continue
        of_first = next((group for group in groups if first in group), None)
        if of_first is None:
            groups.append([first, second])
        elif second not in of_first:  # the first of them has taken it in
            of_first.append(second)
    return groups


def coincidences(curves: pd.DataFrame) -> str:
    """Return a sentence on the curves that cannot be told apart; empty if there are none."""
    groups = coinciding(curves)
    if not groups:
        return ""
    return "; ".join(f"{listed_names(group)} coincide" for group in groups) + "."
