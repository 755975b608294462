"""Yogi."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Yogi(Optimizer):
    """Yogi, Adam with an additive second moment (Zaheer et al. 2018); Optax's form.

    ::

        m     <- beta1 * m + (1 - beta1) * g                      (m, v start at initial_moment)
        v     <- v - (1 - beta2) * sign(v - g**2) * g**2
        m_hat  = m / (1 - beta1**t)
        v_hat  = v / (1 - beta2**t)
        theta <- theta - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

    Parameters
    ----------
    learning_rate : float, default 0.01
        Range ``[0, inf)``; the paper's.
    beta1 : float, default 0.9
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.999
        1 minus the rate at which the second moment follows, range ``[0, 1)``.
    epsilon : float, default 1e-3
        Range ``[0, inf)``.
    initial_moment : float, default 1e-6
        Initial value of both moments, range ``[0, inf)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The first slot holds the discounted sum ``m / (1 - beta1)``; the second holds ``v`` itself.

    Optax: as above, no default learning rate; it starts the first moment at 1e-6 too, so that even
    without gradients the parameters move a little. The paper has no bias correction. PyTorch and
    Keras have no Yogi.

    With ``initial_moment=0`` the first step is Adam's.

    References
    ----------
    M. Zaheer, S. Reddi, D. Sachan, S. Kale, S. Kumar, "Adaptive methods for nonconvex
    optimization", NeurIPS 2018.
    """

    learning_rate: float = hyperparameter(1e-2, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-3, "[0, inf)")
    initial_moment: float = hyperparameter(1e-6, "[0, inf)")

    work_arrays = 3
    elementwise = True
    learning_rate_centre = 3e-3
    flavours = {"optax": {}}

    def initial_slots(self) -> dict[str, float]:
        """Return the slots, both moments being ``initial_moment``."""
        return {
            "gradient_sum": self.initial_moment / (1.0 - self.beta1),
            "second_moment": self.initial_moment,
        }

    def direction(self, g: Array, state: State) -> Array:
        """Return m / (sqrt(v) + epsilon), the corrections folded into two scalars."""
        m, v = state["gradient_sum"], state["second_moment"]
        d, square, sign = state.work[:3]
        b1, b2, t = self.beta1, self.beta2, state.step

        m *= b1
        m += g
        np.multiply(g, g, out=square)
        np.sign(np.subtract(v, square, out=d), out=sign)  # in place it would be far slower
        square *= 1.0 - b2
        sign *= square
        v -= sign

        # m_hat = first * m, m being the slot, and sqrt(v_hat) = root * sqrt(v)
        first = (1.0 - b1) / (1.0 - b1**t)
        root = math.sqrt(1.0 / (1.0 - b2**t))
        state.step_size *= first / root
        np.sqrt(v, out=d)
        d += self.epsilon / root
        return np.divide(m, d, out=d)
