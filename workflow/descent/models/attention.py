"""One block of self-attention over sequences of sparse count vectors, under a classifier."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from descent.arrays import Array, Layout, aligned_array
from descent.models.concatenation import Concatenation
from descent.models.layer_norm import Normalised
from descent.models.output_layer import output_layer
from descent.models.positional_encoding import positional_encoding
from descent.models.transformer_block import (
    Group,
    Passed,
    TransformerBlock,
    norm,
    norm_backward,
)

#: Standard deviation of the initial embedding of a word. Adam at 0.001 reaches on the validation
#: part of five folds of the reviews, after six epochs, 86 % accuracy with 0.02, 83 % with 0.1.
EMBEDDING_DEVIATION = 0.02
#: Largest value of a positional encoding: about the size of a sentence's initial embedding. With 1
#: the position drowns the words at first, and accuracy is 84 % after six epochs.
POSITION_SCALE = 0.1


class Attention:
    """Transformer block (Vaswani et al. 2017) over the steps of a sequence, pooled to a score.

    ::

        x_t   = c_t E + P_t                           t = 1 .. T, T the sequence's own
        x''_t = x_t through a block, see :mod:`descent.models.transformer_block`
        score = (mean over t of  norm(x''_t)) w_y + b_y
        loss  = mean over sequences of  log(1 + exp(score)) - label * score

    With more than two classes there is a score for each, and the loss of a sequence is softmax
    cross-entropy (see :mod:`descent.models.output_layer`).

    ``norm`` is layer normalisation (see :mod:`descent.models.layer_norm`), each time with a gain
    and a bias of its own. ``P_t`` is fixed, see
    :mod:`descent.models.positional_encoding`: without it, the order
    of the steps would change nothing.

    Parameters
    ----------
    inputs : int
        Length of a count vector.
    width : int
        Numbers that a step is embedded in.
    heads : int
        Heads of the attention; must divide ``width``.
    feed_forward : int
        Units of the feed-forward layer.
    dtype : dtype, default float32
        float32 or float64, of parameters, gradient and activations.
    classes : int, default 2
        Number of classes, at least 2.

    Attributes
    ----------
    output : OutputLayer
        What turns scores into losses.
    layout : Layout
        Blocks ``embedding`` (inputs, width); those of the block, see
        :class:`~descent.models.transformer_block.TransformerBlock`; ``gain_pooling`` and
        ``bias_pooling`` (width,); ``w_y`` (width,), ``b_y`` (1,), of more than two classes
        (width, classes) and (classes,).

    Notes
    -----
    The sequences of a batch lie one after the other. All products go over its steps at once, but
    those between steps, which go sequence by sequence: there is no padding, and so nothing to mask.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        heads: int,
        feed_forward: int,
        dtype: DTypeLike = np.float32,
        classes: int = 2,
    ) -> None:
        self.width = width
        self.dtype = np.dtype(dtype)
        self.output = output_layer(classes)
        self.block = TransformerBlock(width, heads, feed_forward)
        self.layout = Layout(
            {
                "embedding": (inputs, width),
                **self.block.shapes,
                "gain_pooling": (width,),
                "bias_pooling": (width,),
                "w_y": (width, *self.output.trailing),
                "b_y": (self.output.outputs,),
            },
            kinds={
                **self.block.kinds,
                "embedding": "embedding",
                "gain_pooling": "gain",
                "w_y": "output",
            },
        )
        self._positions = positional_encoding(0, width, POSITION_SCALE, self.dtype)

    def init(self, rng: np.random.Generator) -> Array:
        """Return new initial parameters.

        Weights are normal with mean 0: the embedding with standard deviation
        ``EMBEDDING_DEVIATION``, those of the block as it says, ``w_y`` with variance
        ``2 / (inputs + outputs)`` (Glorot and Bengio 2010). Gains are 1, biases 0.

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the numbers come from; float32 and float64 networks draw the same ones.

        Returns
        -------
        ndarray of shape (layout.size,)
            The parameters.
        """
        variances = {
            "embedding": EMBEDDING_DEVIATION**2,
            **self.block.variances,
            "w_y": 2.0 / (self.width + self.output.outputs),
        }
        theta = aligned_array(self.layout.size, self.dtype)
        p = self.layout.views(theta)
        for name, variance in variances.items():
            p[name][...] = rng.normal(0.0, math.sqrt(variance), p[name].shape)
        for name, kind in self.layout.kinds.items():
            if kind == "gain":
                p[name][...] = 1.0
        return theta

    def loss_and_grad(
        self, theta: Array, counts: Any, sequences: Concatenation, labels: Array, grad: Array
    ) -> float:
        """Return the mean loss over a batch and write its gradient.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters; only read.
        counts : scipy.sparse CSR array of shape (N, inputs)
            The count vectors of all sequences, one sequence after the other.
        sequences : Concatenation
            Which rows belong to which sequence.
        labels : ndarray of shape (B,)
            What ``output.labels`` returns.
        grad : ndarray of shape (layout.size,)
            Receives the gradient.

        Returns
        -------
        float
            The mean loss.
        """
        p, g = self.layout.views(theta), self.layout.views(grad)
        with np.errstate(all="ignore"):
            f = self._forward(p, counts, sequences)
            losses, slopes = self.output.losses_and_slopes(f.scores, labels)
            loss = float(losses.mean())

            slopes *= 1.0 / len(labels)
            self.output.of_weights(f.pooled, slopes, out=g["w_y"])
            g["b_y"][...] = slopes.sum(axis=0)
            # a mean gives equal shares
            of_steps = (slopes.T / sequences.lengths.astype(self.dtype)).T
            d_pooling = self.output.of_inputs(of_steps, p["w_y"])[sequences.members]  # (N, D)
            dx = norm_backward(p, g, "%s_pooling", f.before_pooling, d_pooling)
            self.block.backward(p, g, f.passed, dx, f.groups)
            g["embedding"][...] = counts.T @ dx
        return loss

    def scores(self, theta: Array, counts: Any, sequences: Concatenation) -> Array:
        """Return the scores of each sequence.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters.
        counts : scipy.sparse CSR array of shape (N, inputs)
            The count vectors of all sequences, one sequence after the other.
        sequences : Concatenation
            Which rows belong to which sequence.

        Returns
        -------
        ndarray of shape (B,) or (B, classes)
            The log-odds of label 1; of more than two classes, the logits.
        """
        with np.errstate(all="ignore"):
            return self._forward(self.layout.views(theta), counts, sequences).scores

    def _forward(self, p: dict[str, Array], counts: Any, sequences: Concatenation) -> _Forward:
        """Return the scores, and all that the way back needs."""
        x: Array = counts @ p["embedding"]  # (N, D)
        x += self._positions_of(sequences)

        lengths = sequences.lengths.tolist()
        groups = [Group(*group) for group in zip(sequences.slices, lengths, strict=True)]
        passed = self.block.forward(p, x, groups)
        before_pooling, to_pooling = norm(p, "%s_pooling", x)
        pooled = np.add.reduceat(to_pooling, sequences.starts)  # (B, D)
        pooled /= sequences.lengths[:, None]
        scores = self.output.scores(pooled, p["w_y"], p["b_y"])
        return _Forward(groups, passed, before_pooling, pooled, scores)

    def _positions_of(self, sequences: Concatenation) -> Array:
        """Return the positional encoding of every step of a batch, shape (N, D)."""
        longest = int(sequences.lengths.max())
        if longest > len(self._positions):
            self._positions = positional_encoding(longest, self.width, POSITION_SCALE, self.dtype)
        encoding: Array = self._positions[sequences.steps]
        return encoding


class _Forward(NamedTuple):
    """What a pass forward leaves; D is the width."""

    groups: list[Group]
    passed: Passed
    before_pooling: Normalised
    pooled: Array  # (B, D)
    scores: Array  # (B,) or (B, classes)
