"""Better, equivalent or undecided: what the seeds say of every pair of rivals.

Rivals are paired by seed. Each pair has an interval of the mean difference, and those of one
family, at every look, are found together (:mod:`descent.verdicts.simultaneous`). A pair is

- *better* if its interval lies above zero,
- *equivalent* if it lies within the margin, the smallest difference that matters,
- both, if the difference is real but smaller than the margin,
- *undecided* if neither.

A wrong "better" anywhere in a family comes up in at most 5 % of studies, and so does a wrong
"equivalent". The pairs of a named rival, the focus or the baseline of a study, are a family of
their own, the pair of two named ones is another: the question that a study was made for is not paid
for with the answers to all others. So are the pairs of an optimizer and itself with another
schedule.

A run that did not finish has no value; it is worse than any that did. A mean does not exist then,
and the pair is judged by the order of the two on each seed, in
:mod:`descent.verdicts.unfinished_runs`.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from descent.verdicts.folds import Folds
from descent.verdicts.inference import paired_differences
from descent.verdicts.looks import Look, look_at
from descent.verdicts.simultaneous import FloatArray, mean_and_half_width
from descent.verdicts.unfinished_runs import finishes_more_often, median_interval

#: Two rivals.
Pair = tuple[str, str]
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
    """

    first: str
    second: str
    seeds: int
    difference: float | None
    low: float | None
    high: float | None
    margin: float
    verdict: Verdict

    @property
    def better(self) -> bool:
        """Whether the first is better than the second."""
        return self.verdict.startswith("better")

    @property
    def equivalent(self) -> bool:
        """Whether the two are equivalent within the margin."""
        return self.verdict.endswith("equivalent")


def compare_all(
    scores: Mapping[str, ArrayLike],
    margin: float,
    looks: tuple[Look, ...],
    *,
    step: float = 0.0,
    folds: Folds | None = None,
    named: Collection[str] = (),
    apart: Collection[Pair] = (),
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
        The plan, from :func:`~descent.verdicts.looks.plan_looks`. A pair is judged at the last
        look that the seeds of both suffice for; those beyond it are not used.
    step : float, default 0.0
        The least amount by which two scores can differ: one over the number of test examples of an
        accuracy. A standard deviation under it says that the seeds are few, and is not believed.
    folds : Folds or None, default None
        Where the seeds share the folds of one corpus; None: they are independent.
    named : collection of str, default ()
        The rivals that a study singles out: its focus and its baseline.
    apart : collection of (str, str), default ()
        Pairs in the order of the names that are a question, and so a family, of their own: each
        optimizer and itself with another schedule.

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
    pairs = list(itertools.combinations(table, 2))
    last = {pair: _last_look(pair, table, looks) for pair in pairs}
    found: dict[tuple[str, str], Comparison] = {}
    for family in families(pairs, named, apart):
        for look in looks:
            judged = [pair for pair in family if last[pair].seeds >= look.seeds]
            cut = {name: values[: look.seeds] for name, values in table.items()}
            verdicts = _judge(judged, cut, margin, look.alpha, step, folds)
            found |= {pair: verdicts[pair] for pair in judged if last[pair] == look}
    return [found[pair] for pair in pairs]


def families(
    pairs: Sequence[Pair], named: Collection[str], apart: Collection[Pair]
) -> list[list[Pair]]:
    """Return the families: pairs apart, those of two named rivals, those of one, and all others."""
    family = {pair: 3 if pair in apart else sum(name in named for name in pair) for pair in pairs}
    return [[pair for pair in pairs if family[pair] == which] for which in (3, 2, 1, 0)]


def _last_look(pair: Pair, scores: Mapping[str, FloatArray], looks: tuple[Look, ...]) -> Look:
    common = min(len(scores[name]) for name in pair)
    look = look_at(looks, common)
    if look is None:
        raise ValueError(
            f"{' and '.join(pair)} must have the {looks[0].seeds} seeds of the first look. "
            f"Received: {common}"
        )
    return look


def _judge(
    pairs: Sequence[Pair],
    scores: Mapping[str, FloatArray],
    margin: float,
    alpha: float,
    step: float,
    folds: Folds | None,
) -> dict[Pair, Comparison]:
    """Judge the pairs of a family at one look; those with a run that did not finish by order."""
    differences = {(a, b): paired_differences(scores[a], scores[b]) for a, b in pairs}
    finished = [pair for pair in pairs if np.isfinite([scores[name] for name in pair]).all()]
    found: dict[Pair, Comparison] = {}
    if finished:
        d = np.stack([differences[pair] for pair in finished])
        means, halves = mean_and_half_width(
            d, alpha * len(finished) / len(pairs), step=step, folds=folds
        )
        for pair, mean, half in zip(finished, means.tolist(), halves.tolist(), strict=True):
            low, high = abs(mean) - half, abs(mean) + half
            verdict = verdict_of(low > 0, within(margin, low, high))
            order = pair if mean >= 0 else pair[::-1]
            found[pair] = Comparison(*order, d.shape[1], abs(mean), low, high, margin, verdict)
    for pair in pairs:
        if pair not in found:
            d = differences[pair]
            order = pair if np.sign(d).sum() >= 0 else pair[::-1]
            verdict = _verdict_by_order(d if pair == order else -d, margin, alpha / len(pairs))
            found[pair] = Comparison(*order, len(d), None, None, None, margin, verdict)
    return found


def _verdict_by_order(differences: FloatArray, margin: float, alpha: float) -> Verdict:
    """Return what the order says, by two tests that share the error rate of the pair."""
    low, high = median_interval(differences, alpha / 2)
    better = low > 0 or finishes_more_often(differences, alpha / 4)
    return verdict_of(better, within(margin, low, high))


def within(margin: float, low: float, high: float) -> bool:
    """Return whether an interval lies inside the margin, on both sides of zero."""
    return -margin < low and high < margin


def verdict_of(better: bool, equivalent: bool) -> Verdict:
    """Return the word for what was found of a pair."""
    if better:
        return "better and equivalent" if equivalent else "better"
    return "equivalent" if equivalent else "undecided"
