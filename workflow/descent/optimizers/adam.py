"""Adam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer, State
from descent.optimizers.hyperparameters import hyperparameter


@dataclass
class Adam(Optimizer):
    """Adam, adaptive moment estimation (Kingma and Ba 2015).

    ::

        m     <- beta1 * m + (1 - beta1) * g
        v     <- beta2 * v + (1 - beta2) * g**2
        m_hat  = m / (1 - beta1**t)
        v_hat  = v / (1 - beta2**t)
        theta <- theta - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``.
    beta1 : float, default 0.9
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.999
        Decay rate of the second moment, range ``[0, 1)``.
    epsilon : float, default 1e-8
        Range ``[0, inf)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")

    slots = {"first_moment": 0.0, "second_moment": 0.0}

    def direction(self, g: Array, state: State) -> Array:
        """Return m / (sqrt(v) + epsilon'), the bias corrections folded into two scalars."""
        m, v, d = state["first_moment"], state["second_moment"], state.work[0]
        b1, b2, t = self.beta1, self.beta2, state.step

        m *= b1
        m += np.multiply(g, 1.0 - b1, out=d)
        v *= b2
        np.multiply(g, g, out=d)
        d *= 1.0 - b2
        v += d

        # sqrt(v_hat) + epsilon = (sqrt(v) + epsilon * c) / c, with c = sqrt(1 - b2**t)
        c = math.sqrt(1.0 - b2**t)
        state.step_size *= c / (1.0 - b1**t)
        np.sqrt(v, out=d)
        d += self.epsilon * c
        return np.divide(m, d, out=d)
