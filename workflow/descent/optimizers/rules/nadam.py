"""Nadam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Nadam(Optimizer):
    """Nadam, Adam with Nesterov's momentum (Dozat 2016).

    ::

        mu_t   = beta1 * (1 - 0.5 * 0.96**(t * momentum_decay))
        m     <- beta1 * m + (1 - beta1) * g
        v     <- beta2 * v + (1 - beta2) * g**2
        m_hat  = mu_[t+1] * m / (1 - mu_1 * ... * mu_[t+1])
                 + (1 - mu_t) * g / (1 - mu_1 * ... * mu_t)
        v_hat  = v / (1 - beta2**t)
        theta <- theta - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

    Parameters
    ----------
    learning_rate : float, default 2e-3
        Range ``[0, inf)``.
    beta1 : float, default 0.9
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.999
        Decay rate of the second moment, range ``[0, 1)``.
    epsilon : float, default 1e-8
        Range ``[0, inf)``.
    momentum_decay : float, default 0.004
        How fast the momentum mu warms up from ``beta1 / 2`` to ``beta1``, range ``[0, inf]``; with
        infinity it is ``beta1`` from the start.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``m / (1 - beta1)`` and ``v / (1 - beta2)``.

    PyTorch: ``NAdam``, as above; it keeps the product of the mu in float32 unless the default dtype
    is float64. Optax: ``nadam``, constant momentum, no default learning rate. Keras: learning rate
    1e-3, epsilon 1e-7, momentum decay 1, decoupled weight decay.

    Multiplying all gradients by a constant changes nothing if ``epsilon`` is 0.

    References
    ----------
    T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop, 2016.
    """

    learning_rate: float = hyperparameter(2e-3, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    momentum_decay: float = hyperparameter(0.004, "[0, inf]")

    slots = {"gradient_sum": 0.0, "square_sum": 0.0}
    scalars = {"mu_product": 1.0}
    work_arrays = 2
    elementwise = True
    flavours = {
        "pytorch": {},
        "optax": {"momentum_decay": math.inf},
        "keras": {
            "learning_rate": 1e-3,
            "epsilon": 1e-7,
            "momentum_decay": 1.0,
            "decoupled_weight_decay": True,
        },
    }

    def momentum(self, t: int) -> float:
        """Return mu_t."""
        return self.beta1 * (1.0 - 0.5 * math.pow(0.96, t * self.momentum_decay))

    def advance(self, state: State) -> None:
        """Multiply mu_t into the product of all."""
        state.scalars["mu_product"] *= self.momentum(state.step)

    def direction(self, g: Array, state: State) -> Array:
        """Return m_hat / (sqrt(v_hat) + epsilon), the corrections folded into scalars."""
        m, v = state["gradient_sum"], state["square_sum"]
        d, numerator = state.work[:2]
        b1, b2, t = self.beta1, self.beta2, state.step
        mu, mu_next = self.momentum(t), self.momentum(t + 1)
        product = state.scalars["mu_product"]

        m *= b1
        m += g
        v *= b2
        v += np.multiply(g, g, out=d)

        # m_hat = from_g * (g + ratio * m) and sqrt(v_hat) = root * sqrt(v), with the slots m and v
        from_g = (1.0 - mu) / (1.0 - product)
        ratio = (1.0 - b1) * mu_next / (1.0 - product * mu_next) / from_g
        root = math.sqrt((1.0 - b2) / (1.0 - b2**t))
        state.step_size *= from_g / root
        np.multiply(m, ratio, out=numerator)
        numerator += g
        np.sqrt(v, out=d)
        d += self.epsilon / root
        return np.divide(numerator, d, out=d)
