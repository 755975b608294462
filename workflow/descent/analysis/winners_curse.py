"""By how much the mean of whoever leads is too good.

Of many rivals the one that leads on these seeds was, more likely than not, lucky on them. Verdicts
are not touched by it: their intervals hold for all pairs at once, whichever leads. The mean of the
leader is, and so is its lead.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

#: Bootstrap samples of the seeds.
RESAMPLES = 2000


def optimism_of_the_leader(scores: Mapping[str, ArrayLike], rng: np.random.Generator) -> float:
    """Return by how much the mean of the leader is expected to exceed its true value.

    Parameters
    ----------
    scores : mapping of str to array_like of shape (n,)
        Finite values by seed, higher is better, the same seeds for all; n >= 2.
    rng : numpy.random.Generator
        Draws the samples.

    Returns
    -------
    float
        At least 0, in the unit of the scores: the mean, over bootstrap samples of the seeds, of
        what the leader of a sample has more in it than on all seeds.
    """
    table = np.array(list(scores.values()), dtype=float)  # (rivals, seeds)
    seeds = table.shape[1]
    times = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=RESAMPLES)
    means = times @ table.T / seeds  # (samples, rivals)
    leader = means.argmax(axis=1)
    excess = means[np.arange(RESAMPLES), leader] - table.mean(axis=1)[leader]
    return max(0.0, float(excess.mean()))
