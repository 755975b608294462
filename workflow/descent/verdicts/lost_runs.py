"""What a lost run counts as: one that diverged, ran out of time or missed its target.

It counts as the worst that can be, an ordinary number, in means, differences, ranks and verdicts.
But one value far from the others also widens an interval until it says nothing, and a rival would
be shielded by its losses. So whether another is better is asked twice: as it is, and with the lost
runs of the rival as good as its worst finished run. That favours the rival, so that a lead which is
shown even so is one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from descent.verdicts.simultaneous import FloatArray


def counted(scores: Mapping[str, ArrayLike], worst: float) -> dict[str, FloatArray]:
    """Return scores in which every lost run counts as the worst that can be.

    Parameters
    ----------
    scores : mapping of str to array_like of shape (n,)
        Values by seed, higher is better, ``-inf`` for a lost run.
    worst : float
        What a lost run counts as, such as the untrained model; but no better than any finished run.

    Returns
    -------
    dict of str to ndarray of shape (n,)
        The same names and seeds.

    Raises
    ------
    ValueError
        If a run is lost and ``worst`` is no number.
    """
    table = {name: np.asarray(values, dtype=float) for name, values in scores.items()}
    with_lost = [name for name, x in table.items() if np.isneginf(x).any()]
    if with_lost and not np.isfinite(worst):
        raise ValueError(
            f"worst must be what a lost run counts as, since {', '.join(with_lost)} lost runs. "
            f"Received: {worst}"
        )
    floor = min([worst, *(x[np.isfinite(x)].min(initial=worst) for x in table.values())])
    return {name: np.where(np.isneginf(x), floor, x) for name, x in table.items()}


def spared(values: FloatArray) -> FloatArray | None:
    """Return the values of a rival with each lost run as its worst finished one.

    Parameters
    ----------
    values : ndarray of shape (n,)
        By seed, higher is better, ``-inf`` for a lost run.

    Returns
    -------
    ndarray of shape (n,) or None
        None if no run is lost, or none finished.
    """
    lost = np.isneginf(values)
    return np.where(lost, values[~lost].min(), values) if 0 < lost.sum() < len(values) else None
