"""AMSGrad."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class AMSGrad(Optimizer):
    """AMSGrad, Adam whose second moment never shrinks (Reddi, Kale and Kumar 2018).

    ::

        m     <- beta1 * m + (1 - beta1) * g
        v     <- beta2 * v + (1 - beta2) * g**2
        v_max <- max(v_max, v)
        m_hat  = m / (1 - beta1**t)
        v_hat  = v_max / (1 - beta2**t)
        theta <- theta - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

    with ``corrected_maximum`` the bias is corrected before the maximum is taken::

        v_max <- max(v_max, v / (1 - beta2**t)),  v_hat = v_max

    and with ``uncorrected_epsilon`` epsilon is added to ``sqrt(v_max)``, and the quotient corrected
    afterwards, as in :class:`~descent.optimizers.rules.adam.Adam`.

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
    corrected_maximum : bool, default False
        Whether the maximum is over bias-corrected moments.
    uncorrected_epsilon : bool, default False
        Whether epsilon is added before the root is corrected; not with ``corrected_maximum``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``m / (1 - beta1)`` and ``v / (1 - beta2)``.

    PyTorch: ``Adam(amsgrad=True)``, as above. Optax: ``amsgrad``, the maximum over corrected
    moments, which differs by orders of magnitude in the first steps. Keras:
    ``Adam(amsgrad=True)``, epsilon 1e-7, uncorrected; decoupled weight decay.

    References
    ----------
    S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
    arXiv 1904.09237.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    corrected_maximum: bool = False
    uncorrected_epsilon: bool = False

    slots = {"gradient_sum": 0.0, "square_sum": 0.0, "largest": 0.0}
    elementwise = True
    flavours = {
        "pytorch": {},
        "optax": {"corrected_maximum": True},
        "keras": {"epsilon": 1e-7, "uncorrected_epsilon": True, "decoupled_weight_decay": True},
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.corrected_maximum and self.uncorrected_epsilon:
            raise ValueError("uncorrected_epsilon has no meaning with corrected_maximum")

    def direction(self, g: Array, state: State) -> Array:
        """Return m / (sqrt(v_max) + epsilon), the corrections folded into scalars."""
        m, v, largest = state["gradient_sum"], state["square_sum"], state["largest"]
        d = state.work[0]
        b1, b2, t = self.beta1, self.beta2, state.step

        m *= b1
        m += g
        v *= b2
        v += np.multiply(g, g, out=d)

        # v_hat = correction * v; if the maximum is of corrected moments, the root needs no more
        correction = (1.0 - b2) / (1.0 - b2**t)
        if self.corrected_maximum:
            np.maximum(largest, np.multiply(v, correction, out=d), out=largest)
            root = 1.0
        else:
            np.maximum(largest, v, out=largest)
            root = math.sqrt(correction)
        state.step_size *= (1.0 - b1) / (1.0 - b1**t) / root
        np.sqrt(largest, out=d)
        d += self.epsilon / (math.sqrt(1.0 - b2) if self.uncorrected_epsilon else root)
        return np.divide(m, d, out=d)
