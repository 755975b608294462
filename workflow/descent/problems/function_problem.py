"""A test function as a problem, from one start or from many at once."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from descent.arrays import Array, IntArray
from descent.foundation.seeding import generator
from descent.problems.base import Problem, check_count
from descent.problems.functions import Function, make_function

#: A start whose value exceeds this is lost; far below overflow, so that sums are finite.
LOST = 1e100


class FunctionProblem(Problem):
    """Minimise a test function; an epoch is one step unless ``iterations`` says otherwise.

    With ``starts`` the parameters are the concatenation of all starts, and an elementwise rule runs
    each start independently: one vectorised job in place of many. (Clipping by norm, and a rule
    that takes norms, use all starts together.) With ``rotations`` the function is rotated at random
    for each start, so that no rule benefits from the axes.

    Parameters
    ----------
    name : str
        Name of the config entry.
    function : str
        One of ``descent.problems.functions.FUNCTIONS``.
    start : sequence of float, optional
        The first point, in the function's own coordinates. Default: its usual start, or, with
        ``starts``, a point for each drawn evenly from its domain.
    starts : int, optional
        How many starts run at once, >= 1. Default: one.
    rotations : bool, default False
        Whether each start has a rotation of its own, fixed for the problem.
    tolerance : float, default 1e-3
        A start has arrived when its value is within this of the minimum, range ``(0, inf)``.
    iterations : int, default 1
        Steps in an epoch, >= 1.
    dimension : int, optional
        Of the function, where it has that setting.
    condition_number : float, optional
        Of the function, where it has that setting.

    Attributes
    ----------
    function : Function
        The test function.
    count : int
        The number of starts.
    rotation : ndarray of shape (count, n, n) or None
        Orthogonal matrices of determinant 1.
    arrival : ndarray of shape (count,)
        Steps until each start arrived, infinity for one that has not; since the last :meth:`init`.

    Notes
    -----
    Metrics. ``loss``: median of the values over the starts; ``distance``: median of the Euclidean
    distance to the nearest global minimum; ``success_rate``: share of the starts that have arrived
    so far; ``median_steps``: median of the steps to arrival, a start that has not arrived counted
    at the steps taken, so that it is a lower bound while ``success_rate`` is under one half.

    A start whose value is not finite, or above 1e100, is lost: its gradient is set to zero, and it
    ranks last in the medians. The run as a whole diverges when half of the starts are lost.
    """

    splits: ClassVar[tuple[str, ...]] = ("train",)
    metrics: ClassVar[tuple[str, ...]] = ("loss", "distance", "success_rate", "median_steps")

    def __init__(
        self,
        name: str,
        *,
        function: str,
        start: Sequence[float] | None = None,
        starts: int | None = None,
        rotations: bool = False,
        tolerance: float = 1e-3,
        iterations: int = 1,
        dimension: int | None = None,
        condition_number: float | None = None,
    ) -> None:
        given = {"dimension": dimension, "condition_number": condition_number}
        settings = {key: value for key, value in given.items() if value is not None}
        self.name = name
        self.function: Function = make_function(function, **settings)
        n = self.function.dimension
        self.count = check_count("starts", 1 if starts is None else starts)
        self.steps_per_epoch = check_count("iterations", iterations)
        if not 0.0 < tolerance < math.inf:
            raise ValueError(f"tolerance must be in (0, inf). Received: {tolerance!r}")
        self.tolerance = tolerance
        self._start: Array | None = self.function.start if starts is None else None
        if start is not None:
            self._start = np.array(start, dtype=np.float64)
            if self._start.shape != (n,) or not np.all(np.isfinite(self._start)):
                raise ValueError(f"start must be {n} finite numbers. Received: {start!r}")
        self.rotation: Array | None = None
        if rotations:
            self.rotation = random_rotations(self.count, n, generator(name, 0, "data"))
        self.size = self.count * n
        self.dtype = np.dtype(np.float64)
        self.optimum = self.function.minimum
        self.fingerprint = _digest(
            {
                "name": name if rotations else "",  # the rotations depend on it
                "function": function,
                "start": None if self._start is None else self._start.tolist(),
                "starts": self.count,
                "rotations": rotations,
                "tolerance": tolerance,
                "iterations": iterations,
                "settings": settings,
            }
        )
        self._forget_arrivals()

    def init(self, rng: np.random.Generator) -> Array:
        """Return the concatenated starts, shape (count * n,), and reset the arrivals."""
        self._forget_arrivals()
        n = self.function.dimension
        if self._start is None:
            low, high = self.function.domain
            points = rng.uniform(low, high, size=(self.count, n))
        else:
            points = np.tile(self._start, (self.count, 1))
        return self.rotated(points).ravel()

    def batches(self, rng: np.random.Generator) -> Iterator[IntArray]:
        """Yield an empty batch for every step: the function is deterministic."""
        del rng
        for _ in range(self.steps_per_epoch):
            yield np.empty(0, dtype=np.int64)

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the sum of the starts' losses, and write each start's own gradient.

        The loss is the minimum plus the sum, over the starts, of the value above it: with one
        start, its value. Lost starts add nothing, unless all are lost: then it is infinite.
        """
        del batch
        loss, values = self._loss_and_values(theta, grad)
        self._record_arrivals(values)
        self._taken += 1
        return loss

    def loss_and_grad_elsewhere(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the same; no start has arrived at a point that is only looked at."""
        del batch
        return self._loss_and_values(theta, grad)[0]

    def _loss_and_values(self, theta: Array, grad: Array) -> tuple[float, Array]:
        with np.errstate(all="ignore"):
            points = self.points(theta)
            values = self.function.value(points)
            gradients = self.function.gradient(points)
            if self.rotation is not None:
                gradients = (self.rotation @ gradients[..., None])[..., 0]
            lost = ~(values < LOST)
            gradients[lost] = 0.0
        grad[...] = gradients.ravel()
        if lost.all():
            return math.inf, values
        least = self.function.minimum
        return float(least + np.sum(values[~lost] - least)), values

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return the metrics over the starts."""
        if split != "train":
            raise ValueError(f"a test function has one split, train. Received: {split!r}")
        with np.errstate(all="ignore"):
            points = self.points(theta)
            values = self.function.value(points)
            distances = self.function.distance(points)
        self._record_arrivals(values)
        lost = ~(values < LOST)
        return {
            "loss": float(np.median(np.where(lost, np.inf, values))),
            "distance": float(np.median(np.where(lost, np.inf, distances))),
            "success_rate": float(np.mean(np.isfinite(self.arrival))),
            "median_steps": float(np.median(np.minimum(self.arrival, self._taken))),
        }

    def points(self, theta: Array) -> Array:
        """Return the starts in the function's own coordinates, shape (count, n)."""
        points = theta.reshape(self.count, self.function.dimension)
        if self.rotation is None:
            return points
        # R' x, row by row
        return (points[:, None, :] @ self.rotation)[:, 0, :]

    def rotated(self, points: Array) -> Array:
        """Return points of the function's own coordinates in the rotated coordinates."""
        if self.rotation is None:
            return points
        return (self.rotation @ points[..., None])[..., 0]

    def _forget_arrivals(self) -> None:
        self._taken = 0
        self.arrival: NDArray[np.float64] = np.full(self.count, np.inf)

    def _record_arrivals(self, values: Array) -> None:
        arrived = values <= self.function.minimum + self.tolerance
        self.arrival[arrived] = np.minimum(self.arrival[arrived], self._taken)


def random_rotations(count: int, dimension: int, rng: np.random.Generator) -> Array:
    """Return rotations drawn evenly from all rotations (Haar measure).

    Parameters
    ----------
    count : int
        How many.
    dimension : int
        Of the space; in one dimension the only rotation is 1.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    ndarray of shape (count, dimension, dimension)
        Orthogonal matrices of determinant 1.

    References
    ----------
    F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices of
    the AMS 54, 2007.
    """
    q, r = np.linalg.qr(rng.standard_normal((count, dimension, dimension)))
    # QR is unique, and q evenly distributed, once the diagonal of r is positive
    q = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[:, None, :]
    q[:, :, 0] *= np.linalg.det(q).round()[:, None]
    rotations: Array = q
    return rotations


def _digest(settings: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
