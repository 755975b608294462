"""RMSprop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer, State
from descent.optimizers.hyperparameters import hyperparameter


@dataclass
class RMSprop(Optimizer):
    """RMSprop (Tieleman and Hinton 2012).

    ::

        v     <- decay_rate * v + (1 - decay_rate) * g**2
        theta <- theta - learning_rate * g / (sqrt(v) + epsilon)

    Parameters
    ----------
    learning_rate : float, default 0.01
        Range ``[0, inf)``.
    decay_rate : float, default 0.99
        Decay rate of the average of squared gradients, range ``[0, 1)``.
    epsilon : float, default 1e-8
        Range ``[0, inf)``; outside the square root.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.
    """

    learning_rate: float = hyperparameter(1e-2, "[0, inf)")
    decay_rate: float = hyperparameter(0.99, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")

    slots = {"square_average": 0.0}

    def direction(self, g: Array, state: State) -> Array:
        """Return g / (sqrt(v) + epsilon)."""
        v, d = state["square_average"], state.work[0]
        rho = self.decay_rate

        v *= rho
        np.multiply(g, g, out=d)
        d *= 1.0 - rho
        v += d

        np.sqrt(v, out=d)
        d += self.epsilon
        return np.divide(g, d, out=d)
