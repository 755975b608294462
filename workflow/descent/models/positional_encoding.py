"""Where a step stands in its sequence, as numbers (Vaswani et al. 2017)."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from descent.arrays import Array

#: The wavelengths go from 2 pi to 2 pi times this.
LONGEST_WAVE = 10_000.0


def positional_encoding(
    steps: int, width: int, scale: float = 1.0, dtype: DTypeLike = np.float64
) -> Array:
    """Return what each step adds to its embedding, from the first on.

    Parameters
    ----------
    steps : int
        Number of steps, >= 0.
    width : int
        Numbers for each.
    scale : float, default 1
        Largest value.
    dtype : dtype, default float64
        float32 or float64.

    Returns
    -------
    ndarray of shape (steps, width)
        ``scale`` times ``sin(t / wave)`` in even columns 2i and ``cos(t / wave)`` in odd ones
        2i + 1, with ``wave = LONGEST_WAVE ** (2i / width)``.
    """
    columns = np.arange(width)
    phases = np.arange(steps)[:, None] / LONGEST_WAVE ** ((columns - columns % 2) / width)
    encoding = np.where(columns % 2 == 0, np.sin(phases), np.cos(phases))
    return (scale * encoding).astype(dtype)
