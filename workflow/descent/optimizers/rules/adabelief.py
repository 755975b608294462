"""AdaBelief."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class AdaBelief(Optimizer):
    """AdaBelief, steps by the belief in the gradient (Zhuang et al. 2020); Optax's form.

    ::

        m     <- beta1 * m + (1 - beta1) * g
        s     <- beta2 * s + (1 - beta2) * (g - m)**2 + epsilon_root
        m_hat  = m / (1 - beta1**t)
        s_hat  = s / (1 - beta2**t)
        theta <- theta - learning_rate * m_hat / (sqrt(s_hat) + epsilon)

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``; the paper's.
    beta1 : float, default 0.9
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.999
        Decay rate of the squared deviation, range ``[0, 1)``.
    epsilon : float, default 1e-16
        Range ``[0, inf)``.
    epsilon_root : float, default 1e-16
        Added to ``s`` in every step, range ``[0, inf)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``m / (1 - beta1)`` and ``s / (1 - beta2)``.

    Optax: as above, no default learning rate. The paper has one epsilon, 1e-8, in both places;
    its authors' code 1e-16. PyTorch and Keras have no AdaBelief.

    With ``beta1=0`` the deviation is zero, and it reduces to gradient descent with a large step:
    the rule needs its momentum.

    References
    ----------
    J. Zhuang et al., "AdaBelief optimizer: adapting stepsizes by the belief in observed
    gradients", NeurIPS 2020, arXiv 2010.07468.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-16, "[0, inf)")
    epsilon_root: float = hyperparameter(1e-16, "[0, inf)")

    slots = {"gradient_sum": 0.0, "deviation_sum": 0.0}
    elementwise = True
    flavours = {"optax": {}}

    def direction(self, g: Array, state: State) -> Array:
        """Return m / (sqrt(s) + epsilon), the corrections folded into two scalars."""
        m, s, d = state["gradient_sum"], state["deviation_sum"], state.work[0]
        b1, b2, t = self.beta1, self.beta2, state.step

        m *= b1
        m += g
        np.multiply(m, 1.0 - b1, out=d)
        np.subtract(g, d, out=d)
        d *= d
        s *= b2
        s += d
        s += self.epsilon_root / (1.0 - b2)

        # m_hat = first * m and sqrt(s_hat) = root * sqrt(s), m and s being the slots
        first = (1.0 - b1) / (1.0 - b1**t)
        root = math.sqrt((1.0 - b2) / (1.0 - b2**t))
        state.step_size *= first / root
        np.sqrt(s, out=d)
        d += self.epsilon / root
        return np.divide(m, d, out=d)
