"""How much too good the mean of the leader is expected to be.

The rival that leads on these seeds was probably lucky on them. This affects the mean of the leader
and its lead, but not verdicts: their intervals hold for all pairs at once, whichever leads.
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
        At least 0, in the unit of the scores: how much more the leader of a bootstrap sample of the
        seeds has in the sample than on all seeds, averaged over the samples.
    """
    table = np.array(list(scores.values()), dtype=float)  # (rivals, seeds)
    seeds = table.shape[1]
    times = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=RESAMPLES)
    means = times @ table.T / seeds  # (samples, rivals)
    leader = means.argmax(axis=1)
    excess = means[np.arange(RESAMPLES), leader] - table.mean(axis=1)[leader]
    return max(0.0, float(excess.mean()))
