"""Softmax regression on labelled vectors: a convex problem."""

from __future__ import annotations

import numpy as np

from descent.arrays import Array, aligned_array
from descent.data.dataset import Dataset
from descent.problems.mlp import MLPProblem


class SoftmaxRegressionProblem(MLPProblem):
    """Classify vectors with softmax regression: the network without a hidden layer.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        As for :class:`~descent.problems.mlp.MLPProblem`.
    mini_batch : int, default 128
        Examples in a mini-batch.
    dtype : {"float32", "float64"}, default "float32"
        float64 is for checking gradients: it copies the data.
    """

    def __init__(
        self, name: str, dataset: Dataset, *, mini_batch: int = 128, dtype: str = "float32"
    ) -> None:
        super().__init__(name, dataset, hidden=(), mini_batch=mini_batch, dtype=dtype)

    def init(self, rng: np.random.Generator) -> Array:
        """Return zeros: a convex problem needs no random start, and all seeds share this one."""
        del rng
        return aligned_array(self.size, self.dtype)
