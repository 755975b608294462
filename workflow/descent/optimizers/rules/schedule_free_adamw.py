"""Schedule-Free AdamW."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.schedule_free import ScheduleFree
from descent.optimizers.state import State


@dataclass
class ScheduleFreeAdamW(ScheduleFree):
    """Schedule-Free AdamW (Defazio et al. 2024): an average instead of a schedule.

    ::

        y  = beta1 * x + (1 - beta1) * z           the gradient g is taken at y
        v <- beta2 * v + (1 - beta2) * g**2
        z <- z - lr * (g / (sqrt(v / (1 - beta2**t)) + epsilon) + weight_decay * y)
        w  = t**step_power * max(lr so far)**rate_power
        c  = w / (sum of w so far)
        x <- (1 - c) * x + c * z                   the problem is evaluated at x

    with ``lr = learning_rate * min(1, t / warmup_steps)``. The parameters that are handed in are
    y; z and v are kept beside them, as much as Adam keeps.

    Parameters
    ----------
    learning_rate : float, default 0.0025
        Range ``[0, inf)``.
    warmup_steps : int, default 0
        Steps of the linear warm-up, range ``[0, inf)``.
    beta1 : float, default 0.9
        Share of the average in y, in place of a momentum, range ``(0, 1)``.
    step_power : float, default 0.0
        The reference implementation's r, range ``[0, inf)``; a higher power forgets earlier.
    rate_power : float, default 2.0
        Weighting by the learning rate, range ``[0, inf)``: less weight during the warm-up.
    beta2 : float, default 0.999
        Decay rate of the second moment, range ``[0, 1)``.
    epsilon : float, default 1e-8
        Range ``[0, inf)``.
    decoupled_weight_decay : bool, default True
        False adds the decay to the gradient instead.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`; a
        schedule is a factor of lr.

    Notes
    -----
    The slot holds the discounted sum ``v / (1 - beta2)``.

    The authors' package ``schedulefree``: as above. Optax: as above without ``step_power``, but the
    warm-up of z lags a step behind the warm-up of the weights. PyTorch and Keras have no
    Schedule-Free rules.

    The first step of theta is that of Adam.

    References
    ----------
    A. Defazio et al., "The road less scheduled", NeurIPS 2024, arXiv 2405.15682.
    """

    title = "Schedule-Free AdamW"

    learning_rate: float = hyperparameter(2.5e-3, "[0, inf)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    decoupled_weight_decay: bool = True

    slots = {"z": 0.0, "square_sum": 0.0}
    learning_rate_centre = 2.5e-3
    flavours = {"schedulefree": {}, "optax": {}}

    def direction(self, g: Array, state: State) -> Array:
        """Return g / (sqrt(v_hat) + epsilon)."""
        v, d = state["square_sum"], state.work[0]
        b2 = self.beta2
        v *= b2
        v += np.multiply(g, g, out=d)
        np.multiply(v, (1.0 - b2) / (1.0 - b2**state.step), out=d)
        np.sqrt(d, out=d)
        d += self.epsilon
        return np.divide(g, d, out=d)
