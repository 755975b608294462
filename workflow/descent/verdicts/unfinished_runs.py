"""Which of two rivals is better where some of their runs did not finish.

A run that diverged has no value, only a place: behind every run that finished. What is left to
compare is the order of the two on each seed, by two tests that share the error rate.

- Order: an interval of the median difference, from one order statistic to another, exact for any
  distribution. It is the sign test, turned round.
- Finishing: on how many seeds the first finished and the second did not. If the second finishes
  as often, and a seed that is hard for one is not easy for the other, that happens with a chance
  of p (1 - p), at most a quarter. The sign test alone could not tell a rule that never finishes
  from one that always does on ten seeds.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

#: Largest chance that one finishes and the other does not, if both finish equally often.
FINISHES_ALONE = 0.25


def median_interval(differences: ArrayLike, alpha: float) -> tuple[float, float]:
    """Return the interval of the median between two order statistics.

    Parameters
    ----------
    differences : array_like of shape (n,)
        Paired differences, infinite where one of the two did not finish, n >= 1.
    alpha : float
        Chance that it misses the median, at most.

    Returns
    -------
    low, high : float
        Infinite where the values are too few.
    """
    d = np.sort(np.asarray(differences, dtype=float))
    k = _order(len(d), alpha)
    return (-np.inf, np.inf) if k == 0 else (float(d[k - 1]), float(d[-k]))


@cache
def _order(n: int, alpha: float) -> int:
    """Return the rank of the ends among n values, from below and from above; 0 if there is none."""
    # the k-th value from below is above the median if fewer than k of n fair coins show heads
    return int(np.searchsorted(stats.binom.cdf(np.arange(n), n, 0.5), alpha / 2, "right"))


def finishes_more_often(differences: ArrayLike, alpha: float) -> bool:
    """Return whether the first of a pair finishes more often than the second.

    Parameters
    ----------
    differences : array_like of shape (n,)
        Paired differences, ``inf`` where the first alone finished, n >= 1.
    alpha : float
        Chance of a wrong answer yes.
    """
    d = np.asarray(differences, dtype=float)
    alone = int(np.sum(d == np.inf))
    return bool(stats.binom.sf(alone - 1, len(d), FINISHES_ALONE) <= alpha)
