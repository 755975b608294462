"""Lion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Lion(Optimizer):
    """Lion, evolved sign momentum (Chen et al. 2023); Optax's form and weight decay.

    ::

        theta <- (1 - learning_rate * weight_decay) * theta
        theta <- theta - learning_rate * sign(beta1 * m + (1 - beta1) * g)
        m     <- beta2 * m + (1 - beta2) * g

    Parameters
    ----------
    learning_rate : float, default 1e-4
        Range ``[0, inf)``; the paper's.
    beta1 : float, default 0.9
        Weight of the momentum in the step, range ``[0, 1)``.
    beta2 : float, default 0.99
        Decay rate of the momentum, range ``[0, 1)``.
    weight_decay : float, default 1e-3
        Range ``[0, inf)``.
    decoupled_weight_decay : bool, default True
        False adds the decay to the gradient instead.
    **common
        Schedule and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slot holds the discounted sum ``m / (1 - beta2)``.

    Optax: as above, no default learning rate. Keras: learning rate 1e-3, no weight decay. PyTorch
    has no Lion.

    With ``beta1=0`` it reduces to sign descent, whatever ``beta2``. Every step moves every
    component by the learning rate, so multiplying all gradients by a constant changes nothing.

    References
    ----------
    X. Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023,
    arXiv 2302.06675.
    """

    learning_rate: float = hyperparameter(1e-4, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.99, "[0, 1)")
    weight_decay: float = hyperparameter(1e-3, "[0, inf)")
    decoupled_weight_decay: bool = True

    slots = {"gradient_sum": 0.0}
    work_arrays = 2
    elementwise = True
    learning_rate_centre = 3e-4
    flavours = {"optax": {}, "keras": {"learning_rate": 1e-3, "weight_decay": 0.0}}

    def direction(self, g: Array, state: State) -> Array:
        """Return sign(beta1 * m + (1 - beta1) * g)."""
        m = state["gradient_sum"]
        d, share = state.work[:2]

        np.multiply(g, 1.0 - self.beta1, out=d)
        d += np.multiply(m, self.beta1 * (1.0 - self.beta2), out=share)
        m *= self.beta2
        m += g
        return np.sign(d, out=share)  # in place it would be twenty times slower
