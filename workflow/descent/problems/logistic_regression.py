"""Logistic regression on the counts of whole reviews: a convex problem with a known optimum."""

from __future__ import annotations

import numpy as np

from descent.arrays import Array, IntArray, aligned_array
from descent.data.dataset import Dataset
from descent.models.logistic_regression import LogisticRegression
from descent.problems.learning import LearningProblem
from descent.problems.reviews import counts_matrix


class LogisticRegressionProblem(LearningProblem):
    """Classify reviews by their word counts, with L2-penalised logistic or softmax regression.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        Prepared reviews of two classes or more.
    l2 : float, default 0.01
        Strength of the penalty, > 0, so that the objective is strongly convex in the weights and
        has one minimum.
    mini_batch : int, default 32
        Reviews in a mini-batch.
    dtype : {"float32", "float64"}, default "float32"
        float64 is for checking gradients and for finding the optimum: it copies the data.
    optimum : float or None, default None
        The least possible training objective, as :mod:`descent.problems.optimum` computes it. It
        follows from the other settings, and so is no part of the fingerprint.
    """

    model: LogisticRegression

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        l2: float = 0.01,
        mini_batch: int = 32,
        dtype: str = "float32",
        optimum: float | None = None,
    ) -> None:
        super().__init__(
            name,
            dataset,
            mini_batch=mini_batch,
            dtype=dtype,
            settings={"l2": l2},
        )
        if not 0.0 < l2 < np.inf:
            raise ValueError(f"l2 must be in (0, inf). Received: {l2!r}")
        self.optimum = optimum
        counts = counts_matrix(dataset, "bag", self.dtype)
        classes = int(dataset.about["classes"])
        self.model = LogisticRegression(counts.shape[1], l2, self.dtype, classes)
        labels = self.model.output.labels(dataset["labels"], self.dtype)
        reviews = {split: np.asarray(dataset[f"{split}_reviews"]) for split in self.splits}
        self._counts = {split: counts[chosen] for split, chosen in reviews.items()}
        self._labels = {split: labels[chosen] for split, chosen in reviews.items()}

    def init(self, rng: np.random.Generator) -> Array:
        """Return zeros: a convex problem needs no random start, and all seeds share this one."""
        del rng
        return aligned_array(self.size, self.dtype)

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the objective on a mini-batch and write its gradient."""
        counts, labels = self._counts["train"][batch], self._labels["train"][batch]
        return self.model.loss_and_grad(theta, counts, labels, grad)

    def training_objective(self, theta: Array, grad: Array) -> float:
        """Return the objective on the whole training part and write its gradient."""
        return self.model.loss_and_grad(theta, self._counts["train"], self._labels["train"], grad)

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return the objective, as ``loss``, and the accuracy over a split."""
        self._check_split(split)
        loss, accuracy = self.model.evaluate(theta, self._counts[split], self._labels[split])
        return {"loss": loss, "accuracy": accuracy}

    def word_influence(self, theta: Array) -> Array:
        """Return how much one more occurrence of each word raises the score: its weight.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The parameters.

        Returns
        -------
        ndarray of shape (vocabulary,) or (vocabulary, classes)
            The influences; above zero, the word speaks for label 1 or, of more than two classes,
            for the class of the column.
        """
        return self.model.layout.views(theta)["w"].copy()
