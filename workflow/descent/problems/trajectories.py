"""The path of an optimizer on a test function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.problems.function_problem import LOST
from descent.problems.functions import Function


@dataclass(frozen=True)
class Path:
    """The points that an optimizer visited.

    Attributes
    ----------
    points : ndarray of shape (steps + 1, n)
        The start first. A path that diverges ends at its last finite point.
    values : ndarray of shape (steps + 1,)
        The function's value at each.
    distances : ndarray of shape (steps + 1,)
        Distance of each to the nearest global minimum.
    diverged : bool
        Whether the path left the numbers.
    """

    points: Array
    values: Array
    distances: Array
    diverged: bool


def follow(rule: Optimizer, function: Function, start: ArrayLike, steps: int) -> Path:
    """Return the path of an optimizer.

    Parameters
    ----------
    rule : Optimizer
        The update rule; a fresh state is allocated for it.
    function : Function
        The function to minimise.
    start : array_like of shape (n,)
        The first point.
    steps : int
        How many steps it takes, unless it diverges.

    Returns
    -------
    Path
        The points at which it is evaluated.
    """

    def loss_and_gradient(at: Array, out: Array) -> float:
        out[...] = function.gradient(at)
        return float(function.value(at))

    theta = np.array(start, dtype=np.float64)
    gradient = np.empty_like(theta)
    state = rule.init(theta)
    state.loss_and_gradient = loss_and_gradient
    points = np.empty((steps + 1, theta.size))
    points[0] = theta
    taken = 0
    with np.errstate(all="ignore"):
        while taken < steps:
            state.loss = loss_and_gradient(theta, gradient)
            rule.step(theta, gradient, state)
            point = rule.evaluation_point(theta, state)
            if not function.value(point) < LOST:
                break
            taken += 1
            points[taken] = point  # a copy: theta itself is overwritten by the next step
    points = points[: taken + 1]
    return Path(points, function.value(points), function.distance(points), diverged=taken < steps)
