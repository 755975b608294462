"""Curves that cover each other, so that a caption can say so."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from descent.verdicts.sentences import listed_names

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
    values = curves.to_numpy(dtype=float).T
    if bool(np.nanmin(values, initial=np.inf) > 0):
        values = np.log(values)
    spread = np.nanmax(values, initial=-np.inf) - np.nanmin(values, initial=np.inf)
    drawn = ~np.isnan(values)
    groups: list[list[str]] = []
    for (i, first), (j, second) in combinations(enumerate(map(str, curves.columns)), 2):
        if not drawn[i].any() or (drawn[i] != drawn[j]).any():
            continue
        if np.abs(values[i] - values[j])[drawn[i]].max() > LINE * spread:
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
