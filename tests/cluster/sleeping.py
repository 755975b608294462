"""A problem whose runs take time but no processor: they sleep first."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from descent.arrays import Array, IntArray
from descent.problems import Problem


class Sleeping(Problem):
    """A bowl, after a sleep.

    Parameters
    ----------
    name : str
        Name in the study.
    seconds : float, default 2.0
        How long a run sleeps.
    """

    title = "Bowl after a sleep"
    splits = ("train",)
    size = 2
    dtype = np.dtype(np.float64)
    steps_per_epoch = 10
    fingerprint = "51ee9"

    def __init__(self, name: str, *, seconds: float = 2.0) -> None:
        self.name = name
        self.seconds = seconds

    def init(self, rng: np.random.Generator) -> Array:
        time.sleep(self.seconds)
        return rng.standard_normal(self.size)

    def batches(self, rng: np.random.Generator) -> Iterator[IntArray]:
        for _ in range(self.steps_per_epoch):
            yield np.empty(0, dtype=np.intp)

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        grad[:] = theta
        return float(theta @ theta) / 2

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        return {"loss": float(theta @ theta) / 2}
