"""Mini-batches that only have a gradient, for steps along a fixed sequence of gradients."""

from __future__ import annotations

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.state import State

#: Curvatures of the loss around the parameters, from the first parameter to the last.
CURVATURES = (0.5, 2.0)


def set_mini_batch(
    rule: Optimizer,
    state: State,
    theta: Array,
    gradient: Array,
    part: slice = slice(None),
    whole: int | None = None,
) -> None:
    """Let the mini-batch of the next step be a quadratic with the given gradient at theta.

    Parameters
    ----------
    rule : Optimizer
        The rule; nothing happens if it takes no gradients at other points.
    state : State
        Its ``loss`` and ``loss_and_gradient`` are set.
    theta : ndarray of shape (n,)
        The parameters, where the loss is 0.
    gradient : ndarray of shape (n,)
        The gradient there.
    part, whole : slice and int, optional
        Where the parameters lie among more of them, and how many these are: so that a part has the
        curvatures that it has beside the others.
    """
    if not rule.extra_gradients:
        return
    centre, slope = theta.copy(), gradient.copy()
    curvature = np.linspace(*CURVATURES, whole or theta.size, dtype=theta.dtype)[part]

    def loss_and_gradient(at: Array, out: Array) -> float:
        way = at - centre
        bend = curvature * way
        np.add(slope, bend, out=out)
        return float(np.dot(slope, way)) + 0.5 * float(np.dot(bend, way))

    state.loss, state.loss_and_gradient = 0.0, loss_and_gradient
