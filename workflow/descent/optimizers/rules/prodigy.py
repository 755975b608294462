"""Prodigy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Prodigy(Optimizer):
    """Prodigy, Adam that estimates its step size (Mishchenko and Defazio 2024); the authors' form.

    ::

        rate   = learning_rate * d
        r     <- beta3 * r + (d / d0) * rate * sum(g * (theta_0 - theta))
        s     <- beta3 * s + (d / d0) * rate * g
        m     <- beta1 * m + (1 - beta1) * d * g
        v     <- beta2 * v + (1 - beta2) * (d * g)**2
        d     <- max(d, growth * r / sum(abs(s)))
        theta <- (1 - rate * weight_decay) * theta
        theta <- theta - rate * m / (sqrt(v) + d * epsilon)

    with theta_0 the initial parameters and d the estimate of the distance to the solution, one for
    all parameters. With ``bias_correction`` the rate has the factor
    ``sqrt(1 - beta2**t) / (1 - beta1**t)``; with ``safeguard_warmup`` s has d in the place of rate.

    Parameters
    ----------
    learning_rate : float, default 1
        A factor on the estimate, to be left alone, range ``[0, inf)``; schedules go on from it.
    beta1 : float, default 0.9
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.999
        Decay rate of the second moment, range ``[0, 1)``.
    beta3 : float or None, default None
        Decay rate of the estimate's sums, range ``[0, 1)``; None is ``sqrt(beta2)``.
    epsilon : float, default 1e-8
        Range ``[0, inf)``.
    d0 : float, default 1e-6
        The first estimate, below the distance, range ``(0, inf)``.
    growth : float, default 1
        Factor on later estimates, range ``(0, inf)``.
    bias_correction : bool, default False
        Whether the rate is corrected as in Adam.
    safeguard_warmup : bool, default False
        Whether a warm-up of the learning rate leaves the estimate alone.
    decoupled_weight_decay : bool, default True
        False adds the decay to the gradient.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots of m and v hold discounted sums, ``m / (1 - beta1)`` and ``v / (1 - beta2)``.

    Optax: with bias correction. PyTorch and Keras have no Prodigy; the authors' package has a limit
    on the growth of d, by default none, which is not here.

    With bias correction and without epsilon, the first step is Adam's at ``learning_rate * d0``.
    Multiplying all gradients by a constant changes nothing if ``epsilon`` is 0.

    References
    ----------
    K. Mishchenko and A. Defazio, "Prodigy: an expeditiously adaptive parameter-free learner",
    ICML 2024, arXiv 2306.06101.
    """

    learning_rate: float = hyperparameter(1.0, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    beta3: float | None = hyperparameter(None, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    d0: float = hyperparameter(1e-6, "(0, inf)")
    growth: float = hyperparameter(1.0, "(0, inf)")
    bias_correction: bool = False
    safeguard_warmup: bool = False
    decoupled_weight_decay: bool = True

    own_schedule = {"use": "cosine"}  # its authors decay it along half a cosine, without a warm-up
    slots = {"gradient_sum": 0.0, "square_sum": 0.0, "distance_sum": 0.0, "start": 0.0}
    scalars = {"relative_distance": 1.0, "numerator": 0.0}  # d / d0, and r
    learning_rate_centre = 1.0
    flavours = {"optax": {"bias_correction": True}}

    def advance(self, state: State) -> None:
        """Make rate the learning rate of the step, which weight decay uses too."""
        state.learning_rate *= self.d0 * state.scalars["relative_distance"]
        if self.bias_correction:
            root = math.sqrt(1.0 - self.beta2**state.step)
            state.learning_rate *= root / (1.0 - self.beta1**state.step)

    def direction(self, g: Array, state: State) -> Array:
        """Return m / (sqrt(v) + d * epsilon)."""
        assert state.theta is not None
        m, v, s, start = (state[name] for name in self.slots)
        work, rate = state.work[0], state.learning_rate
        b1, b2 = self.beta1, self.beta2
        b3 = math.sqrt(b2) if self.beta3 is None else self.beta3
        relative = state.scalars["relative_distance"]
        d = self.d0 * relative
        if state.step == 1:
            start[...] = state.theta

        progress = float(np.dot(g, np.subtract(start, state.theta, out=work)))
        r = b3 * state.scalars["numerator"] + relative * rate * progress
        s *= b3
        s += np.multiply(g, relative * (d if self.safeguard_warmup else rate), out=work)
        m *= b1
        m += np.multiply(g, d, out=work)
        v *= b2
        v += np.multiply(work, work, out=work)

        length = float(np.abs(s, out=work).sum())
        if length > 0.0:
            d = max(d, self.growth * r / length)
        state.scalars.update(relative_distance=d / self.d0, numerator=r)
        # the slots hold m / (1 - beta1) and v / (1 - beta2)
        root = math.sqrt(1.0 - b2)
        state.step_size *= (1.0 - b1) / root
        np.sqrt(v, out=work)
        work += d * self.epsilon / root
        return np.divide(m, work, out=work)
