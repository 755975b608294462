"""A recurrent network that reads a review sentence by sentence."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.arrays import Array, IntArray
from descent.data.dataset import Dataset
from descent.models.logistic import logistic_losses
from descent.models.packing import Packing
from descent.models.rnn import RNN
from descent.optimizers.clipping import clip_by_norm
from descent.problems.learning import LearningProblem, check_count
from descent.problems.reviews import binary_labels, counts_matrix


class RNNProblem(LearningProblem):
    """Classify reviews with a tanh recurrent network over their sentences' counts.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        Prepared reviews of two classes.
    hidden : int, default 32
        Units of the state.
    mini_batch : int, default 32
        Reviews in a mini-batch.
    clip_norm : float or None, default 1.0
        Largest Euclidean norm of a mini-batch's gradient, range ``(0, inf)``; it belongs to the
        problem, so that every optimizer is given the same gradient. None leaves it as it is.
    dtype : {"float32", "float64"}, default "float32"
        float64 is for checking gradients: it copies the data.
    """

    model: RNN

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        hidden: int = 32,
        mini_batch: int = 32,
        clip_norm: float | None = 1.0,
        dtype: str = "float32",
    ) -> None:
        super().__init__(
            name,
            dataset,
            examples=len(dataset["train_reviews"]),
            mini_batch=mini_batch,
            dtype=dtype,
            settings={"hidden": hidden, "clip_norm": clip_norm},
        )
        if clip_norm is not None and not 0.0 < clip_norm < np.inf:
            raise ValueError(f"clip_norm must be in (0, inf) or null. Received: {clip_norm!r}")
        self.clip_norm = clip_norm
        self._counts = counts_matrix(dataset, "sentence", self.dtype)
        self._offsets = np.asarray(dataset["review_offsets"])
        self._labels = binary_labels(dataset, self.dtype)
        self._reviews = {s: np.asarray(dataset[f"{s}_reviews"]) for s in self.splits}
        self.model = RNN(self._counts.shape[1], check_count("hidden", hidden), self.dtype)
        self.size = self.model.layout.size

    def init(self, rng: np.random.Generator) -> Array:
        """Return new initial parameters: see :meth:`descent.models.rnn.RNN.init`."""
        return self.model.init(rng)

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the mean loss over a mini-batch and write its clipped gradient."""
        counts, packing, labels = self._packed(self._reviews["train"][batch])
        loss = self.model.loss_and_grad(theta, counts, packing, labels, grad)
        if self.clip_norm is not None:
            clip_by_norm(grad, self.clip_norm, out=grad)
        return loss

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return loss and accuracy over a split."""
        self._check_split(split)
        counts, packing, labels = self._packed(self._reviews[split])
        scores = self.model.scores(theta, counts, packing)
        losses = logistic_losses(scores, labels)
        return {
            "loss": float(losses.mean(dtype=np.float64)),
            "accuracy": float(((scores > 0) == (labels > 0.5)).mean()),
        }

    def word_influence(self, theta: Array) -> Array:
        """Return how much each word raises the score of a test review.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The parameters.

        Returns
        -------
        ndarray of shape (vocabulary,)
            See :meth:`descent.models.rnn.RNN.word_influence`; above zero, the word speaks for
            label 1.
        """
        counts, packing, _ = self._packed(self._reviews["test"])
        return self.model.word_influence(theta, counts, packing)

    def _packed(self, reviews: IntArray) -> tuple[Any, Packing, Array]:
        """Return the packed counts of some reviews, the packing, and the labels in its order."""
        first = self._offsets[reviews]
        packing = Packing(self._offsets[reviews + 1] - first)
        rows = first[packing.order][packing.members] + packing.steps
        return self._counts[rows], packing, self._labels[reviews[packing.order]]
