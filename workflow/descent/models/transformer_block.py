"""A transformer block: self-attention and a feed-forward layer, each behind a norm.

::

    a_t   = norm(x_t)
    q_t, k_t, v_t = a_t W_query, a_t W_key, a_t W_value     each cut into heads of d numbers
    w_ts  = softmax over s of  q_t . k_s / sqrt(d)          for each head; s <= t if causal
    x'_t  = x_t + (sum_s w_ts v_s) W_output + b_output      the heads side by side
    x''_t = x'_t + f(norm(x'_t) W_1 + b_1) W_2 + b_2        f a ReLU or a GELU

``norm`` is layer normalisation (:mod:`descent.models.layer_norm`), each time with a gain and a bias
of its own. The norms stand before the layers and not after the sums: the gradients then have their
size from the first step on, and no optimizer needs a warm-up (Xiong et al. 2020).

Queries, keys and values have no biases; the bias of the norm before them does their work. A bias of
the keys would have no effect at all on the loss, and rules that divide a gradient by its own size
would walk along its rounding errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from descent.arrays import Array
from descent.models.activations import ACTIVATIONS
from descent.models.layer_norm import Normalised, normalise, slope_through


class Group(NamedTuple):
    """Consecutive rows of an array that hold sequences of equally many steps, one after the other.

    Attributes
    ----------
    rows : slice
        The rows.
    steps : int
        T, the steps of each sequence.
    """

    rows: slice
    steps: int


class Passed(NamedTuple):
    """What a pass forward leaves for the way back; D is the width, F the feed-forward units."""

    before_attention: Normalised
    to_heads: Array  # (N, D)
    query: Array  # (N, D), scaled
    key: Array  # (N, D)
    value: Array  # (N, D)
    weights: list[Array]  # (B, heads, T, T) for each group
    context: Array  # (N, D)
    before_feed_forward: Normalised
    to_hidden: Array  # (N, D)
    inner: Array  # (N, F), what the activation is of; of a ReLU, its values
    hidden: Array  # (N, F)


class TransformerBlock:
    """The mathematics above, on blocks of parameters that a network names.

    Parameters
    ----------
    width : int
        D, numbers of a step.
    heads : int
        Heads of the attention; must divide ``width``.
    feed_forward : int
        F, units of the feed-forward layer.
    causal : bool, default False
        Whether a step sees itself and those before it alone.
    activation : {"relu", "gelu"}, default "relu"
        Of the feed-forward layer, see :mod:`descent.models.activations`.
    prefix : str, default ""
        Stands before the names of its parameters.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        ``gain_attention``, ``bias_attention`` (D,); ``W_query``, ``W_key``, ``W_value``,
        ``W_output`` (D, D); ``b_output`` (D,); ``gain_feed_forward``, ``bias_feed_forward`` (D,);
        ``W_1`` (D, F), ``b_1`` (F,), ``W_2`` (F, D), ``b_2`` (D,).
    kinds : dict of str to str
        Those that are no matrices or biases.
    variances : dict of str to float
        Of the initial weights: ``W_1`` 2 / D, since half of a ReLU's outputs are 0 (He et al.
        2015), the others 2 / (inputs + outputs) (Glorot and Bengio 2010).
    """

    def __init__(
        self,
        width: int,
        heads: int,
        feed_forward: int,
        *,
        causal: bool = False,
        activation: str = "relu",
        prefix: str = "",
    ) -> None:
        self.heads = heads
        self.causal = causal
        self.prefix = prefix
        self.shapes = {
            f"{prefix}{name}": shape
            for name, shape in {
                "gain_attention": (width,),
                "bias_attention": (width,),
                "W_query": (width, width),
                "W_key": (width, width),
                "W_value": (width, width),
                "W_output": (width, width),
                "b_output": (width,),
                "gain_feed_forward": (width,),
                "bias_feed_forward": (width,),
                "W_1": (width, feed_forward),
                "b_1": (feed_forward,),
                "W_2": (feed_forward, width),
                "b_2": (width,),
            }.items()
        }
        self.kinds = {name: "gain" for name in self.shapes if "gain_" in name}
        matrices = {name: shape for name, shape in self.shapes.items() if len(shape) == 2}
        self.variances = {name: 2.0 / sum(shape) for name, shape in matrices.items()}
        self.variances[f"{prefix}W_1"] = 2.0 / width
        self._query_scale = 1.0 / math.sqrt(width // heads)
        self._activate, self._slope_of_activation = ACTIVATIONS[activation]

    def forward(self, p: dict[str, Array], x: Array, groups: Sequence[Group]) -> Passed:
        """Add to every step what the block computes.

        Parameters
        ----------
        p : dict of str to ndarray
            The network's parameters by name.
        x : ndarray of shape (N, D)
            All steps of all sequences; overwritten with what comes out.
        groups : sequence of Group
            Which of them are a sequence.

        Returns
        -------
        Passed
            What :meth:`backward` needs.
        """
        name = self.prefix
        before_attention, to_heads = norm(p, f"{name}%s_attention", x)
        query, key, value = (to_heads @ p[f"{name}W_{of}"] for of in ("query", "key", "value"))
        query *= self._query_scale
        weights, context = self._attend(query, key, value, groups)
        x += context @ p[f"{name}W_output"]
        x += p[f"{name}b_output"]

        before_feed_forward, to_hidden = norm(p, f"{name}%s_feed_forward", x)
        inner = to_hidden @ p[f"{name}W_1"]  # (N, F)
        inner += p[f"{name}b_1"]
        hidden = self._activate(inner)
        x += hidden @ p[f"{name}W_2"]
        x += p[f"{name}b_2"]
        return Passed(
            before_attention, to_heads, query, key, value, weights, context,
            before_feed_forward, to_hidden, inner, hidden,
        )  # fmt: skip

    def backward(
        self,
        p: dict[str, Array],
        g: dict[str, Array],
        passed: Passed,
        dx: Array,
        groups: Sequence[Group],
    ) -> None:
        """Write the gradient of the block's parameters, and turn the slope out into the one in.

        Parameters
        ----------
        p, g : dict of str to ndarray
            Parameters and gradient of the network by name.
        passed : Passed
            What :meth:`forward` returned.
        dx : ndarray of shape (N, D)
            d loss / d (what comes out); overwritten with d loss / d (what goes in).
        groups : sequence of Group
            As for :meth:`forward`.
        """
        # each layer adds its own part to what its residual connection hands on
        name, f = self.prefix, passed
        np.matmul(f.hidden.T, dx, out=g[f"{name}W_2"])
        np.sum(dx, axis=0, out=g[f"{name}b_2"])
        d_hidden = dx @ p[f"{name}W_2"].T  # (N, F)
        d_hidden *= self._slope_of_activation(f.inner)
        np.matmul(f.to_hidden.T, d_hidden, out=g[f"{name}W_1"])
        np.sum(d_hidden, axis=0, out=g[f"{name}b_1"])
        d_to_hidden = d_hidden @ p[f"{name}W_1"].T
        dx += norm_backward(p, g, f"{name}%s_feed_forward", f.before_feed_forward, d_to_hidden)

        np.matmul(f.context.T, dx, out=g[f"{name}W_output"])
        np.sum(dx, axis=0, out=g[f"{name}b_output"])
        d_to_heads = np.zeros_like(dx)
        slopes = self._attend_backward(f, dx @ p[f"{name}W_output"].T, groups)
        for of, d in zip(("query", "key", "value"), slopes, strict=True):
            np.matmul(f.to_heads.T, d, out=g[f"{name}W_{of}"])
            d_to_heads += d @ p[f"{name}W_{of}"].T
        dx += norm_backward(p, g, f"{name}%s_attention", f.before_attention, d_to_heads)

    def _attend(
        self, query: Array, key: Array, value: Array, groups: Sequence[Group]
    ) -> tuple[list[Array], Array]:
        """Return the weights of each group and the context of all steps, (N, D)."""
        weights: list[Array] = []
        context = np.empty_like(query)
        for group in groups:
            q, k, v, c = (self._by_head(a, group) for a in (query, key, value, context))
            w = q @ k.swapaxes(-1, -2)  # (B, heads, T, T)
            if self.causal:
                w += future(group.steps, w.dtype.name)
            w -= w.max(axis=-1, keepdims=True)  # so that no exponential overflows
            np.exp(w, out=w)
            w /= w.sum(axis=-1, keepdims=True)
            np.matmul(w, v, out=c)
            weights.append(w)
        return weights, context

    def _attend_backward(
        self, f: Passed, d_context: Array, groups: Sequence[Group]
    ) -> tuple[Array, Array, Array]:
        """Return d loss / d query before its scale, d key, d value: each of shape (N, D)."""
        d_query, d_key, d_value = (np.empty_like(d_context) for _ in range(3))
        arrays = (f.query, f.key, f.value, d_context, d_query, d_key, d_value)
        # sum_s w_ts dw_ts, which the softmax subtracts, is context . d_context of each head
        by_head = (-1, self.heads, f.query.shape[1] // self.heads)
        of_heads = (a.reshape(by_head) for a in (f.context, d_context))
        means = np.einsum("nhd,nhd->nh", *of_heads)
        for group, w in zip(groups, f.weights, strict=True):
            q, k, v, dc, dq, dk, dv = (self._by_head(a, group) for a in arrays)
            ds = dc @ v.swapaxes(-1, -2)  # (B, heads, T, T): d loss / d w, then / d (q . k)
            ds -= self._by_head(means, group)
            ds *= w
            np.matmul(ds, k, out=dq)
            np.matmul(ds.swapaxes(-1, -2), q, out=dk)
            np.matmul(w.swapaxes(-1, -2), dc, out=dv)
        d_query *= self._query_scale
        return d_query, d_key, d_value

    def _by_head(self, x: Array, group: Group) -> Array:
        """Return rows of a group as heads, shape (B, heads, T, d), without a copy."""
        width = x.shape[1]
        shape = (-1, group.steps, self.heads, width // self.heads)
        return x[group.rows].reshape(shape).transpose(0, 2, 1, 3)


@cache
def future(steps: int, dtype: str) -> Array:
    """Return what hides the future: (T, T) numbers, minus infinity where s > t and 0 elsewhere."""
    hidden: Array = np.triu(np.full((steps, steps), -np.inf, dtype), 1)
    return hidden


def norm(p: dict[str, Array], names: str, x: Array) -> tuple[Normalised, Array]:
    """Return the normalised rows, and with gain and bias what the layer reads.

    Parameters
    ----------
    p : dict of str to ndarray
        Parameters by name.
    names : str
        Names of gain and bias, with ``%s`` for the words ``gain`` and ``bias``.
    x : ndarray of shape (N, D)
        The rows; only read.
    """
    normalised = normalise(x)
    y = normalised.rows * p[names % "gain"]
    y += p[names % "bias"]
    return normalised, y


def norm_backward(
    p: dict[str, Array], g: dict[str, Array], names: str, normalised: Normalised, slope: Array
) -> Array:
    """Write the gradient of gain and bias; turn d loss / d (what a layer reads) to d loss / d x."""
    np.sum(slope, axis=0, out=g[names % "bias"])
    np.einsum("nd,nd->d", slope, normalised.rows, out=g[names % "gain"])
    slope *= p[names % "gain"]
    return slope_through(normalised, slope)
