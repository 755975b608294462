"""What a hidden layer makes of its sums, and the slope of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.arrays import Array

_ROOT = math.sqrt(2.0 / math.pi)
_CUBE = 0.044715


def relu(x: Array) -> Array:
    """Return ``max(x, 0)``, written over ``x``."""
    return np.maximum(x, 0.0, out=x)


def relu_slope(x: Array) -> NDArray[Any]:
    """Return 1 where ``x`` is positive, of :func:`relu`'s values as of what they are made of."""
    return x > 0.0


def gelu(x: Array) -> Array:
    """Return ``x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`` (Hendrycks and Gimpel 2016)."""
    y = _tanh(x)
    y += 1.0
    y *= x
    y *= 0.5
    return y


def gelu_slope(x: Array) -> Array:
    """Return the derivative of :func:`gelu`."""
    tanh = _tanh(x)
    inner = x * x
    inner *= 1.5 * _ROOT * _CUBE
    inner += 0.5 * _ROOT
    inner *= x  # half of x times the derivative of what the tanh is of
    slope = 1.0 - tanh * tanh
    slope *= inner
    tanh += 1.0
    tanh *= 0.5
    slope += tanh
    return slope


def _tanh(x: Array) -> Array:
    y = x * x
    y *= _ROOT * _CUBE
    y += _ROOT
    y *= x
    return np.tanh(y, out=y)


#: Value and slope of each activation by its name.
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], NDArray[Any]]]] = {
    "relu": (relu, relu_slope),
    "gelu": (gelu, gelu_slope),
}
