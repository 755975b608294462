"""Adan."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Adan(Optimizer):
    """Adan, adaptive Nesterov momentum (Xie et al. 2022); the authors' form.

    ::

        delta  = g - the gradient before,  0 in the first step
        m     <- beta1 * m + (1 - beta1) * g
        v     <- beta2 * v + (1 - beta2) * delta
        n     <- beta3 * n + (1 - beta3) * (g + beta2 * delta)**2
        u      = (m_hat + beta2 * v_hat) / (sqrt(n_hat + epsilon_root) + epsilon)
        theta <- (theta - learning_rate * u) / (1 + learning_rate * weight_decay)

    with ``m_hat = m / (1 - beta1**t)``, ``v_hat`` and ``n_hat`` likewise. The paper's beta1, beta2
    and beta3 are 1 minus those here.

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``.
    beta1 : float, default 0.98
        Decay rate of the gradient's average, range ``[0, 1)``.
    beta2 : float, default 0.92
        Decay rate of the differences' average, range ``[0, 1)``.
    beta3 : float, default 0.99
        Decay rate of the squares' average, range ``[0, 1)``.
    epsilon : float, default 1e-8
        Range ``[0, inf)``.
    epsilon_root : float, default 0
        Range ``[0, inf)``.
    complementary_weight : bool, default False
        Whether differences have the weight ``1 - beta2`` in n and u, instead of beta2.
    proximal_decay : bool, default True
        Whether decoupled decay divides, as above, instead of multiplying theta first.
    decoupled_weight_decay : bool, default True
        False adds the decay to the gradient.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``m / (1 - beta1)``, ``v / (1 - beta2)``, ``n / (1 - beta3)``.

    Optax: differences have the weight ``1 - beta2``, 0.08 instead of the paper's 0.92;
    epsilon_root 1e-8; the decay is not proximal; no default learning rate. PyTorch and Keras have
    no Adan.

    With ``beta2=0`` it reduces to Adam with beta3 for its beta2. Multiplying all gradients by a
    constant changes nothing if both epsilons are 0.

    References
    ----------
    X. Xie, P. Zhou, H. Li, Z. Lin and S. Yan, "Adan: adaptive Nesterov momentum algorithm for
    faster optimizing deep models", arXiv 2208.06677, 2022.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    beta1: float = hyperparameter(0.98, "[0, 1)")
    beta2: float = hyperparameter(0.92, "[0, 1)")
    beta3: float = hyperparameter(0.99, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    epsilon_root: float = hyperparameter(0.0, "[0, inf)")
    complementary_weight: bool = False
    proximal_decay: bool = True
    decoupled_weight_decay: bool = True

    slots = {"gradient_sum": 0.0, "difference_sum": 0.0, "square_sum": 0.0, "gradient_before": 0.0}
    work_arrays = 2
    elementwise = True
    flavours = {
        "optax": {"epsilon_root": 1e-8, "complementary_weight": True, "proximal_decay": False}
    }

    @property
    def decay_in_direction(self) -> bool:
        """True if there is a proximal decay."""
        return self.weight_decay > 0.0 and self.decoupled_weight_decay and self.proximal_decay

    def direction(self, g: Array, state: State) -> Array:
        """Return u, the corrections folded into three scalars, and the proximal decay with it."""
        assert state.theta is not None
        m, v, n = state["gradient_sum"], state["difference_sum"], state["square_sum"]
        before, (u, d) = state["gradient_before"], state.work[:2]
        b1, b2, b3, t = self.beta1, self.beta2, self.beta3, state.step
        weight = 1.0 - b2 if self.complementary_weight else b2

        delta = np.subtract(g, g if t == 1 else before, out=d)
        before[...] = g
        m *= b1
        m += g
        v *= b2
        v += delta
        delta *= weight
        delta += g
        n *= b3
        n += np.multiply(delta, delta, out=d)

        # m_hat = first * m, v_hat = second * v and sqrt(n_hat) = root * sqrt(n), of the slots
        first, second = (1.0 - b1) / (1.0 - b1**t), (1.0 - b2) / (1.0 - b2**t)
        root = math.sqrt((1.0 - b3) / (1.0 - b3**t))
        np.multiply(v, weight * second / first, out=u)
        u += m
        np.sqrt(np.add(n, self.epsilon_root / root**2, out=d) if self.epsilon_root else n, out=d)
        d += self.epsilon / root
        u /= d
        state.step_size *= first / root
        if self.decay_in_direction:
            u += np.multiply(state.theta, state.weight_decay * root / first, out=d)
            u /= 1.0 + state.learning_rate * state.weight_decay
        return u
