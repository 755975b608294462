"""AdaMax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class AdaMax(Optimizer):
    """AdaMax, Adam with the infinity norm (Kingma and Ba 2015, section 7.1).

    ::

        m     <- beta1 * m + (1 - beta1) * g
        u     <- max(beta2 * u, abs(g) + epsilon)
        theta <- theta - learning_rate / (1 - beta1**t) * m / u

    with ``epsilon_in_norm=False``::

        u     <- max(beta2 * u, abs(g))
        theta <- theta - learning_rate / (1 - beta1**t) * m / (u + epsilon)

    Parameters
    ----------
    learning_rate : float, default 2e-3
        Range ``[0, inf)``.
    beta1 : float, default 0.9
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.999
        Decay rate of the norm, range ``[0, 1)``.
    epsilon : float, default 1e-8
        Range ``[0, inf)``; the paper has none, and 0/0 where all gradients were zero.
    epsilon_in_norm : bool, default True
        Whether epsilon is added to the gradient's absolute value, or to the norm.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The first slot holds the discounted sum ``m / (1 - beta1)``.

    PyTorch and Optax: as above; Optax has no default learning rate. Keras: learning rate 1e-3,
    epsilon 1e-7 added to the norm, decoupled weight decay.

    Multiplying all gradients by a constant changes nothing if ``epsilon`` is 0.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    arXiv 1412.6980.
    """

    learning_rate: float = hyperparameter(2e-3, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    epsilon_in_norm: bool = True

    slots = {"gradient_sum": 0.0, "norm": 0.0}
    elementwise = True
    learning_rate_centre = 2e-3
    flavours = {
        "pytorch": {},
        "optax": {},
        "keras": {
            "learning_rate": 1e-3,
            "epsilon": 1e-7,
            "epsilon_in_norm": False,
            "decoupled_weight_decay": True,
        },
    }

    def direction(self, g: Array, state: State) -> Array:
        """Return m / u."""
        m, u, d = state["gradient_sum"], state["norm"], state.work[0]
        b1, t = self.beta1, state.step
        state.step_size *= (1.0 - b1) / (1.0 - b1**t)

        m *= b1
        m += g
        u *= self.beta2
        np.abs(g, out=d)
        if self.epsilon_in_norm:
            d += self.epsilon
            np.maximum(u, d, out=u)
            return np.divide(m, u, out=d)
        np.maximum(u, d, out=u)
        return np.divide(m, np.add(u, self.epsilon, out=d), out=d)
