"""Better, equivalent or undecided: what the seeds say of every pair of rivals.

Rivals are paired by seed. Of each pair there is an interval of the mean difference, and all
intervals of one problem, at every look, hold at once with 95 %. A pair is

- *better* if its interval lies above zero,
- *equivalent* if it lies within the margin, the smallest difference that matters,
- both, if the difference is real but smaller than the margin,
- *undecided* if neither.

A wrong "better" anywhere among the pairs of a problem, or a wrong "equivalent", then comes up in at
most 5 % of studies, the two together included.

A run that did not finish has no value; it is worse than any that did. A mean does not exist then,
and the pair is judged by the order of the two on each seed, in
:mod:`descent.analysis.verdicts.unfinished_runs`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from descent.analysis.inference import paired_differences
from descent.analysis.verdicts.critical_values import critical_value, skewness
from descent.analysis.verdicts.folds import Folds, deviation_between, fold_means
from descent.analysis.verdicts.unfinished_runs import finishes_more_often, median_interval
from descent.study.looks import Look, look_at

Verdict = Literal["better", "equivalent", "better and equivalent", "undecided"]


@dataclass(frozen=True)
class Comparison:
    """What is known of one pair.

    Attributes
    ----------
    first, second : str
        The pair, the better of the two on these seeds first.
    seeds : int
        How many seeds both have and were looked at.
    difference : float or None
        Mean of first less second, >= 0, in the unit of the scores; None if a run did not finish.
    low, high : float or None
        The ends of its interval; None also for a single seed.
    margin : float
        The smallest difference that matters.
    verdict : str
        Of the first over the second: "better", "equivalent", "better and equivalent" or
        "undecided".
    least_half_width : float, default 0.0
        Where the seeds share the folds of one corpus, what the interval reaches to each side at
        the least, however many seeds there are.
    """

    first: str
    second: str
    seeds: int
    difference: float | None
    low: float | None
    high: float | None
    margin: float
    verdict: Verdict
    least_half_width: float = 0.0

    @property
    def better(self) -> bool:
        """Whether the first is better than the second."""
        return self.verdict.startswith("better")

    @property
    def equivalent(self) -> bool:
        """Whether the two are equivalent within the margin."""
        return self.verdict.endswith("equivalent")

    @property
    def corpus_too_small(self) -> bool:
        """Whether it is undecided, and no number of seeds is likely to change that."""
        if self.verdict != "undecided" or self.difference is None:
            return False
        low = self.difference - self.least_half_width
        return low <= 0 and not within(self.margin, low, self.difference + self.least_half_width)


def compare_all(
    scores: Mapping[str, ArrayLike],
    margin: float,
    looks: tuple[Look, ...],
    *,
    step: float = 0.0,
    folds: Folds | None = None,
) -> list[Comparison]:
    """Return the verdict on every pair.

    Parameters
    ----------
    scores : mapping of str to array_like of shape (n,)
        Values by seed, higher is better, ``-inf`` for a run that did not finish. All start at the
        same seed and follow the same order; some may have more seeds than others.
    margin : float
        The smallest difference that matters, > 0.
    looks : tuple of Look
        The plan, from :func:`~descent.study.looks.plan_looks`. A pair is judged at the last
        look that the seeds of both suffice for; those beyond it are not used.
    step : float, default 0.0
        The least amount by which two scores can differ: one over the number of test examples of an
        accuracy. A standard deviation under it says that the seeds are few, and is not believed.
    folds : Folds or None, default None
        Where the seeds share the folds of one corpus; None: they are independent.

    Returns
    -------
    list of Comparison
        Every pair once, in the order of the names.

    Raises
    ------
    ValueError
        If a pair has fewer seeds than the first look.
    """
    table = {name: np.asarray(values, dtype=float) for name, values in scores.items()}
    return [
        _compare(names, table, margin, looks, step, folds)
        for names in itertools.combinations(table, 2)
    ]


def _compare(
    names: tuple[str, str],
    scores: Mapping[str, NDArray[np.float64]],
    margin: float,
    looks: tuple[Look, ...],
    step: float,
    folds: Folds | None,
) -> Comparison:
    common = min(len(scores[name]) for name in names)
    look = look_at(looks, common)
    if look is None:
        raise ValueError(
            f"{' and '.join(names)} must have the {looks[0].seeds} seeds of the first look. "
            f"Received: {common}"
        )
    a, b = (scores[name][: look.seeds] for name in names)
    d = paired_differences(a, b)
    if np.isfinite([a, b]).all():
        mean, half = mean_and_half_width(d, len(scores), look.alpha, step=step, folds=folds)
        pair = names if mean >= 0 else names[::-1]
        low, high = float(abs(mean) - half), float(abs(mean) + half)
        verdict = verdict_of(low > 0, within(margin, low, high))
        least = 0.0
        if folds is not None and 0 < half < math.inf:
            deviation = max(fold_means(d, folds).std(ddof=1), step)
            least = float(half) * deviation_between(d, folds) / deviation
        return Comparison(*pair, look.seeds, float(abs(mean)), low, high, margin, verdict, least)
    pair = names if np.sign(d).sum() >= 0 else names[::-1]
    alpha = look.alpha / math.comb(len(scores), 2)
    verdict = _verdict_by_order(d if pair == names else -d, margin, alpha)
    return Comparison(*pair, look.seeds, None, None, None, margin, verdict)


def _verdict_by_order(differences: NDArray[np.float64], margin: float, alpha: float) -> Verdict:
    """Return what the order says, by two tests that share the error rate of the pair."""
    low, high = median_interval(differences, alpha / 2)
    better = low > 0 or finishes_more_often(differences, alpha / 4)
    return verdict_of(better, within(margin, low, high))


def mean_and_half_width(
    differences: ArrayLike,
    rivals: int,
    alpha: float,
    *,
    step: float = 0.0,
    folds: Folds | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean paired differences and how far their intervals reach to each side.

    Parameters
    ----------
    differences : array_like of shape (..., n)
        Finite differences, one a seed, n >= 1.
    rivals : int
        How many are compared, each with each, >= 2.
    alpha : float
        Chance that any of the intervals of all pairs misses its mean.
    step, folds
        As :func:`compare_all` has them.

    Returns
    -------
    mean, half_width : ndarray of shape (...)
        With folds, the mean of their means. The half-width is infinite for a single seed, or a
        single fold.
    """
    values = np.asarray(differences, dtype=float)
    if folds is not None:
        values = fold_means(values, folds)
    mean: NDArray[np.float64] = values.mean(axis=-1)
    n = values.shape[-1]
    if n < 2:
        return mean, np.full_like(mean, np.inf)
    sd = np.maximum(values.std(axis=-1, ddof=1), step)
    critical = critical_value(n, rivals, alpha, skewness(values))
    return mean, critical * sd / math.sqrt(n)


def within(margin: float, low: float, high: float) -> bool:
    """Return whether an interval lies inside the margin, on both sides of zero."""
    return -margin < low and high < margin


def verdict_of(better: bool, equivalent: bool) -> Verdict:
    """Return the word for what was found of a pair."""
    if better:
        return "better and equivalent" if equivalent else "better"
    return "equivalent" if equivalent else "undecided"
