"""A causal transformer over characters."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from descent.arrays import Array, IntArray, Layout, aligned_array
from descent.models.layer_norm import Normalised
from descent.models.output_layer import SoftmaxOutput
from descent.models.positional_encoding import positional_encoding
from descent.models.transformer_block import (
    Group,
    Passed,
    TransformerBlock,
    norm,
    norm_backward,
)

#: Standard deviation of the initial weights of characters, and the largest value of those of
#: positions: large enough to be heard beside what the first block adds.
INPUT_SCALE = 0.5
#: Standard deviation of the weights of the output. The first logits are nearly equal, and the first
#: loss is the logarithm of the alphabet.
OUTPUT_DEVIATION = 0.02
#: Share of their usual variance that the weights have which add to what a block is given.
ADDED_SHARE = 0.1


class LanguageModel:
    """Transformer that says of every character of a window how likely each is to be the next.

    ::

        x_t      = E[c_t] + P_t                    t = 1 .. T
        x_t      through each block: see transformer_block, causal
        logits_t = norm(x_t) W_y + b_y             tied: W_y = E^T
        loss     = mean over t and windows of  log(sum_c exp(logits_tc)) - logits_t[c_(t + 1)]

    Parameters
    ----------
    alphabet : int
        V, number of characters.
    layers : int
        Number of blocks.
    width, heads : int
        Of each block; the feed-forward layer has four times the width.
    context : int
        T, the longest window.
    activation : {"relu", "gelu"}, default "relu"
        Of the feed-forward layers.
    tied : bool, default False
        Whether the output has the weights of the embedding.
    dtype : dtype, default float32
        float32 or float64, of parameters, gradient and activations.

    Attributes
    ----------
    layout : Layout
        Blocks ``embedding`` (V, width), ``positions`` (T, width); those of each block of the
        transformer, ``layer1_W_query`` and so on; ``gain_output``, ``bias_output`` (width,);
        ``w_y`` (width, V) unless it is tied, and ``b_y`` (V,).
    """

    def __init__(
        self,
        alphabet: int,
        layers: int,
        width: int,
        heads: int,
        context: int,
        *,
        activation: str = "relu",
        tied: bool = False,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.tied = tied
        self.context = context
        self.dtype = np.dtype(dtype)
        self.output = SoftmaxOutput(alphabet)
        self.blocks = [
            TransformerBlock(
                width, heads, 4 * width, causal=True, activation=activation, prefix=f"layer{i}_"
            )
            for i in range(1, layers + 1)
        ]
        shapes: dict[str, tuple[int, ...]] = {
            "embedding": (alphabet, width),
            "positions": (context, width),
        }
        kinds = {"embedding": "embedding", "positions": "embedding", "gain_output": "gain"}
        for block in self.blocks:
            shapes |= block.shapes
            kinds |= block.kinds
        shapes |= {"gain_output": (width,), "bias_output": (width,)}
        if not tied:
            shapes["w_y"] = (width, alphabet)
            kinds["w_y"] = "output"
        self.layout = Layout({**shapes, "b_y": (alphabet,)}, kinds=kinds)

    def init(self, rng: np.random.Generator) -> Array:
        """Return new initial parameters.

        Positions begin as sines and cosines of the size ``INPUT_SCALE``, so that a shift by one
        step is the same everywhere: from random ones, a run of 500 steps ends 0.15 nats higher. All
        other weights are normal with mean 0: those of characters with standard deviation
        ``INPUT_SCALE``, of the output with ``OUTPUT_DEVIATION``, of the blocks as in
        :class:`~descent.models.transformer_block.TransformerBlock`, but ``W_output`` and ``W_2``
        with ``ADDED_SHARE`` of that variance, divided by the number of blocks. Gains are 1, but
        that of a tied output ``OUTPUT_DEVIATION / INPUT_SCALE``; biases are 0.

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
        variances = {"embedding": INPUT_SCALE**2, "w_y": OUTPUT_DEVIATION**2}
        for block in self.blocks:
            variances |= block.variances
            for name in ("W_output", "W_2"):
                variances[block.prefix + name] *= ADDED_SHARE / len(self.blocks)
        for name, weights in p.items():
            if self.layout.kinds[name] == "gain":
                weights[...] = 1.0
            elif name in variances:
                weights[...] = rng.normal(0.0, math.sqrt(variances[name]), weights.shape)
        p["positions"][...] = positional_encoding(self.context, len(p["positions"].T), INPUT_SCALE)
        if self.tied:
            p["gain_output"][...] = OUTPUT_DEVIATION / INPUT_SCALE
        return theta

    def loss_and_grad(self, theta: Array, windows: IntArray, grad: Array) -> float:
        """Return the mean loss over windows and write its gradient.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters; only read.
        windows : ndarray of int, shape (B, T + 1)
            Consecutive characters, numbers from 0: T that are read, and the next of each.
        grad : ndarray of shape (layout.size,)
            Receives the gradient.

        Returns
        -------
        float
            The mean loss.
        """
        p, g = self.layout.views(theta), self.layout.views(grad)
        read, following = windows[:, :-1], windows[:, 1:].reshape(-1)
        steps = read.shape[1]
        with np.errstate(all="ignore"):
            f = self._forward(p, read)
            losses, slopes = self.output.losses_and_slopes(f.logits, following)
            loss = float(losses.mean())

            slopes *= 1.0 / len(following)  # (N, V)
            np.sum(slopes, axis=0, out=g["b_y"])
            weights = p["embedding"] if self.tied else p["w_y"].T  # (V, D)
            dx = norm_backward(p, g, "%s_output", f.before_output, slopes @ weights)
            for block, passed in zip(reversed(self.blocks), reversed(f.passed), strict=True):
                block.backward(p, g, passed, dx, f.groups)

            g["positions"][steps:] = 0.0
            np.sum(dx.reshape(-1, steps, dx.shape[1]), axis=0, out=g["positions"][:steps])
            # a product with rows of one 1 each is faster than adding row by row
            is_character = np.zeros_like(slopes)  # (N, V)
            is_character[np.arange(len(slopes)), read.reshape(-1)] = 1.0
            np.matmul(is_character.T, dx, out=g["embedding"])
            if self.tied:
                g["embedding"] += slopes.T @ f.to_output
            else:
                np.matmul(f.to_output.T, slopes, out=g["w_y"])
        return loss

    def logits(self, theta: Array, read: IntArray) -> Array:
        """Return the logits of the character after each, (B * T, V), of windows (B, T)."""
        with np.errstate(all="ignore"):
            return self._forward(self.layout.views(theta), read).logits

    def losses(self, theta: Array, windows: IntArray) -> Array:
        """Return the loss of every prediction, (B * T,), of windows (B, T + 1)."""
        return self.output.losses(self.logits(theta, windows[:, :-1]), windows[:, 1:].reshape(-1))

    def sample(self, theta: Array, start: int, length: int, rng: np.random.Generator) -> IntArray:
        """Return characters that the model writes, one drawn after the other.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The parameters.
        start : int
            The character before the first.
        length : int
            How many to draw.
        rng : numpy.random.Generator
            Draws one number for each.

        Returns
        -------
        ndarray of int, shape (length,)
            The characters.
        """
        written = [start]
        for number in rng.random(length):
            logits = self.logits(theta, np.array([written[-self.context :]]))[-1].astype(float)
            shares = np.cumsum(np.exp(logits - logits.max()))
            written.append(int(np.searchsorted(shares, number * shares[-1])))
        return np.array(written[1:])

    def _forward(self, p: dict[str, Array], read: IntArray) -> _Forward:
        """Return the logits, and all that the way back needs."""
        x = p["embedding"][read]  # (B, T, D)
        x += p["positions"][: read.shape[1]]
        x = x.reshape(-1, x.shape[2])  # (N, D)
        groups = [Group(slice(None), read.shape[1])]
        passed = [block.forward(p, x, groups) for block in self.blocks]
        before_output, to_output = norm(p, "%s_output", x)
        logits = to_output @ (p["embedding"].T if self.tied else p["w_y"])  # (N, V)
        logits += p["b_y"]
        return _Forward(groups, passed, before_output, to_output, logits)


class _Forward(NamedTuple):
    """What a pass forward leaves; N = B T, D is the width, V the size of the alphabet."""

    groups: list[Group]
    passed: list[Passed]  # of each block
    before_output: Normalised
    to_output: Array  # (N, D)
    logits: Array  # (N, V)
