"""AdaDelta."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class AdaDelta(Optimizer):
    """AdaDelta (Zeiler 2012).

    ::

        v     <- decay_rate * v + (1 - decay_rate) * g**2
        delta  = sqrt(u + epsilon) / sqrt(v + epsilon) * g
        u     <- decay_rate * u + (1 - decay_rate) * delta**2
        theta <- theta - learning_rate * delta

    Parameters
    ----------
    learning_rate : float, default 1.0
        Range ``[0, inf)``; the paper has none, which is 1.
    decay_rate : float, default 0.9
        Decay rate of both averages, range ``[0, 1)``; the paper's rho.
    epsilon : float, default 1e-6
        Range ``[0, inf)``; at 0 the rule never leaves its start.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``v / (1 - decay_rate)`` and ``u / (1 - decay_rate)``, which
    takes a pass over memory less for each and one square root instead of two.

    PyTorch: as above. Optax: the same formula and defaults, but without a learning rate it does not
    negate the step and so ascends; the flavour descends with 1.0. Keras: learning rate 1e-3,
    decay rate 0.95, epsilon 1e-7, decoupled weight decay.

    References
    ----------
    M. D. Zeiler, "ADADELTA: an adaptive learning rate method", arXiv 1212.5701, 2012.
    """

    learning_rate: float = hyperparameter(1.0, "[0, inf)")
    decay_rate: float = hyperparameter(0.9, "[0, 1)")
    epsilon: float = hyperparameter(1e-6, "[0, inf)")

    slots = {"square_sum": 0.0, "square_step_sum": 0.0}
    work_arrays = 2
    elementwise = True
    learning_rate_centre = 1.0
    flavours = {
        "pytorch": {},
        "optax": {},
        "keras": {
            "learning_rate": 1e-3,
            "decay_rate": 0.95,
            "epsilon": 1e-7,
            "decoupled_weight_decay": True,
        },
    }

    def direction(self, g: Array, state: State) -> Array:
        """Return sqrt((u + epsilon) / (v + epsilon)) * g."""
        v, u = state["square_sum"], state["square_step_sum"]
        d, square = state.work[:2]
        rho, epsilon = self.decay_rate, self.epsilon / (1.0 - self.decay_rate)

        v *= rho
        v += np.multiply(g, g, out=square)
        np.add(u, epsilon, out=d)
        d /= np.add(v, epsilon, out=square)
        np.sqrt(d, out=d)
        d *= g
        u *= rho
        u += np.multiply(d, d, out=square)
        return d
