"""Logistic regression with L2 on sparse counts: a convex problem."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from descent.arrays import Array, Layout
from descent.models.logistic import logistic_losses, logistic_slopes


class LogisticRegression:
    """Logistic regression, its weights but not its bias penalised.

    ::

        score = x w + b
        loss  = mean over examples of  log(1 + exp(score)) - label * score,  + l2 / 2 * sum(w**2)

    Parameters
    ----------
    inputs : int
        Length of a count vector.
    l2 : float
        Strength of the penalty, >= 0. scikit-learn's ``C`` is ``1 / (l2 * examples)``.
    dtype : dtype, default float32
        float32 or float64, of parameters and gradient.

    Attributes
    ----------
    layout : Layout
        Blocks ``w`` (inputs,) and ``b`` (1,).
    """

    def __init__(self, inputs: int, l2: float, dtype: DTypeLike = np.float32) -> None:
        self.l2 = l2
        self.dtype = np.dtype(dtype)
        self.layout = Layout({"w": (inputs,), "b": (1,)}, kinds={"w": "output"})

    def loss_and_grad(self, theta: Array, counts: Any, labels: Array, grad: Array) -> float:
        """Return the mean loss over a batch, the penalty included, and write its gradient.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters; only read.
        counts : scipy.sparse CSR array of shape (B, inputs)
            The examples.
        labels : ndarray of shape (B,)
            0 or 1.
        grad : ndarray of shape (layout.size,)
            Receives the gradient.

        Returns
        -------
        float
            The objective on this batch.
        """
        p, g = self.layout.views(theta), self.layout.views(grad)
        with np.errstate(all="ignore"):
            scores = counts @ p["w"] + p["b"]
            losses = logistic_losses(scores, labels)
            loss = float(losses.sum()) / len(labels) + self._penalty(p["w"])
            slopes = logistic_slopes(scores, labels) * (1.0 / len(labels))
            np.multiply(p["w"], self.l2, out=g["w"])
            g["w"] += counts.T @ slopes
            g["b"][0] = slopes.sum()
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
            0 or 1.

        Returns
        -------
        objective : float
            Mean loss, summed in float64, and penalty.
        accuracy : float
            Fraction of examples whose score lies on their label's side of 0; a score of 0 is
            label 0.
        """
        p = self.layout.views(theta)
        with np.errstate(all="ignore"):
            scores = counts @ p["w"] + p["b"]
            losses = logistic_losses(scores, labels)
            objective = float(losses.mean(dtype=np.float64)) + self._penalty(p["w"])
        return objective, float(((scores > 0.0) == (labels > 0.5)).mean())

    def _penalty(self, w: Array) -> float:
        return 0.5 * self.l2 * float(np.dot(w, w))
