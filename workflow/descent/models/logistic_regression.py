"""Logistic or softmax regression with L2 on sparse counts: a convex problem."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from descent.arrays import Array, Layout
from descent.models.output_layer import output_layer


class LogisticRegression:
    """Logistic regression, its weights but not its biases penalised.

    ::

        score = x w + b
        loss  = mean over examples of  log(1 + exp(score)) - label * score,  + l2 / 2 * sum(w**2)

    With more than two classes there is a score for each, and the loss of an example is softmax
    cross-entropy (see :mod:`descent.models.output_layer`).

    Parameters
    ----------
    inputs : int
        Length of a count vector.
    l2 : float
        Strength of the penalty, >= 0. scikit-learn's ``C`` is ``1 / (l2 * examples)``.
    dtype : dtype, default float32
        float32 or float64, of parameters and gradient.
    classes : int, default 2
        Number of classes, at least 2.

    Attributes
    ----------
    output : OutputLayer
        What turns scores into losses.
    layout : Layout
        Blocks ``w`` (inputs,) and ``b`` (1,); of more than two classes (inputs, classes) and
        (classes,).
    """

    def __init__(
        self, inputs: int, l2: float, dtype: DTypeLike = np.float32, classes: int = 2
    ) -> None:
        self.l2 = l2
        self.dtype = np.dtype(dtype)
        self.output = output_layer(classes)
        self.layout = Layout(
            {"w": (inputs, *self.output.trailing), "b": (self.output.outputs,)},
            kinds={"w": "output"},
        )

    def loss_and_grad(self, theta: Array, counts: Any, labels: Array, grad: Array) -> float:
        """Return the mean loss over a batch, the penalty included, and write its gradient.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters; only read.
        counts : scipy.sparse CSR array of shape (B, inputs)
            The examples.
        labels : ndarray of shape (B,)
            What ``output.labels`` returns.
        grad : ndarray of shape (layout.size,)
            Receives the gradient.

        Returns
        -------
        float
            The objective on this batch.
        """
        p, g = self.layout.views(theta), self.layout.views(grad)
        with np.errstate(all="ignore"):
            scores = self.output.scores(counts, p["w"], p["b"])
            losses, slopes = self.output.losses_and_slopes(scores, labels)
            loss = float(losses.sum()) / len(labels) + self._penalty(p["w"])
            slopes *= 1.0 / len(labels)
            np.multiply(p["w"], self.l2, out=g["w"])
            g["w"] += counts.T @ slopes
            g["b"][...] = slopes.sum(axis=0)
        return loss

    def evaluate(self, theta: Array, counts: Any, labels: Array) -> tuple[float, float]:
        """Return the objective and the accuracy over all examples given.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters.
        counts : scipy.sparse CSR array of shape (B, inputs)
            The examples.
        labels : ndarray of shape (B,)
            What ``output.labels`` returns.

        Returns
        -------
        objective : float
            Mean loss, summed in float64, and penalty.
        accuracy : float
            Fraction of examples that are classified correctly.
        """
        p = self.layout.views(theta)
        with np.errstate(all="ignore"):
            scores = self.output.scores(counts, p["w"], p["b"])
            losses = self.output.losses(scores, labels)
            objective = float(losses.mean(dtype=np.float64)) + self._penalty(p["w"])
        return objective, float(self.output.correct(scores, labels).mean())

    def _penalty(self, w: Array) -> float:
        return 0.5 * self.l2 * float(np.dot(w.reshape(-1), w.reshape(-1)))
