"""The logistic loss of a score, and its slope, for labels 0 and 1."""

from __future__ import annotations

import numpy as np

from descent.arrays import Array


def logistic_losses(scores: Array, labels: Array) -> Array:
    """Return each example's loss, ``log(1 + exp(score)) - label * score``.

    Parameters
    ----------
    scores : ndarray of shape (B,)
        Log-odds of label 1.
    labels : ndarray of shape (B,)
        0 or 1, in the dtype of the scores.

    Returns
    -------
    ndarray of shape (B,)
        The losses; no score overflows, and NaN stays NaN without a warning.
    """
    with np.errstate(all="ignore"):
        losses: Array = np.logaddexp(0.0, np.where(labels > 0.5, -scores, scores))
    return losses


def logistic_slopes(scores: Array, labels: Array) -> Array:
    """Return each loss's derivative by its score, ``sigmoid(score) - label``.

    Parameters
    ----------
    scores, labels : ndarray of shape (B,)
        As for :func:`logistic_losses`.

    Returns
    -------
    ndarray of shape (B,)
        The slopes.
    """
    slopes: Array = 0.5 * (1.0 + np.tanh(0.5 * scores)) - labels
    return slopes
