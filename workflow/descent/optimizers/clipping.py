"""Gradient clipping, by norm and by value."""

from __future__ import annotations

import math

import numpy as np

from descent.arrays import Array, euclidean_norm


def clip_by_norm(gradient: Array, limit: float, out: Array) -> Array:
    """Scale a gradient down to a Euclidean norm of at most ``limit``.

    Parameters
    ----------
    gradient : ndarray of shape (n,)
        The gradient, all parameters together.
    limit : float
        Largest norm allowed, > 0.
    out : ndarray of shape (n,)
        Where the scaled gradient goes if it has to be scaled; may be ``gradient`` itself.

    Returns
    -------
    ndarray of shape (n,)
        ``gradient`` untouched if its norm is within the limit, else ``out``. A norm that is not
        finite scales nothing: the caller sees the divergence.

    Notes
    -----
    ``g <- g * limit / max(norm(g), limit)``. PyTorch's ``clip_grad_norm_`` divides by
    ``norm + 1e-6`` instead; Optax's and Keras's ``clip_by_global_norm`` are as here.
    """
    norm = euclidean_norm(gradient)
    if math.isinf(norm) and math.isfinite(peak := float(np.max(np.abs(gradient)))):
        # only the squares overflowed, which in float32 they do from 1e19 on
        scaled = np.divide(gradient, peak, out=out)
        return np.multiply(scaled, limit / euclidean_norm(scaled), out=out)
    if norm <= limit or not math.isfinite(norm):
        return gradient
    return np.multiply(gradient, limit / norm, out=out)


def clip_by_value(gradient: Array, limit: float, out: Array) -> Array:
    """Clip every component of a gradient to ``[-limit, limit]``.

    Parameters
    ----------
    gradient : ndarray of shape (n,)
        The gradient.
    limit : float
        Largest absolute value allowed, > 0.
    out : ndarray of shape (n,)
        Where the clipped gradient goes; may be ``gradient`` itself.

    Returns
    -------
    ndarray of shape (n,)
        ``out``. NaN stays NaN.
    """
    return np.clip(gradient, -limit, limit, out=out)
