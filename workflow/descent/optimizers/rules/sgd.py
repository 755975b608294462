"""Stochastic gradient descent."""

from __future__ import annotations

from dataclasses import dataclass

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class SGD(Optimizer):
    """Stochastic gradient descent (Robbins and Monro 1951).

    ::

        theta <- theta - learning_rate * g

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The step is the same in all libraries. PyTorch: default 1e-3, weight decay is L2. Optax: no
    default. Keras: default 0.01, weight decay is decoupled; for SGD the two decays are the same
    step.

    References
    ----------
    H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical
    Statistics 22, 1951.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")

    elementwise = True
    learning_rate_centre = 0.1
    flavours = {
        "pytorch": {},
        "optax": {},
        "keras": {"learning_rate": 0.01, "decoupled_weight_decay": True},
    }

    def direction(self, g: Array, state: State) -> Array:
        """Return the gradient."""
        del state
        return g
