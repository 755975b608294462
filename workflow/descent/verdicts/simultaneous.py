"""Intervals of many paired differences that hold together: step-down, by flipping signs.

The statistic of a pair is its mean difference over ``standard error + median standard error`` of
all pairs that are judged: ten seeds estimate a standard error badly, and of many pairs the one that
comes out too small would decide how wide all intervals are. How large the largest statistic is by
chance is found by what would not have been noticed had nothing but chance been at work: the seeds
of the centred differences change their signs, those of one seed in all pairs together, so that the
correlation of the pairs is kept. Pairs that stand out are taken away, and the rest is judged among
themselves (Romano and Wolf 2005), so that an interval that excludes zero is one of a pair that was
found.

It holds for noise with a skewness up to 0.7 in every rival, heavy tails, and scales that differ by
orders of magnitude (``tests/verdicts/verdict_error_rates.py``).
"""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, stats

from descent.verdicts.folds import Folds

FloatArray = NDArray[np.float64]
Groups = list[NDArray[np.intp]]

#: Up to this many seeds all patterns of signs are taken, from here on a sample of them.
MOST_SEEDS_ENUMERATED = 12
PATTERNS = 4096
#: Fewer seeds have fewer patterns than the error rate needs; theirs is Bonferroni's t interval.
LEAST_SEEDS_TO_FLIP = 6


def mean_and_half_width(
    differences: ArrayLike,
    alpha: float,
    *,
    step: float = 0.0,
    folds: Folds | None = None,
    typical: ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return mean paired differences and how far their intervals reach to each side.

    Parameters
    ----------
    differences : array_like of shape (pairs, seeds)
        Finite differences of all pairs of one family, on the same seeds.
    alpha : float
        Chance that any pair without a difference is found to have one, in (0, 1).
    step : float, default 0.0
        The least amount by which two values can differ. A standard deviation under it says that the
        seeds are few, and is not believed.
    folds : Folds or None, default None
        Where the seeds share the folds of one corpus: the mean of the folds' means, and its error
        from what seeds differ by within a fold; from what folds differ by if a fold has one seed.
    typical : array_like of bool of shape (pairs,), optional
        Whose standard errors the median is of; that of any other is its own median. By default all.

    Returns
    -------
    mean, half_width : ndarray of shape (pairs,)
        The half-width is infinite for a single seed.
    """
    d = np.asarray(differences, dtype=float)
    groups = seed_groups(d.shape[1], folds)
    mean = np.stack([d[:, group].mean(axis=1) for group in groups]).mean(axis=0)
    if d.shape[1] < 2:
        return mean, np.full_like(mean, np.inf)
    if folds is not None and len(groups) == 1:  # a fold of one seed: the folds are the sample
        d = np.stack([d[:, group].mean(axis=1) for group in folds.groups(d.shape[1])], axis=1)
        groups = seed_groups(d.shape[1], None)
    deviation, of_mean = deviation_within(d, groups), error_of_mean(groups)
    error = np.maximum(deviation, step) * of_mean
    student = float(stats.t.isf(alpha / (2 * len(d)), d.shape[1] - len(groups)))
    if d.shape[1] < LEAST_SEEDS_TO_FLIP:
        return mean, error * student
    scale_of = np.ones(len(d), dtype=bool) if typical is None else np.asarray(typical)
    by_chance = _by_chance(_noise(d, groups), step)
    half = _step_down(np.abs(mean), error, *by_chance, scale_of, alpha)
    # Seeds that agree to the last step show no chance when their signs are flipped.
    return mean, np.where(deviation < step, np.maximum(half, step * of_mean * student), half)


def seed_groups(seeds: int, folds: Folds | None) -> Groups:
    """Return the places of the seeds that are alike: those of each fold, if it has two, or all."""
    groups = [np.arange(seeds)] if folds is None else folds.groups(seeds)
    return groups if min(map(len, groups)) > 1 else [np.arange(seeds)]


def deviation_within(d: FloatArray, groups: Groups) -> FloatArray:
    """Return the standard deviation within groups of seeds; (pairs, seeds) to (pairs,)."""
    if d.shape[1] <= len(groups):
        return np.zeros(len(d))
    squares = np.stack([d[:, group].var(axis=1) * len(group) for group in groups]).sum(axis=0)
    deviation: FloatArray = np.sqrt(squares / (d.shape[1] - len(groups)))
    return deviation


def error_of_mean(groups: Groups) -> float:
    """Return the standard error of the mean of groups' means for a standard deviation of one."""
    return math.sqrt(math.fsum(1 / len(group) for group in groups)) / len(groups)


def _noise(d: FloatArray, groups: Groups) -> FloatArray:
    """Return values of the scale of the differences that know nothing of their mean.

    What is left of them without their mean, or, where there are folds, their contrasts within them
    (Helmert's, of unit length), since two seeds without their mean are the same number twice.
    """
    if len(groups) > 1:
        return np.hstack([d[:, group] @ linalg.helmert(len(group)).T for group in groups])
    seeds = d.shape[1]
    centred: FloatArray = d - d.mean(axis=1, keepdims=True)
    return centred * math.sqrt(seeds / (seeds - 1))


def _by_chance(noise: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    """Return means and standard errors of all pairs under each pattern of signs."""
    size = noise.shape[1]
    mean = np.abs(_signs(size) @ noise.T) / size  # (patterns, pairs)
    squares = (noise**2).sum(axis=1) - size * mean**2
    deviation = np.sqrt(np.maximum(squares, 0.0) / (size - 1))
    return mean, np.maximum(deviation, step) / math.sqrt(size)


def _step_down(
    mean: FloatArray,
    error: FloatArray,
    means_by_chance: FloatArray,
    errors_by_chance: FloatArray,
    typical: NDArray[np.bool_],
    alpha: float,
) -> FloatArray:
    """Return for each pair the half-width at which it was found, or was not."""
    half = np.empty_like(mean)
    left = np.arange(len(mean))
    exceeding = math.floor(alpha * len(means_by_chance))
    while left.size:
        scales = _scales(errors_by_chance[:, left], typical[left])
        # without any spread there is no chance
        largest = np.divide(
            means_by_chance[:, left], scales, out=np.zeros_like(scales), where=scales > 0
        ).max(axis=1)
        critical = np.partition(largest, -exceeding - 1)[-exceeding - 1]
        half[left] = critical * _scales(error[np.newaxis, left], typical[left])[0]
        not_found = mean[left] <= half[left]
        if not_found.all():
            break
        left = left[not_found]
    return half


def _scales(errors: FloatArray, typical: NDArray[np.bool_]) -> FloatArray:
    """Return by what means are divided; (patterns, pairs) to (patterns, pairs)."""
    middle = np.where(typical, 0.0, errors)
    if typical.any():
        middle[:, typical] = np.median(errors[:, typical], axis=1, keepdims=True)
    return errors + middle


@cache
def _signs(seeds: int) -> FloatArray:
    """Return patterns of signs; the first seed's stays, since a statistic has no sign."""
    if seeds <= MOST_SEEDS_ENUMERATED:
        others = np.array(list(itertools.product([1.0, -1.0], repeat=seeds - 1)))
    else:
        others = np.random.default_rng(0).choice([1.0, -1.0], size=(PATTERNS, seeds - 1))
    return np.hstack([np.ones((len(others), 1)), others])


@cache
def typical_critical_value(seeds: float, rivals: int, alpha: float) -> float:
    """Return the standard errors that the interval of a typical pair reaches, for planning.

    Parameters
    ----------
    seeds : int or inf
        Independent paired seeds, >= 2; inf for a standard error that is known.
    rivals : int
        How many are compared, each with each, >= 2.
    alpha : float
        Error rate of the look.

    Returns
    -------
    float
        Of Tukey's studentized range, as if every standard error were estimated from twice the
        seeds, which is what the median of all adds; Student's t for a single pair.
    """
    if rivals == 2:
        return float(stats.t.isf(alpha / 2, seeds - 1))
    degrees = min(2 * (seeds - 1), 1e5)
    return float(stats.studentized_range.isf(alpha, rivals, degrees)) / math.sqrt(2)
