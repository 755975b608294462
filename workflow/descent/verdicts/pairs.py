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

What a lost run counts as, and how a rival is kept from being shielded by one, is in
:mod:`descent.verdicts.lost_runs`. A pair with a lost run is never equivalent.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from descent.verdicts.folds import Folds
from descent.verdicts.looks import Look, look_at
from descent.verdicts.lost_runs import counted, spared
from descent.verdicts.simultaneous import FloatArray, mean_and_half_width
from descent.verdicts.unpaired import mean_and_half_width_unpaired

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
    difference : float
        Mean of first less second, >= 0, in the unit of the scores.
    low, high : float
        The ends of its interval; infinite for a single seed.
    margin : float
        The smallest difference that matters.
    verdict : str
        Of the first over the second: "better", "equivalent", "better and equivalent" or
        "undecided".
    """

    first: str
    second: str
    seeds: int
    difference: float
    low: float
    high: float
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
    worst: float = -np.inf,
    step: float = 0.0,
    folds: Folds | None = None,
    named: Collection[str] = (),
    apart: Collection[Pair] = (),
) -> list[Comparison]:
    """Return the verdict on every pair.

    Parameters
    ----------
    scores : mapping of str to array_like of shape (n,)
        Values by seed, higher is better, ``-inf`` for a lost run. All start at the same seed and
        follow the same order; some may have more seeds than others.
    margin : float
        The smallest difference that matters, >= 0.
    looks : tuple of Look
        The plan, from :func:`~descent.verdicts.looks.plan_looks`. A pair is judged at the last
        look that the seeds of both suffice for; those beyond it are not used.
    worst : float, optional
        What a lost run counts as, such as the untrained model; needed only where there is one.
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
        If a pair has fewer seeds than the first look, or there are lost runs and no ``worst``.
    """
    with_lost = counted(scores, worst)
    table = {name: np.asarray(values, dtype=float) for name, values in scores.items()}
    pairs = list(itertools.combinations(table, 2))
    last = {pair: _last_look(pair, table, looks) for pair in pairs}
    found: dict[tuple[str, str], Comparison] = {}
    for family in _families(pairs, named, apart):
        for look in looks:
            judged = [pair for pair in family if last[pair].seeds >= look.seeds]
            cut = {name: values[: look.seeds] for name, values in table.items()}
            full = {name: values[: look.seeds] for name, values in with_lost.items()}
            verdicts = _judge(judged, cut, full, margin, look.alpha, step, folds)
            found |= {pair: verdicts[pair] for pair in judged if last[pair] == look}
    return [found[pair] for pair in pairs]


def compare_unpaired(
    scores: Mapping[str, ArrayLike],
    margin: float,
    alpha: float,
    *,
    worst: float = -np.inf,
    step: float = 0.0,
    named: Collection[str] = (),
) -> list[Comparison]:
    """Return the verdict on every pair of rivals that share no seeds, by all their runs.

    Parameters
    ----------
    scores : mapping of str to array_like of shape (n,)
        Values by run; their numbers may differ.
    alpha : float
        Error rate of this look.
    margin, worst, step, named
        As :func:`compare_all` has them.

    Returns
    -------
    list of Comparison
        Every pair once, in the order of the names; its seeds are the runs of the rival with fewer.
    """
    full = counted(scores, worst)
    table = {name: np.asarray(values, dtype=float) for name, values in scores.items()}
    pairs = list(itertools.combinations(table, 2))
    found: dict[Pair, Comparison] = {}
    for family in _families(pairs, named, ()):
        found |= _judge(family, table, full, margin, alpha, step, paired=False)
    return [found[pair] for pair in pairs]


def _families(
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
    full: Mapping[str, FloatArray],
    margin: float,
    alpha: float,
    step: float,
    folds: Folds | None = None,
    *,
    paired: bool = True,
) -> dict[Pair, Comparison]:
    """Judge the pairs of a family at one look.

    ``scores`` have ``-inf`` for lost runs, ``full`` what these count as.
    """
    if not pairs:
        return {}
    lost = {name for name, values in scores.items() if np.isneginf(values).any()}
    favoured = {name: x for name in lost if (x := spared(scores[name])) is not None}
    below = [(a, b) for a, b in pairs if b in favoured]
    above = [(a, b) for a, b in pairs if a in favoured]
    samples = [
        *((full[a], full[b]) for a, b in pairs),
        *((full[a], favoured[b]) for a, b in below),
        *((favoured[a], full[b]) for a, b in above),
    ]
    if paired:
        means, halves = mean_and_half_width(
            [a - b for a, b in samples],
            alpha,
            step=step,
            folds=folds,
            typical=[
                *(not lost & {a, b} for a, b in pairs),
                *(a not in lost for a, _ in below),
                *(b not in lost for _, b in above),
            ],
        )
    else:
        means, halves = mean_and_half_width_unpaired(samples, alpha, step=step)
    least, most = (means - halves).tolist(), (means + halves).tolist()
    ends = {pair: [least[i], most[i]] for i, pair in enumerate(pairs)}
    for i, pair in enumerate(below, len(pairs)):
        ends[pair][0] = max(ends[pair][0], least[i])
    for i, pair in enumerate(above, len(pairs) + len(below)):
        ends[pair][1] = min(ends[pair][1], most[i])
    found = {}
    for (a, b), mean in zip(pairs, means.tolist(), strict=False):
        low, high = ends[a, b]
        order, low, high = ((a, b), low, high) if mean >= 0 else ((b, a), -high, -low)
        verdict = verdict_of(low > 0, within(margin, low, high) and not lost & {a, b})
        seeds = min(len(full[a]), len(full[b]))
        found[a, b] = Comparison(*order, seeds, abs(mean), low, high, margin, verdict)
    return found


def within(margin: float, low: float, high: float) -> bool:
    """Return whether an interval lies inside the margin, on both sides of zero."""
    return -margin < low and high < margin


def verdict_of(better: bool, equivalent: bool) -> Verdict:
    """Return the word for what was found of a pair."""
    if better:
        return "better and equivalent" if equivalent else "better"
    return "equivalent" if equivalent else "undecided"
