"""Adam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Adam(Optimizer):
    """Adam, adaptive moment estimation (Kingma and Ba 2015).

    ::

        m     <- beta1 * m + (1 - beta1) * g
        v     <- beta2 * v + (1 - beta2) * g**2
        m_hat  = m / (1 - beta1**t)
        v_hat  = v / (1 - beta2**t)
        theta <- theta - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

    with ``uncorrected_epsilon``, the paper's epsilon-hat, added to a root that is not yet
    corrected for its bias::

        theta <- theta - learning_rate * sqrt(1 - beta2**t) * m_hat / (sqrt(v) + epsilon)

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
    uncorrected_epsilon : bool, default False
        Whether epsilon is added to ``sqrt(v)`` instead of ``sqrt(v_hat)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``m / (1 - beta1)`` and ``v / (1 - beta2)``, which takes a pass
    over memory less for each; the factors go into the step size.

    PyTorch: as above, weight decay is L2. Optax: as above. Keras: epsilon 1e-7, uncorrected;
    decoupled weight decay.

    With ``beta1=0`` it reduces to RMSprop with a bias-corrected average of squares. Its first step
    is ``learning_rate * sign(g)`` up to epsilon. Multiplying all gradients by a constant changes
    nothing if ``epsilon`` is 0.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    arXiv 1412.6980.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    uncorrected_epsilon: bool = False

    slots = {"gradient_sum": 0.0, "square_sum": 0.0}
    elementwise = True
    flavours = {
        "pytorch": {},
        "optax": {},
        "keras": {"epsilon": 1e-7, "uncorrected_epsilon": True, "decoupled_weight_decay": True},
    }

    def direction(self, g: Array, state: State) -> Array:
        """Return m / (sqrt(v) + epsilon), the corrections folded into two scalars."""
        m, v, d = state["gradient_sum"], state["square_sum"], state.work[0]
        b1, b2, t = self.beta1, self.beta2, state.step

        m *= b1
        m += g
        v *= b2
        v += np.multiply(g, g, out=d)

        # m_hat = first * m and sqrt(v_hat) = root * sqrt(v), m and v being the slots
        first = (1.0 - b1) / (1.0 - b1**t)
        root = math.sqrt((1.0 - b2) / (1.0 - b2**t))
        state.step_size *= first / root
        np.sqrt(v, out=d)
        d += self.epsilon / (math.sqrt(1.0 - b2) if self.uncorrected_epsilon else root)
        return np.divide(m, d, out=d)
