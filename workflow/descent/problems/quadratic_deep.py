"""DeepOBS's ``quadratic_deep``: a noisy quadratic of a hundred dimensions, and no download."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from descent.arrays import Array, IntArray
from descent.problems.base import Problem

DIMENSION = 100
EXAMPLES = 1000
#: As published; the seven of an epoch leave 104 examples over, which are dropped.
MINI_BATCH, STEPS_PER_EPOCH = 128, 7
BATCH_ORDERS = ("reshuffled", "fixed")


class QuadraticDeep(Problem):
    """The mean of ``(theta - x)' Q (theta - x) / 2`` over noisy points x.

    Ninety eigenvalues of Q lie in [0, 1) and ten in [30, 60), as in the Hessians of deep networks.
    All parameters start at 1. Matrix, points, single precision and losses
    averaged over the first 896 points of a split are as in the published benchmark.

    Parameters
    ----------
    name : str
        Name of the config entry.
    batch_order : {"reshuffled", "fixed"}, default "reshuffled"
        ``fixed`` draws one order per seed and replays it in every epoch, as the published runs
        did: the same 104 points are then never seen. The order is drawn by :meth:`init`.

    mini_batch : int, default 128
        Points in a mini-batch, range ``[1, 1000]``; those left over in an epoch are dropped.

    References
    ----------
    F. Schneider, L. Balles, P. Hennig, "DeepOBS: A deep learning optimizer benchmark suite", 2019.
    """

    splits: ClassVar[tuple[str, ...]] = ("train", "test")

    def __init__(
        self, name: str, *, batch_order: str = "reshuffled", mini_batch: int = MINI_BATCH
    ) -> None:
        if batch_order not in BATCH_ORDERS:
            raise ValueError(
                f"batch_order must be one of {', '.join(BATCH_ORDERS)}. Received: {batch_order!r}"
            )
        self.name = name
        self.size = DIMENSION
        self.dtype = np.dtype(np.float32)
        if not 1 <= mini_batch <= EXAMPLES:
            raise ValueError(f"mini_batch must be in [1, {EXAMPLES}]. Received: {mini_batch}")
        self.mini_batch = mini_batch
        self.steps_per_epoch = EXAMPLES // mini_batch
        self.hessian: Array = hessian().astype(np.float32)
        self.points: dict[str, Array] = {
            split: np.random.RandomState(seed)
            .normal(0.0, 0.6, size=(EXAMPLES, DIMENSION))
            .astype(np.float32)
            for split, seed in (("train", 42), ("test", 43))
        }
        own = "" if mini_batch == MINI_BATCH else f" {mini_batch}"  # the published is as it was
        digest = hashlib.sha256(f"quadratic_deep {batch_order}{own}\n".encode())
        digest.update(np.ascontiguousarray(self.hessian).data)
        for split in self.splits:
            digest.update(self.points[split].data)
        self.fingerprint = digest.hexdigest()
        self._replay = batch_order == "fixed"
        self._order: IntArray | None = None

    def init(self, rng: np.random.Generator) -> Array:
        """Return ones; ``rng`` decides the order that the fixed batch order replays."""
        self._order = rng.permutation(EXAMPLES) if self._replay else None
        return np.ones(DIMENSION, dtype=np.float32)

    def batches(self, rng: np.random.Generator) -> Iterator[IntArray]:
        """Yield mini-batches of equal size."""
        if self._replay and self._order is None:
            raise RuntimeError("the fixed batch order is drawn by init: call init first")
        order = rng.permutation(EXAMPLES) if self._order is None else self._order
        for step in range(self.steps_per_epoch):
            yield order[step * self.mini_batch : (step + 1) * self.mini_batch]

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the mean loss over a mini-batch and write its gradient."""
        with np.errstate(all="ignore"):
            gaps = theta - self.points["train"][batch]  # (B, n)
            pulls = gaps @ self.hessian  # (B, n)
            np.mean(pulls, axis=0, out=grad)
            return float(0.5 * np.vdot(gaps, pulls) / len(batch))

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return the loss: the mean, over the first seven mini-batches, of their means."""
        if split not in self.splits:
            raise ValueError(f"split must be one of {', '.join(self.splits)}. Received: {split!r}")
        with np.errstate(all="ignore"):
            gaps = theta - self.points[split][: STEPS_PER_EPOCH * MINI_BATCH]
            losses = 0.5 * np.sum(gaps @ self.hessian * gaps, axis=1)
            # means in single precision first, as in the published code
            means = losses.reshape(STEPS_PER_EPOCH, MINI_BATCH).mean(axis=1)
        return {"loss": float(means.mean(dtype=np.float64))}


def hessian() -> Array:
    """Return Q of shape (100, 100) as published: eigenvalues and rotation from one stream."""
    stream = np.random.RandomState(42)
    eigenvalues = np.concatenate([stream.uniform(0.0, 1.0, 90), stream.uniform(30.0, 60.0, 10)])
    rotation = _random_rotation(DIMENSION, stream)
    q: Array = rotation.T @ np.diag(eigenvalues) @ rotation
    return q


def _random_rotation(dimension: int, stream: np.random.RandomState) -> Array:
    """Draw a rotation by the subgroup algorithm (Diaconis and Shahshahani 1987).

    A random rotation of the plane is extended by one dimension at a time, each time followed by
    the reflection that carries the new axis to a random direction.
    """
    angle = 2.0 * np.pi * stream.uniform()
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for n in range(3, dimension + 1):
        direction = stream.normal(size=n)
        direction /= np.linalg.norm(direction)
        x = np.eye(n)[0] - direction
        x /= np.linalg.norm(x)
        extended = np.eye(n)
        extended[1:, 1:] = rotation
        rotation = extended - 2.0 * np.outer(x, x @ extended)
    return -rotation
