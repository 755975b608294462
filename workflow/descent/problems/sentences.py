"""The base of the problems on the sentences of reviews, for any network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from descent.arrays import Array, IntArray
from descent.data.dataset import Dataset
from descent.optimizers.clipping import clip_by_norm
from descent.problems.learning import LearningProblem
from descent.problems.reviews import counts_matrix


class SentenceProblem(LearningProblem):
    """Classify reviews with a network over their sentences' counts.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        Prepared reviews of two classes or more.
    mini_batch : int
        Reviews in a mini-batch.
    clip_norm : float or None
        Largest Euclidean norm of a mini-batch's gradient, range ``(0, inf)``; it belongs to the
        problem, so that every optimizer is given the same gradient. None leaves it as it is.
    dtype : {"float32", "float64"}
        float64 is for checking gradients: it copies the data.
    settings : mapping of str to object
        The network's own settings.

    Attributes
    ----------
    inputs, classes : int
        Length of a count vector, and number of classes.
    model : Any
        The network, which a subclass makes: with ``init`` and ``output``, a
        :class:`~descent.models.output_layer.OutputLayer`; and, of count vectors and their
        arrangement, ``scores(theta, counts, arrangement)``, along the order of the arrangement, and
        ``loss_and_grad(theta, counts, arrangement, labels, grad)``.
    """

    #: Reviews that an evaluation takes at a time; None takes a whole split at once.
    evaluation_batch: ClassVar[int | None] = None
    training_sample = 400  # standard error at most 2.5 points of accuracy, 1.5 at 90 %

    model: Any

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        mini_batch: int,
        clip_norm: float | None,
        dtype: str,
        settings: Mapping[str, Any],
    ) -> None:
        super().__init__(
            name,
            dataset,
            mini_batch=mini_batch,
            dtype=dtype,
            settings={**settings, "clip_norm": clip_norm},
        )
        if clip_norm is not None and not 0.0 < clip_norm < np.inf:
            raise ValueError(f"clip_norm must be in (0, inf) or null. Received: {clip_norm!r}")
        self.clip_norm = clip_norm
        self._counts = counts_matrix(dataset, "sentence", self.dtype)
        self._offsets = np.asarray(dataset["review_offsets"])
        self._classes_of_reviews = np.asarray(dataset["labels"])
        self._reviews = {s: np.asarray(dataset[f"{s}_reviews"]) for s in self.splits}
        self.inputs = int(self._counts.shape[1])
        self.classes = int(dataset.about["classes"])

    @staticmethod
    @abstractmethod
    def _arrange(lengths: IntArray) -> Any:
        """Return how the steps of sequences of these lengths lie in one array, one row a step.

        ``order`` (B,) has the sequences in the order in which the network has them; ``steps`` and
        ``members`` (N,) have for each row its time step and its sequence, counted along ``order``.
        """

    def init(self, rng: np.random.Generator) -> Array:
        """Return new initial parameters: see ``init`` of the network."""
        theta: Array = self.model.init(rng)
        return theta

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the mean loss over a mini-batch and write its clipped gradient."""
        counts, arrangement, labels = self._sequences(self._reviews["train"][batch])
        loss: float = self.model.loss_and_grad(theta, counts, arrangement, labels, grad)
        if self.clip_norm is not None:
            clip_by_norm(grad, self.clip_norm, out=grad)
        return loss

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return loss and accuracy over a split."""
        self._check_split(split)
        return self._mean(theta, self._reviews[split])

    def evaluate_sample(self, theta: Array, split: str) -> dict[str, float]:
        """Return loss and accuracy over a split, or over a sample of a large training split."""
        if split not in self.sampled_splits:
            return self.evaluate(theta, split)
        return self._mean(theta, self._reviews[split][self.sampled_examples])

    def _mean(self, theta: Array, reviews: IntArray) -> dict[str, float]:
        losses, hits = [], []
        size = self.evaluation_batch or len(reviews)
        for start in range(0, len(reviews), size):
            counts, arrangement, labels = self._sequences(reviews[start : start + size])
            scores = self.model.scores(theta, counts, arrangement)
            losses.append(self.model.output.losses(scores, labels))
            hits.append(self.model.output.correct(scores, labels))
        return {
            "loss": float(np.concatenate(losses).mean(dtype=np.float64)),
            "accuracy": float(np.concatenate(hits).mean()),
        }

    def _sequences(self, reviews: IntArray) -> tuple[Any, Any, NDArray[Any]]:
        """Return the counts of some reviews, their arrangement, and the labels in its order."""
        first = self._offsets[reviews]
        arrangement = self._arrange(self._offsets[reviews + 1] - first)
        rows = first[arrangement.order][arrangement.members] + arrangement.steps
        classes = self._classes_of_reviews[reviews[arrangement.order]]
        return self._counts[rows], arrangement, self.model.output.labels(classes, self.dtype)
