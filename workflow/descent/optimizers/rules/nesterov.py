"""Nesterov's accelerated gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Nesterov(Optimizer):
    """Nesterov's accelerated gradient, in the form used in deep learning (Sutskever et al. 2013).

    ::

        velocity <- momentum * velocity + g
        theta    <- theta - learning_rate * (g + momentum * velocity)

    with ``learning_rate_in_buffer``::

        velocity <- momentum * velocity + learning_rate * g
        theta    <- theta - (learning_rate * g + momentum * velocity)

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``.
    momentum : float, default 0.9
        Share of the velocity that is kept, range ``[0, 1)``.
    learning_rate_in_buffer : bool, default False
        Whether the velocity holds steps rather than gradients: past gradients then keep the
        learning rate of their own time, which matters under a schedule only.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    ``theta`` is the look-ahead point, where the gradient is taken: the formula is a change of
    variables of Nesterov's.

    PyTorch: ``SGD(momentum=..., nesterov=True)``, as above. Optax: ``sgd(momentum=...,
    nesterov=True)``, the same. Keras: ``SGD(momentum=..., nesterov=True)``, default learning rate
    0.01, the learning rate in the buffer, decoupled weight decay.

    With ``momentum=0`` it reduces to :class:`~descent.optimizers.rules.sgd.SGD`.

    References
    ----------
    Y. Nesterov, "A method for solving a convex programming problem with convergence rate
    O(1/k^2)", Soviet Mathematics Doklady 27, 1983; I. Sutskever, J. Martens, G. Dahl, G. Hinton,
    "On the importance of initialization and momentum in deep learning", ICML 2013.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    momentum: float = hyperparameter(0.9, "[0, 1)")
    learning_rate_in_buffer: bool = False

    slots = {"velocity": 0.0}
    work_arrays = 2
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
        """Return g + momentum * velocity."""
        velocity, d = state["velocity"], state.work[0]
        if self.learning_rate_in_buffer:
            g = np.multiply(g, state.learning_rate, out=state.work[1])
            state.step_size = 1.0

        velocity *= self.momentum
        velocity += g
        np.multiply(velocity, self.momentum, out=d)
        d += g
        return d
