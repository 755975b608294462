"""How much a tuned setting depends on its tuning seeds.

The choice is repeated on bootstrap samples of the tuning seeds: how often does the same setting
win, and how much worse are the settings that win instead?
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from descent.foundation.seeding import generator

#: Up to this many seeds, all samples are enumerated, each with its probability.
ALL_SAMPLES = 8
#: Number of random samples for more seeds.
SAMPLES = 4000


@dataclass(frozen=True)
class Stability:
    """How sure the choice of a setting is.

    Attributes
    ----------
    winners : dict of str to float
        Probability that a candidate wins a sample, for those that win any, most likely first.
    expected_cost : float
        How much worse the winner of a sample is than the choice on all seeds, averaged over the
        samples, in the unit of the metric. A winner with a run that did not finish costs as much
        as the worst candidate without one.
    largest_cost : float
        The same for the costliest winner.
    """

    winners: dict[str, float]
    expected_cost: float
    largest_cost: float


def tuning_stability(values: Mapping[str, Sequence[float]]) -> Stability | None:
    """Return how stable the choice among candidates is.

    Parameters
    ----------
    values : mapping of str to sequence of float
        The metric of each candidate by tuning seed, higher is better, ``-inf`` for a run that did
        not finish. The fewest unfinished runs win, then the best mean, then the first.

    Returns
    -------
    Stability or None
        None for a single seed, which says nothing, or if no candidate always finishes.
    """
    table = np.array(list(values.values()), dtype=float)  # (candidates, seeds)
    lost = np.isinf(table)
    sound = ~lost.any(axis=1)
    seeds = table.shape[1]
    if seeds < 2 or not sound.any():
        return None
    times, chance = _samples(seeds)  # (samples, seeds), (samples,)
    unfinished = times @ lost.T
    present = np.maximum(seeds - unfinished, 1)
    mean = (times @ np.where(lost, 0.0, table).T) / present
    fewest = unfinished == unfinished.min(axis=1, keepdims=True)
    winner = np.argmax(np.where(fewest, mean, -np.inf), axis=1)

    on_all = table.mean(axis=1)  # -inf for a candidate with a run that did not finish
    on_all = np.maximum(on_all, on_all[sound].min())
    cost = on_all.max() - on_all
    share = np.bincount(winner, weights=chance, minlength=len(table))
    names = list(values)
    order = [int(i) for i in np.argsort(-share, kind="stable") if share[i] > 0]
    return Stability(
        {names[i]: float(share[i]) for i in order},
        float(share @ cost),
        float(cost[order].max()),
    )


@cache
def _samples(seeds: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how often each seed is in each sample, and the probability of each sample."""
    if seeds > ALL_SAMPLES:
        rng = generator("bootstrap", seeds, "analysis")
        times = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=SAMPLES).astype(float)
        return times, np.full(SAMPLES, 1 / SAMPLES)
    drawn = [
        [Counter(sample)[i] for i in range(seeds)]
        for sample in itertools.combinations_with_replacement(range(seeds), seeds)
    ]
    orders = [
        math.factorial(seeds) / math.prod(math.factorial(n) for n in times) for times in drawn
    ]
    return np.array(drawn, dtype=float), np.array(orders) / seeds**seeds
