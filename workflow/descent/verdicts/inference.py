"""Intervals of means, ranks, and comparisons over many problems.

What is said of two optimizers on one problem is in :mod:`descent.verdicts.pairs`. SciPy does the
work where it has the method; every random step takes its generator from the caller.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FloatArray = NDArray[np.float64]

#: Two-sided level of every interval and test.
ALPHA = 0.05
RESAMPLES = 9999


@dataclass(frozen=True)
class Interval:
    """An estimate between the ends of its interval; None where they do not exist."""

    estimate: float
    low: float | None
    high: float | None


def mean_interval(values: ArrayLike, rng: np.random.Generator, alpha: float = ALPHA) -> Interval:
    """Return a mean with its bootstrap interval.

    Parameters
    ----------
    values : array_like of shape (n,)
        A sample, e.g. one value a seed; n >= 1.
    rng : numpy.random.Generator
        Draws the resamples.
    alpha : float, default 0.05
        One minus the coverage.

    Returns
    -------
    Interval
        The expanded percentile interval (Hesterberg 2015, section 5.3): the percentiles are set
        further out, so that for few values of a normal sample the coverage is nearly that of
        Student's t; a plain percentile interval of five values covers 83 % instead of 95 %. No
        interval for a single value.
    """
    x = np.asarray(values, dtype=float)
    mean = float(x.mean())
    if len(x) < 2:
        return Interval(mean, None, None)
    if np.ptp(x) == 0:
        return Interval(mean, mean, mean)
    n = len(x)
    outside = 2 * stats.norm.cdf(-math.sqrt(n / (n - 1)) * _student_quantile(n - 1, alpha))
    result = stats.bootstrap(
        (x,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=1 - outside,
        method="percentile",
        rng=rng,
    )
    return Interval(mean, *map(float, result.confidence_interval))


def student_interval(values: ArrayLike, alpha: float = ALPHA) -> Interval:
    """Return a mean with the interval of Student's t; cheap enough for whole curves.

    Parameters
    ----------
    values : array_like of shape (n,)
        One value a seed; n >= 1.
    alpha : float, default 0.05
        One minus the coverage.

    Returns
    -------
    Interval
        No interval for a single value.
    """
    x = np.asarray(values, dtype=float)
    mean = float(x.mean())
    if len(x) < 2:
        return Interval(mean, None, None)
    half = float(_student_quantile(len(x) - 1, alpha) * x.std(ddof=1) / math.sqrt(len(x)))
    return Interval(mean, mean - half, mean + half)


@cache
def _student_quantile(degrees: int, alpha: float) -> float:
    return float(stats.t.ppf(1 - alpha / 2, degrees))


def level_interval(values: ArrayLike, alpha: float = ALPHA) -> Interval:
    """Return where a loss stands, by Student's t on its logarithm; cheap enough for whole curves.

    Parameters
    ----------
    values : array_like of shape (n,)
        A loss, one value a seed; n >= 1.
    alpha : float, default 0.05
        One minus the coverage.

    Returns
    -------
    Interval
        Geometric mean and the interval of Student's t on the logarithms; both on the values
        themselves if one of them is not positive. No interval for a single value.
    """
    x = np.asarray(values, dtype=float)
    if len(x) < 2:
        return Interval(float(x[0]), None, None)
    if not (x > 0).all():
        return student_interval(x, alpha)
    middle = student_interval(np.log(x), alpha)
    low, high = (None if end is None else math.exp(end) for end in (middle.low, middle.high))
    return Interval(math.exp(middle.estimate), low, high)


def rank(scores: Mapping[str, ArrayLike]) -> list[str]:
    """Return names from best to worst.

    Parameters
    ----------
    scores : mapping of str to array_like
        Values by seed, higher is better. All start at the same seed; some may have more.

    Returns
    -------
    list of str
        By the mean lead over all others, each on the seeds that both have, then by name. With the
        same seeds for all that is the order of the means.
    """
    table = {name: np.asarray(values, dtype=float) for name, values in scores.items()}

    def lead(own: FloatArray, other: FloatArray) -> float:
        common = min(len(own), len(other))
        return float((own[:common] - other[:common]).mean())

    def key(name: str) -> tuple[float, str]:
        own = table[name]
        return -math.fsum(lead(own, other) for other in table.values() if other is not own), name

    return sorted(table, key=key)


def mean_over_problems(scores: ArrayLike, alpha: float = ALPHA) -> Interval:
    """Return the mean over problems, each with the same weight.

    Parameters
    ----------
    scores : array_like of shape (seeds, problems)
        Normalised scores; n >= 1 seeds.
    alpha : float, default 0.05
        One minus the coverage.

    Returns
    -------
    Interval
        For these problems: what varies are the seeds within each. Student's t with Satterthwaite's
        degrees of freedom. No interval for a single seed.
    """
    x = np.asarray(scores, dtype=float)
    seeds, problems = x.shape
    mean = float(x.mean())
    if seeds < 2:
        return Interval(mean, None, None)
    variances = x.var(axis=0, ddof=1) / seeds
    if not variances.any():
        return Interval(mean, mean, mean)
    degrees = (seeds - 1) * float(variances.sum() ** 2 / (variances**2).sum())
    error = math.sqrt(variances.sum()) / problems
    half = float(stats.t.isf(alpha / 2, degrees)) * error
    return Interval(mean, mean - half, mean + half)
