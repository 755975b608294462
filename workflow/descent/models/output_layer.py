"""The last layer of a classifier, and its loss: one score for two classes, or one for each of more.

Of two classes the score is the log-odds of label 1, under the logistic loss. Of more classes the
scores are logits, under softmax cross-entropy.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.arrays import Array


def output_layer(classes: int) -> OutputLayer:
    """Return the layer for a number of classes.

    Parameters
    ----------
    classes : int
        Number of classes, at least 2.

    Raises
    ------
    ValueError
        If there are fewer.
    """
    if classes < 2:
        raise ValueError(f"classes must be at least 2. Received: {classes}")
    return LogisticOutput() if classes == 2 else SoftmaxOutput(classes)


class OutputLayer(ABC):
    """A linear layer under a loss.

    Attributes
    ----------
    outputs : int
        Scores of an example: 1, or the number of classes.
    trailing : tuple of int
        What follows the number of examples in the shape of scores and slopes, and the number of
        inputs in the shape of the weights: ``()`` for one score, ``(outputs,)`` for more.
    """

    outputs: int
    trailing: tuple[int, ...]

    @staticmethod
    def scores(x: Any, weights: Array, biases: Array) -> Array:
        """Return the scores ``x W + b``, shape (B, *trailing).

        Parameters
        ----------
        x : ndarray or scipy.sparse CSR array of shape (B, inputs)
            What the layer reads.
        weights : ndarray of shape (inputs, *trailing)
            W.
        biases : ndarray of shape (outputs,)
            b.
        """
        scores: Array = x @ weights + biases
        return scores

    @abstractmethod
    def labels(self, classes: NDArray[Any], dtype: np.dtype[np.floating]) -> NDArray[Any]:
        """Return the classes of examples, numbers from 0, as the other methods take them."""

    @abstractmethod
    def losses(self, scores: Array, labels: NDArray[Any]) -> Array:
        """Return each example's loss, shape (B,).

        No score overflows, and NaN stays NaN without a warning.

        Parameters
        ----------
        scores : ndarray of shape (B, *trailing)
            The scores.
        labels : ndarray of shape (B,)
            What :meth:`labels` returns.
        """

    @abstractmethod
    def losses_and_slopes(self, scores: Array, labels: NDArray[Any]) -> tuple[Array, Array]:
        """Return the losses, and the derivatives of each by its scores, shape (B, *trailing)."""

    @abstractmethod
    def correct(self, scores: Array, labels: NDArray[Any]) -> NDArray[np.bool_]:
        """Return for each example whether its class is the most likely one, shape (B,)."""

    @abstractmethod
    def of_weights(self, x: Array, slopes: Array, out: Array) -> None:
        """Write ``x^T slopes``, the gradient of the weights, from dense ``x``."""

    @abstractmethod
    def of_inputs(self, slopes: Array, weights: Array) -> Array:
        """Return ``slopes W^T``, the derivatives by what the layer reads, shape (B, inputs)."""


class LogisticOutput(OutputLayer):
    """One score, the log-odds of label 1.

    ::

        loss = log(1 + exp(score)) - label * score
    """

    outputs = 1
    trailing = ()

    def labels(self, classes: NDArray[Any], dtype: np.dtype[np.floating]) -> NDArray[Any]:
        """Return 0 or 1 for each example, in the dtype of the scores."""
        return classes.astype(dtype)

    def losses(self, scores: Array, labels: NDArray[Any]) -> Array:
        """Return each example's logistic loss."""
        with np.errstate(all="ignore"):
            losses: Array = np.logaddexp(0.0, np.where(labels > 0.5, -scores, scores))
        return losses

    def losses_and_slopes(self, scores: Array, labels: NDArray[Any]) -> tuple[Array, Array]:
        """Return the losses and ``sigmoid(score) - label``."""
        return self.losses(scores, labels), 0.5 * (1.0 + np.tanh(0.5 * scores)) - labels

    def correct(self, scores: Array, labels: NDArray[Any]) -> NDArray[np.bool_]:
        """Return whether a score lies on its label's side of 0; a score of 0 is label 0."""
        correct: NDArray[np.bool_] = (scores > 0.0) == (labels > 0.5)
        return correct

    def of_weights(self, x: Array, slopes: Array, out: Array) -> None:
        """Write the gradient of the weights."""
        np.matmul(slopes, x, out=out)

    def of_inputs(self, slopes: Array, weights: Array) -> Array:
        """Return the derivatives by what the layer reads."""
        return np.multiply.outer(slopes, weights)


class SoftmaxOutput(OutputLayer):
    """A score for each class, the logits.

    ::

        loss = log(sum_c exp(score_c)) - score_label

    Parameters
    ----------
    classes : int
        Number of classes.
    """

    def __init__(self, classes: int) -> None:
        self.outputs = classes
        self.trailing = (classes,)

    def labels(self, classes: NDArray[Any], dtype: np.dtype[np.floating]) -> NDArray[Any]:
        """Return the number of each example's class, as an index."""
        del dtype
        return classes.astype(np.intp)

    def losses(self, scores: Array, labels: NDArray[Any]) -> Array:
        """Return each example's cross-entropy."""
        return self._losses_and_exponentials(scores, labels)[0]

    def losses_and_slopes(self, scores: Array, labels: NDArray[Any]) -> tuple[Array, Array]:
        """Return the cross-entropies and ``softmax(scores)``, less 1 at the label."""
        losses, slopes, sums = self._losses_and_exponentials(scores, labels)
        slopes /= sums
        slopes[np.arange(len(slopes)), labels] -= 1.0
        return losses, slopes

    @staticmethod
    def _losses_and_exponentials(scores: Array, labels: NDArray[Any]) -> tuple[Array, Array, Array]:
        with np.errstate(all="ignore"):
            z = scores - scores.max(axis=1, keepdims=True)  # so that no exponential overflows
            of_labels = z[np.arange(len(z)), labels]
            np.exp(z, out=z)
            sums = z.sum(axis=1, keepdims=True)  # (B, 1)
            losses: Array = np.log(sums[:, 0]) - of_labels
        return losses, z, sums

    def correct(self, scores: Array, labels: NDArray[Any]) -> NDArray[np.bool_]:
        """Return whether the largest score is the label's; of equal scores the first counts."""
        correct: NDArray[np.bool_] = scores.argmax(axis=1) == labels
        return correct

    def of_weights(self, x: Array, slopes: Array, out: Array) -> None:
        """Write the gradient of the weights."""
        np.matmul(x.T, slopes, out=out)

    def of_inputs(self, slopes: Array, weights: Array) -> Array:
        """Return the derivatives by what the layer reads."""
        return slopes @ weights.T
