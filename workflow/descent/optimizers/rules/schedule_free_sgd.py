"""Schedule-Free SGD."""

from __future__ import annotations

from dataclasses import dataclass

from descent.arrays import Array
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.schedule_free import ScheduleFree
from descent.optimizers.state import State


@dataclass
class ScheduleFreeSGD(ScheduleFree):
    """Schedule-Free SGD (Defazio et al. 2024): an average instead of a schedule.

    ::

        y  = beta1 * x + (1 - beta1) * z           the gradient g is taken at y
        z <- z - lr * (g + weight_decay * y)
        w  = t**step_power * max(lr so far)**rate_power
        c  = w / (sum of w so far)
        x <- (1 - c) * x + c * z                   the problem is evaluated at x

    with ``lr = learning_rate * min(1, t / warmup_steps)``. The parameters passed in are y;
    only z is stored beside them.

    Parameters
    ----------
    learning_rate : float, default 1.0
        Range ``[0, inf)``.
    warmup_steps : int, default 0
        Steps of the linear warm-up, range ``[0, inf)``.
    beta1 : float, default 0.9
        Share of the average in y, in place of a momentum, range ``(0, 1)``.
    step_power : float, default 0.0
        The reference implementation's r, range ``[0, inf)``; a higher power forgets earlier.
    rate_power : float, default 2.0
        Weighting by the learning rate, range ``[0, inf)``: less weight during the warm-up.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`; a
        schedule is a factor of lr. Decay is the same coupled and decoupled.

    Notes
    -----
    The authors' package ``schedulefree``: as above. Optax: as above without ``step_power``, but the
    warm-up of z lags a step behind the warm-up of the weights. PyTorch and Keras have no
    Schedule-Free rules.

    The first step of theta is that of SGD.

    References
    ----------
    A. Defazio et al., "The road less scheduled", NeurIPS 2024, arXiv 2405.15682.
    """

    title = "Schedule-Free SGD"

    learning_rate: float = hyperparameter(1.0, "[0, inf)")

    learning_rate_centre = 0.3
    flavours = {"schedulefree": {}, "optax": {}}

    def direction(self, g: Array, state: State) -> Array:
        """Return the gradient."""
        del state
        return g
