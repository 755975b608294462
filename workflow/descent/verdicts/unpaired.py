"""Intervals of differences between rivals that share no seeds: Welch's, for all pairs at once.

Each rival has runs of its own, in any number, and a variance of its own. The interval of a pair is
that of Welch (1947), with the degrees of freedom of Satterthwaite. The error rate is shared among
the pairs by Bonferroni's inequality, step-down as Holm (1979) has it: what a pair that was found
does not need any more is left to the others.

Where a rival has few runs, Satterthwaite's degrees of freedom come out too high whenever these
happen to lie close together: with 3 and 10 runs, twenty equal rivals had a wrong difference in 7 to
13 % of simulations. Up to ten runs they are those of the rival with fewer runs alone (Hsu 1938),
which cannot be too high.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from descent.verdicts.simultaneous import FloatArray

#: Up to so many runs, a rival gives a pair no degrees of freedom but its own.
FEW_RUNS = 10


def mean_and_half_width_unpaired(
    samples: Sequence[tuple[FloatArray, FloatArray]],
    alpha: float,
    *,
    step: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Return differences of means and how far their intervals reach to each side.

    Parameters
    ----------
    samples : sequence of (ndarray of shape (n,), ndarray of shape (m,))
        The finite values of both rivals of each pair of one family, one a run; n, m >= 1.
    alpha : float
        Chance that any pair without a difference is found to have one, in (0, 1).
    step : float, default 0.0
        The least amount by which two values can differ; a standard deviation under it is not
        believed.

    Returns
    -------
    mean, half_width : ndarray of shape (pairs,)
        Mean of the first less that of the second. The half-width is infinite where one of the two
        has a single run.
    """
    mean, error, degrees = np.array([_welch(a, b, step) for a, b in samples]).T
    beyond = np.where(mean == 0, 0.0, np.inf)  # the statistic of runs without any spread
    statistic = np.divide(np.abs(mean), error, out=beyond, where=error > 0)
    p_value = 2 * stats.t.sf(statistic, degrees)
    half = np.empty_like(mean)
    left = len(samples)
    for place in np.argsort(p_value, kind="stable"):
        half[place] = error[place] * stats.t.isf(alpha / (2 * left), degrees[place])
        left -= bool(
            abs(mean[place]) > half[place]
        )  # one that is not found is the last to change it
    return mean, half


def _welch(first: FloatArray, second: FloatArray, step: float) -> tuple[float, float, float]:
    """Return the difference of two means, its standard error and its degrees of freedom."""
    difference, fewer = float(first.mean() - second.mean()), min(len(first), len(second))
    if fewer < 2:
        return difference, math.inf, 1.0
    squares = [max(float(x.std(ddof=1)), step) ** 2 / len(x) for x in (first, second)]
    whole = math.fsum(squares)
    if whole == 0 or fewer <= FEW_RUNS:
        return difference, math.sqrt(whole), fewer - 1.0
    parts = zip(squares, (first, second), strict=True)
    degrees = 1 / math.fsum((square / whole) ** 2 / (len(x) - 1) for square, x in parts)
    return difference, math.sqrt(whole), degrees
