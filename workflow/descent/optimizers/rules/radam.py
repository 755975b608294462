"""RAdam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class RAdam(Optimizer):
    """RAdam, rectified Adam (Liu et al. 2020).

    ::

        m     <- beta1 * m + (1 - beta1) * g
        v     <- beta2 * v + (1 - beta2) * g**2
        m_hat  = m / (1 - beta1**t)
        rho    = rho_inf - 2 * t * beta2**t / (1 - beta2**t),  rho_inf = 2 / (1 - beta2) - 1

        if rho > threshold:
            r = sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            theta <- theta - learning_rate * r * sqrt(1 - beta2**t) * m_hat / (sqrt(v) + epsilon)
        else:
            theta <- theta - learning_rate * m_hat

    with ``uncorrected_epsilon=False`` the denominator is ``sqrt(v / (1 - beta2**t)) + epsilon``.

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``.
    beta1 : float, default 0.9
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.999
        Decay rate of the second moment, range ``[0, 1)``; below 2/3 the rule is never rectified.
    epsilon : float, default 1e-8
        Range ``[0, inf)``.
    threshold : float, default 5
        Length of the moving average from which its variance is trusted, range ``[4, inf)``.
    uncorrected_epsilon : bool, default True
        Whether epsilon is added to ``sqrt(v)`` instead of ``sqrt(v_hat)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``m / (1 - beta1)`` and ``v / (1 - beta2)``.

    PyTorch: as above. Optax: epsilon on the corrected root, rectified if ``rho >= 5``, no default
    learning rate. Keras has no RAdam. The paper's threshold is 4.

    While ``rho <= threshold`` it reduces to gradient descent on the bias-corrected first moment.

    References
    ----------
    L. Liu, H. Jiang, P. He, W. Chen, X. Liu, J. Gao, J. Han, "On the variance of the adaptive
    learning rate and beyond", ICLR 2020, arXiv 1908.03265.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    threshold: float = hyperparameter(5.0, "[4, inf)")
    uncorrected_epsilon: bool = True

    slots = {"gradient_sum": 0.0, "square_sum": 0.0}
    elementwise = True
    learning_rate_centre = 3e-3
    flavours = {
        "pytorch": {},
        # above the number just below 5: at least 5
        "optax": {"threshold": math.nextafter(5.0, 0.0), "uncorrected_epsilon": False},
    }

    def direction(self, g: Array, state: State) -> Array:
        """Return m / (sqrt(v) + epsilon) once the average is long enough, m before."""
        m, v, d = state["gradient_sum"], state["square_sum"], state.work[0]
        b1, b2, t = self.beta1, self.beta2, state.step

        m *= b1
        m += g
        v *= b2
        v += np.multiply(g, g, out=d)

        # m_hat = first * m and sqrt(v_hat) = root * sqrt(v), m and v being the slots
        state.step_size *= (1.0 - b1) / (1.0 - b1**t)
        rho_inf = 2.0 / (1.0 - b2) - 1.0
        rho = rho_inf - 2.0 * t * b2**t / (1.0 - b2**t)
        if rho <= self.threshold:
            return m
        r = math.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
        root = math.sqrt((1.0 - b2) / (1.0 - b2**t))
        state.step_size *= r / root
        np.sqrt(v, out=d)
        d += self.epsilon / (math.sqrt(1.0 - b2) if self.uncorrected_epsilon else root)
        return np.divide(m, d, out=d)
