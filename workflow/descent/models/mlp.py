"""A multilayer perceptron: ReLU hidden layers under a softmax; none of them is softmax regression.

Layouts, fixed once: weights are stored (inputs, outputs), so that a layer reads ``h @ W + b``;
hidden activations are (B, H), one row an example; logits are (C, B), one column an example, which
makes the reductions over the few classes run along memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike, NDArray

from descent.arrays import Array, IntArray, Layout, aligned_array
from descent.models.staircase import Staircase


class MLP:
    """Multilayer perceptron with softmax cross-entropy.

    ::

        h_0 = x
        h_l = max(h_{l-1} W_l + b_l, 0)             l = 1 .. L-1
        z   = h_{L-1} W_L + b_L
        loss = mean over examples of  log(sum_c exp(z_c)) - z_label

    Parameters
    ----------
    sizes : sequence of int
        Units of every layer, the inputs first and the classes last, e.g. ``(784, 128, 10)``;
        at least two.
    dtype : dtype, default float32
        float32 or float64, of parameters, gradient and activations.

    Attributes
    ----------
    layout : Layout
        Blocks ``W1, b1, W2, b2, ...`` of shapes (inputs, outputs) and (outputs,).

    Notes
    -----
    The derivative of the ReLU at zero is zero. Where the loss diverges, it is NaN or infinite, and
    no warning is raised.
    """

    def __init__(self, sizes: Sequence[int], dtype: DTypeLike = np.float32) -> None:
        self.sizes = tuple(sizes)
        self.dtype = np.dtype(dtype)
        self.depth = len(self.sizes) - 1
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, (inputs, outputs) in enumerate(pairwise(self.sizes), start=1):
            shapes[f"W{layer}"] = (inputs, outputs)
            shapes[f"b{layer}"] = (outputs,)
        self.layout = Layout(shapes, kinds={f"W{self.depth}": "output"})
        self._buffers: dict[int, _Buffers] = {}

    def init(self, rng: np.random.Generator) -> Array:
        """Return new initial parameters.

        Weights are normal with mean 0: variance ``2 / inputs`` into a ReLU layer (He et al. 2015),
        ``2 / (inputs + outputs)`` into the softmax (Glorot and Bengio 2010). Biases are 0.

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the numbers come from; float32 and float64 networks draw the same ones.

        Returns
        -------
        ndarray of shape (layout.size,)
            The parameters.
        """
        theta = aligned_array(self.layout.size, self.dtype)
        p = self.layout.views(theta)
        for layer, (inputs, outputs) in enumerate(pairwise(self.sizes), start=1):
            variance = 2.0 / (inputs if layer < self.depth else inputs + outputs)
            p[f"W{layer}"][...] = rng.normal(0.0, math.sqrt(variance), (inputs, outputs))
        return theta

    def loss_and_grad(
        self, theta: Array, inputs: Array | Staircase, labels: IntArray, grad: Array
    ) -> float:
        """Return the mean loss over a batch and write its gradient.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters; only read.
        inputs : ndarray of shape (B, K), or Staircase
            The examples; where K is less than the inputs, the rest of them is zero.
        labels : ndarray of int, shape (B,)
            Their classes, from 0.
        grad : ndarray of shape (layout.size,)
            Receives the gradient.

        Returns
        -------
        float
            The mean cross-entropy.
        """
        p, g = self.layout.views(theta), self.layout.views(grad)
        examples = _as_staircase(inputs)
        buffers = self._buffers_for(len(inputs))
        with np.errstate(all="ignore"):
            z = self._forward(p, examples, buffers)  # (C, B)
            at_labels = buffers.positions(labels)
            losses = self._cross_entropy(z, at_labels, buffers)
            loss = float(losses.sum()) / len(inputs)

            # z now holds exp(z - max): to the softmax, and on to d loss / d z = (softmax - 1_y) / B
            z /= buffers.total
            z.reshape(-1)[at_labels] -= 1.0
            z *= 1.0 / len(inputs)

            delta = z.T  # (B, C): d loss / d (input of the layer's nonlinearity)
            for layer in range(self.depth, 1, -1):
                np.matmul(buffers.ones, delta, out=g[f"b{layer}"])
                below, active = buffers.hidden[layer - 2], buffers.active[layer - 2]
                np.matmul(below.T, delta, out=g[f"W{layer}"])
                delta_below = np.matmul(delta, p[f"W{layer}"].T, out=buffers.delta[layer - 2])
                np.greater(below, 0.0, out=active)
                delta = np.multiply(delta_below, active, out=delta_below)
            np.matmul(buffers.ones, delta, out=g["b1"])
            examples.transposed_times(delta, out=g["W1"])
        return loss

    def evaluate(
        self, theta: Array, inputs: Array | Staircase, labels: IntArray
    ) -> tuple[float, NDArray[np.bool_]]:
        """Return the summed loss, and for each example whether it is classified correctly.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters.
        inputs : ndarray of shape (B, K), or Staircase
            The examples; where K is less than the inputs, the rest of them is zero.
        labels : ndarray of int, shape (B,)
            Their classes, from 0.

        Returns
        -------
        loss : float
            Sum of the cross-entropies, added in float64.
        correct : ndarray of bool, shape (B,)
            Whether the largest logit is the label's; of equal logits the first counts.
        """
        buffers = self._buffers_for(len(inputs))
        with np.errstate(all="ignore"):
            z = self._forward(self.layout.views(theta), _as_staircase(inputs), buffers)  # (C, B)
            correct: NDArray[np.bool_] = z.argmax(axis=0) == labels
            losses = self._cross_entropy(z, buffers.positions(labels), buffers)
            return float(losses.sum(dtype=np.float64)), correct

    def predict(self, theta: Array, inputs: Array | Staircase) -> NDArray[np.intp]:
        """Return the most likely class of each example.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters.
        inputs : ndarray of shape (B, K), or Staircase
            The examples; where K is less than the inputs, the rest of them is zero.

        Returns
        -------
        ndarray of int, shape (B,)
            The classes.
        """
        with np.errstate(all="ignore"):
            buffers = _Buffers(self, len(inputs))
            z = self._forward(self.layout.views(theta), _as_staircase(inputs), buffers)  # (C, B)
            classes: NDArray[np.intp] = z.argmax(axis=0)
            return classes

    def _forward(self, p: dict[str, Array], examples: Staircase, buffers: _Buffers) -> Array:
        """Return the logits, shape (C, B), leaving the activations in the buffers."""
        outputs = [*buffers.hidden, buffers.scores]
        h = examples.times(p["W1"], out=outputs[0])  # (B, H)
        for layer in range(1, self.depth):
            h += p[f"b{layer}"]
            h = np.matmul(np.maximum(h, 0.0, out=h), p[f"W{layer + 1}"], out=outputs[layer])
        logits: Array = np.add(h.T, p[f"b{self.depth}"][:, None], out=buffers.logits)  # (C, B)
        return logits

    @staticmethod
    def _cross_entropy(z: Array, at_labels: IntArray, buffers: _Buffers) -> Array:
        """Return every example's loss; turn ``z`` into exp(z - max) and leave its sum in ``total``.

        The largest logit is subtracted first, so that no exponential overflows.
        """
        z -= z.max(axis=0, out=buffers.total)
        of_labels = z.reshape(-1)[at_labels]
        np.exp(z, out=z)
        total = z.sum(axis=0, out=buffers.total)
        losses: Array = np.log(total, out=buffers.losses)
        losses -= of_labels
        return losses

    def _buffers_for(self, examples: int) -> _Buffers:
        """Return the buffers of this batch size, allocated when it first occurs."""
        if examples not in self._buffers:
            self._buffers[examples] = _Buffers(self, examples)
        return self._buffers[examples]


def _as_staircase(inputs: Array | Staircase) -> Staircase:
    return inputs if isinstance(inputs, Staircase) else Staircase(inputs)


class _Buffers:
    """Buffers for one batch's activations and their derivatives."""

    def __init__(self, model: MLP, examples: int) -> None:
        B, hidden, classes, dtype = examples, model.sizes[1:-1], model.sizes[-1], model.dtype
        self.hidden = [aligned_array((B, H), dtype) for H in hidden]
        self.delta = [aligned_array((B, H), dtype) for H in hidden]
        self.active = [np.empty((B, H), np.bool_) for H in hidden]
        self.scores = aligned_array((B, classes), dtype)
        self.logits = aligned_array((classes, B), dtype)
        self.total = np.empty(B, dtype)
        self.losses = np.empty(B, dtype)
        self.examples = np.arange(B)
        self.ones = np.ones(B, dtype)

    def positions(self, labels: IntArray) -> NDArray[np.intp]:
        """Return the index of each example's label in the flat logits; shape (B,)."""
        return np.multiply(labels, len(self.examples), dtype=np.intp) + self.examples
