"""Runs on test functions: the path from one start, and the arrivals of many starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.problems.function_problem import LOST, FunctionProblem
from descent.problems.functions import Function

#: Index of a start that ended at no global minimum, and of one that is lost.
NOWHERE = -1
DIVERGED = -2


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


@dataclass(frozen=True)
class Arrivals:
    """Where and when many starts ended.

    Attributes
    ----------
    starts, ends : ndarray of shape (count, n)
        First and last points, in the function's own coordinates.
    steps : ndarray of shape (count,)
        Steps until the value came within the tolerance of the minimum; infinity where it did not.
    basin : ndarray of shape (count,)
        Index of the minimum nearest to the end of each start; ``NOWHERE`` if it did not arrive,
        ``DIVERGED`` if its value grew beyond all bounds.
    """

    starts: Array
    ends: Array
    steps: NDArray[np.float64]
    basin: NDArray[np.int64]

    @property
    def success_rate(self) -> float:
        """Share of the starts that arrived."""
        return float(np.mean(np.isfinite(self.steps)))

    @property
    def median_steps(self) -> float:
        """Median of the steps to arrival, a miss counted as infinity."""
        # the middle of the sorted steps: an average with infinity would warn
        ordered = np.sort(self.steps)
        low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
        return float(low if low == high else (low + high) / 2)


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


def arrivals(rule: Optimizer, problem: FunctionProblem, theta: Array, steps: int) -> Arrivals:
    """Run many starts at once and return where and when each arrived.

    Parameters
    ----------
    rule : Optimizer
        The update rule; a fresh state is allocated for it.
    problem : FunctionProblem
        The function, the number of starts, their rotations and the tolerance.
    theta : ndarray of shape (problem.size,)
        All starts end to end, as :meth:`FunctionProblem.init` or :func:`place` returns them; not
        written to.
    steps : int
        How many steps each start takes.

    Returns
    -------
    Arrivals
        One entry a start.

    Notes
    -----
    A rule that is not ``elementwise``, or clips by norm, runs its starts one after another: in one
    vector they would disturb each other.
    """
    alone = rule.elementwise and rule.clip_norm is None
    if problem.count > 1 and not alone:
        parts = theta.reshape(problem.count, -1)
        runs = [
            arrivals(rule, problem.single_start(i), part, steps) for i, part in enumerate(parts)
        ]
        return Arrivals(
            np.concatenate([run.starts for run in runs]),
            np.concatenate([run.ends for run in runs]),
            np.concatenate([run.steps for run in runs]),
            np.concatenate([run.basin for run in runs]),
        )
    problem.reset_arrivals()
    starts = problem.points(theta).copy()
    theta = theta.copy()
    gradient = np.empty_like(theta)
    state = rule.init(theta)
    nothing = np.empty(0, dtype=np.int64)
    state.loss_and_gradient = lambda at, out: problem.loss_and_grad_elsewhere(at, nothing, out)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            state.loss = problem.loss_and_grad(theta, nothing, gradient)
            rule.step(theta, gradient, state)
        end = rule.evaluation_point(theta, state)
        problem.evaluate(end, "train")
        ends = problem.points(end)
        values = problem.function.value(ends)
        gaps = np.linalg.norm(ends[:, None, :] - problem.function.minima, axis=-1)  # (count, m)
    lost = ~(values < LOST)
    basin = np.where(np.isfinite(problem.arrival), np.argmin(gaps, axis=1), NOWHERE)
    basin[lost] = DIVERGED
    return Arrivals(starts, ends, problem.arrival.copy(), basin)


def parameters_at(problem: FunctionProblem, points: Array) -> Array:
    """Return the parameters of a problem for given starts.

    Parameters
    ----------
    problem : FunctionProblem
        A problem of ``len(points)`` starts.
    points : ndarray of shape (count, n)
        The starts, in the function's own coordinates.

    Returns
    -------
    ndarray of shape (count * n,)
        The concatenated starts, in the problem's rotated coordinates.
    """
    theta: Array = problem.rotated(np.asarray(points, dtype=np.float64)).ravel()
    return theta


def grid(function: Function, resolution: int) -> tuple[Array, Array, Array]:
    """Return a grid over the domain of a function of two variables.

    Parameters
    ----------
    function : Function
        A function of two variables.
    resolution : int
        Points along each axis.

    Returns
    -------
    x, y : ndarray of shape (resolution,)
        The coordinates.
    points : ndarray of shape (resolution, resolution, 2)
        ``points[i, j]`` is ``(x[j], y[i])``.
    """
    axis = np.linspace(*function.domain, resolution)
    return axis, axis, np.stack(np.meshgrid(axis, axis), axis=-1)
