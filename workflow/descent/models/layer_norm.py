"""Layer normalisation: every row to mean 0 and variance 1, then a gain and a bias (Ba et al. 2016).

::

    n = (x - mean(x)) / sqrt(variance(x) + EPSILON)      over the D numbers of a row
    y = gain * n + bias
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from descent.arrays import Array

#: Keeps the root from zero where all numbers of a row are equal; PyTorch has the same.
EPSILON = 1e-5


class Normalised(NamedTuple):
    """Rows before gain and bias, and what the way back needs beside them.

    Attributes
    ----------
    rows : ndarray of shape (N, D)
        The rows ``n``.
    scales : ndarray of shape (N, 1)
        ``1 / sqrt(variance(x) + EPSILON)`` of each.
    """

    rows: Array
    scales: Array


def normalise(x: Array) -> Normalised:
    """Return the rows of ``x``, shape (N, D), with mean 0 and variance 1."""
    rows = x - x.mean(axis=1, keepdims=True)
    scales = np.einsum("nd,nd->n", rows, rows)[:, None]
    scales *= 1.0 / x.shape[1]
    scales += EPSILON
    np.sqrt(scales, out=scales)
    np.reciprocal(scales, out=scales)
    rows *= scales
    return Normalised(rows, scales)


def slope_through(normalised: Normalised, slope: Array) -> Array:
    """Return d loss / d x from d loss / d n.

    Parameters
    ----------
    normalised : Normalised
        What :func:`normalise` returned for ``x``.
    slope : ndarray of shape (N, D)
        d loss / d n; overwritten.

    Returns
    -------
    ndarray of shape (N, D)
        ``(slope - mean(slope) - n * mean(slope * n)) * scale``, the means over each row.
    """
    rows, scales = normalised
    along = np.einsum("nd,nd->n", slope, rows)[:, None]
    along *= 1.0 / rows.shape[1]
    slope -= slope.mean(axis=1, keepdims=True)
    slope -= rows * along
    slope *= scales
    return slope
