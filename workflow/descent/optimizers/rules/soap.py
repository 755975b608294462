"""SOAP."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class SOAP(Optimizer):
    """SOAP, Adam in the eigenbasis of Shampoo (Vyas et al. 2024).

    For each matrix G of gradients::

        G'     = QL^T G QR
        M     <- beta1 * M + (1 - beta1) * G
        V     <- beta2 * V + (1 - beta2) * G'**2
        N'     = (QL^T M QR) / (1 - beta1**t) / (sqrt(V / (1 - beta2**t)) + epsilon_t)
        theta <- (1 - learning_rate * weight_decay) * theta - learning_rate * QL N' QR^T
        L     <- shampoo_beta * L + (1 - shampoo_beta) * G G^T
        R     <- shampoo_beta * R + (1 - shampoo_beta) * G^T G
        every ``interval`` steps, a step of power iteration: QL <- Q of the QR decomposition of L QL
        and QR likewise, both with their columns, and V, sorted by the estimated eigenvalues

    The first gradient only sets L, R and, as their eigenvectors, QL and QR; t counts from the step
    after it. A side of more than ``largest_dimension`` has no L, its QL is the identity; a bias
    has neither, which is Adam.

    Parameters
    ----------
    learning_rate : float, default 3e-3
        Range ``[0, inf)``.
    beta1 : float, default 0.95
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.95
        Decay rate of the second moment, range ``[0, 1)``.
    epsilon : float, default 1e-8
        Added to the root that is not yet corrected for its bias, so that ``epsilon_t`` above is
        ``epsilon / sqrt(1 - beta2**t)``; range ``[0, inf)``.
    shampoo_beta : float or None, default None
        Decay rate of L and R, range ``[0, 1)``; None for ``beta2``.
    interval : int, default 10
        Steps between two updates of the bases, range ``[1, inf)``.
    largest_dimension : int, default 10000
        Longest side that has a basis, range ``[0, inf)``.
    weight_decay : float, default 0.01
        Range ``[0, inf)``.
    decoupled_weight_decay : bool, default True
        False adds the decay to the gradient instead.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    A step of an (m, n) matrix costs about ``4 m n (m + n)`` multiplications, and each update of the
    bases ``3 (m**3 + n**3)`` more; the bases and factors take ``2 (m**2 + n**2)`` numbers. For a
    (784, 128) matrix that is thirteen times the memory of the weights: lower
    ``largest_dimension`` to leave the long side out.

    The authors' implementation: as above, but for the weight decay, which it applies after the
    step instead of before it, and not with the first gradient. PyTorch, Optax and Keras have no
    SOAP.

    With ``largest_dimension=0`` it reduces to Adam with an uncorrected epsilon, a gradient later.

    References
    ----------
    N. Vyas et al., "SOAP: improving and stabilizing Shampoo using Adam", ICLR 2025,
    arXiv 2409.11321.
    """

    learning_rate: float = hyperparameter(3e-3, "[0, inf)")
    beta1: float = hyperparameter(0.95, "[0, 1)")
    beta2: float = hyperparameter(0.95, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    shampoo_beta: float | None = hyperparameter(None, "[0, 1)")
    interval: int = hyperparameter(10, "[1, inf)")
    largest_dimension: int = hyperparameter(10000, "[0, inf)")
    weight_decay: float = hyperparameter(1e-2, "[0, inf)")
    decoupled_weight_decay: bool = True

    slots = {"M": 0.0, "V": 0.0}
    blockwise = True
    learning_rate_centre = 3e-3

    def block_slots(self, shape: tuple[int, ...], kind: str) -> dict[str, tuple[int, ...]]:
        """Return M and V, and factor and basis of each side of a matrix that is short enough."""
        slots = super().block_slots(shape, kind)
        if len(shape) == 2:
            for side, n in zip("LR", shape, strict=True):
                if n <= self.largest_dimension:
                    slots |= {side: (n, n), f"Q{side}": (n, n)}
        return slots

    def direction(self, g: Array, state: State) -> Array:
        """Return Adam's direction in the eigenbasis, turned back; zero for the first gradient."""
        M, V, d = state["M"], state["V"], state.work[0]
        b1, b2, t = self.beta1, self.beta2, state.step - 1
        if t == 0:
            d.fill(0.0)
        else:
            M *= b1
            M += (1.0 - b1) * g
            V *= b2
            V += (1.0 - b2) * into_basis(g, state) ** 2
            np.sqrt(V, out=d)
            d += self.epsilon
            np.divide(into_basis(M, state), d, out=d)
            d[...] = out_of_basis(d, state)
            state.step_size *= math.sqrt(1.0 - b2**t) / (1.0 - b1**t)
        self._update_bases(g, state)
        return d

    def _update_bases(self, g: Array, state: State) -> None:
        """Add the gradient to the factors; now and then let the bases follow them."""
        beta = self.beta2 if self.shampoo_beta is None else self.shampoo_beta
        t = state.step - 1
        for axis, side in enumerate("LR"):
            if side not in state.slots:
                continue
            L, Q = state[side], state[f"Q{side}"]
            L *= beta
            L += (1.0 - beta) * (g @ g.T if side == "L" else g.T @ g)
            if t == 0:
                Q[...] = eigenvectors(L)
            elif t % self.interval == 0:
                power = L @ Q
                order = np.argsort(-np.sum(Q * power, axis=0))
                Q[...] = np.linalg.qr(power[:, order])[0]
                state["V"][...] = np.take(state["V"], order, axis=axis)


def into_basis(block: Array, state: State) -> Array:
    """Return ``QL^T block QR``; a basis that is not there is the identity."""
    if "QL" in state.slots:
        block = state["QL"].T @ block
    return block @ state["QR"] if "QR" in state.slots else block


def out_of_basis(block: Array, state: State) -> Array:
    """Return ``QL block QR^T``; a basis that is not there is the identity."""
    if "QL" in state.slots:
        block = state["QL"] @ block
    return block @ state["QR"].T if "QR" in state.slots else block


def eigenvectors(factor: Array) -> Array:
    """Return the eigenvectors of a symmetric matrix, the largest eigenvalue first.

    They are NaN for a matrix that is not finite: the caller sees the divergence.
    """
    if not np.isfinite(factor).all():
        return np.full_like(factor, np.nan)
    vectors: Array = np.linalg.eigh(factor)[1][:, ::-1]
    return vectors
