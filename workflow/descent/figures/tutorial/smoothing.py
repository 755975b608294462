"""A running mean of a noisy loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from descent.arrays import Array


def running_mean(values: Sequence[float], width: int) -> tuple[Array, Array]:
    """Return centres and means of a window that slides over the values.

    Parameters
    ----------
    values : sequence of float
        One value a step; step 1 is the first.
    width : int
        Steps in the window, >= 1; no more than there are values are taken.

    Returns
    -------
    centres, means : ndarray of shape (len(values) - width + 1,)
        The window's middle, in steps, and its mean.
    """
    width = min(width, len(values))
    means = np.convolve(values, np.full(width, 1.0 / width), mode="valid")
    centres = np.arange(len(means)) + (width + 1) / 2.0
    return centres, means
