"""AdaGrad."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class AdaGrad(Optimizer):
    """AdaGrad, adaptive subgradients (Duchi, Hazan and Singer 2011).

    ::

        G     <- G + g**2                                         (G starts at initial_accumulator)
        theta <- theta - lr_t * g / (sqrt(G) + epsilon)

        lr_t = learning_rate / (1 + (t - 1) * learning_rate_decay)

    with ``epsilon_inside_root`` the denominator is ``sqrt(G + epsilon)``.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Range ``[0, inf)``.
    learning_rate_decay : float, default 0
        Range ``[0, inf)``.
    initial_accumulator : float, default 0
        Range ``[0, inf)``.
    epsilon : float, default 1e-10
        Range ``[0, inf)``; at 0 with ``initial_accumulator=0``, a component whose gradients were
        all zero is 0/0.
    epsilon_inside_root : bool, default False
        Whether epsilon is added before the square root.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    PyTorch: as above. Optax: ``G`` starts at 0.1, epsilon 1e-7 inside the root, no default learning
    rate. Keras: as Optax with learning rate 1e-3 and decoupled weight decay.

    Multiplying all gradients by a constant changes nothing if ``epsilon`` and
    ``initial_accumulator`` are 0.

    References
    ----------
    J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", JMLR 12:2121-2159, 2011.
    """

    learning_rate: float = hyperparameter(1e-2, "[0, inf)")
    learning_rate_decay: float = hyperparameter(0.0, "[0, inf)")
    initial_accumulator: float = hyperparameter(0.0, "[0, inf)")
    epsilon: float = hyperparameter(1e-10, "[0, inf)")
    epsilon_inside_root: bool = False

    slots = {"square_sum": "initial_accumulator"}
    elementwise = True
    learning_rate_centre = 3e-2
    flavours = {
        "pytorch": {},
        "optax": {"initial_accumulator": 0.1, "epsilon": 1e-7, "epsilon_inside_root": True},
        "keras": {
            "learning_rate": 1e-3,
            "initial_accumulator": 0.1,
            "epsilon": 1e-7,
            "epsilon_inside_root": True,
            "decoupled_weight_decay": True,
        },
    }

    def direction(self, g: Array, state: State) -> Array:
        """Return g / (sqrt(G) + epsilon)."""
        G, d = state["square_sum"], state.work[0]
        state.step_size /= 1.0 + (state.step - 1) * self.learning_rate_decay

        G += np.multiply(g, g, out=d)
        if self.epsilon_inside_root:
            np.sqrt(np.add(G, self.epsilon, out=d), out=d)
        else:
            np.add(np.sqrt(G, out=d), self.epsilon, out=d)
        return np.divide(g, d, out=d)
