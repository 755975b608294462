"""Gradient descent with momentum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Momentum(Optimizer):
    """Gradient descent with momentum, the heavy ball (Polyak 1964).

    ::

        velocity <- momentum * velocity + (1 - dampening) * g      (first step: velocity <- g)
        theta    <- theta - learning_rate * velocity

    with ``learning_rate_in_buffer``::

        velocity <- momentum * velocity + learning_rate * (1 - dampening) * g
        theta    <- theta - velocity

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``.
    momentum : float, default 0.9
        Share of the velocity that is kept, range ``[0, 1)``.
    dampening : float, default 0
        Share of the gradient that is left out from the second step on, range ``[0, 1]``.
    learning_rate_in_buffer : bool, default False
        Whether the velocity holds steps rather than gradients: past gradients then keep the
        learning rate of their own time, which matters under a schedule only.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    PyTorch: ``SGD(momentum=...)``, as above. Optax: ``sgd(momentum=...)``, the same without
    dampening. Keras: ``SGD(momentum=...)``, default learning rate 0.01, the learning rate in the
    buffer, decoupled weight decay. All three leave momentum off by default.

    With ``momentum=0`` it reduces to :class:`~descent.optimizers.rules.sgd.SGD`.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
    Computational Mathematics and Mathematical Physics 4(5), 1964.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    momentum: float = hyperparameter(0.9, "[0, 1)")
    dampening: float = hyperparameter(0.0, "[0, 1]")
    learning_rate_in_buffer: bool = False

    slots = {"velocity": 0.0}
    elementwise = True
    learning_rate_centre = 1e-2
    flavours = {
        "pytorch": {},
        "optax": {},
        "keras": {
            "learning_rate": 0.01,
            "learning_rate_in_buffer": True,
            "decoupled_weight_decay": True,
        },
    }

    def direction(self, g: Array, state: State) -> Array:
        """Return the velocity."""
        velocity, d = state["velocity"], state.work[0]
        gain = 1.0 if state.step == 1 else 1.0 - self.dampening
        if self.learning_rate_in_buffer:
            gain *= state.learning_rate
            state.step_size = 1.0

        velocity *= self.momentum
        velocity += g if gain == 1.0 else np.multiply(g, gain, out=d)
        return velocity
