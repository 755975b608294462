"""AdEMAMix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class AdEMAMix(Optimizer):
    """AdEMAMix, Adam with a second, slow momentum (Pagliardini, Ablin and Grangier 2025).

    ::

        m1    <- beta1 * m1 + (1 - beta1) * g
        m2    <- beta3_t * m2 + (1 - beta3_t) * g
        v     <- beta2 * v + (1 - beta2) * g**2
        theta <- (1 - learning_rate * weight_decay) * theta
        theta <- theta - learning_rate * (m1_hat + alpha_t * m2) / (sqrt(v_hat) + epsilon)

    with ``m1_hat = m1 / (1 - beta1**t)`` and ``v_hat = v / (1 - beta2**t)``. Over T steps of
    warm-up, s being t / T until it is 1, alpha grows evenly from 0, and the slow average's memory
    ``tau(beta) = -1 / log(beta)`` from that of the fast one::

        alpha_t      = s * alpha
        tau(beta3_t) = (1 - s) * tau(beta1) + s * tau(beta3)

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``.
    beta1 : float, default 0.9
        Decay rate of the fast momentum, range ``[0, 1)``.
    beta2 : float, default 0.999
        Decay rate of the squares' average, range ``[0, 1)``.
    beta3 : float, default 0.9999
        Decay rate of the slow momentum, range ``[0, 1)``.
    alpha : float, default 5
        Weight of the slow momentum, range ``[0, inf)``.
    epsilon : float, default 1e-8
        Range ``[0, inf)``.
    warmup_steps : int or None, default None
        T, range ``[0, inf)``; None is the length of the run, or 0 if that is not known.
    decoupled_weight_decay : bool, default True
        False adds the decay to the gradient.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots of m1 and v hold discounted sums, ``m1 / (1 - beta1)`` and ``v / (1 - beta2)``.

    Optax: no warm-up unless alpha and beta3 are functions of the step; no default learning rate.
    PyTorch and Keras have no AdEMAMix. The slow momentum is not corrected for its bias: it needs
    about ``1 / (1 - beta3)`` steps to matter, so short runs want a smaller beta3.

    With ``alpha=0`` it reduces to Adam, decoupled decay included.

    References
    ----------
    M. Pagliardini, P. Ablin and D. Grangier, "The AdEMAMix optimizer: better, faster, older",
    ICLR 2025, arXiv 2409.03137.
    """

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    beta3: float = hyperparameter(0.9999, "[0, 1)")
    alpha: float = hyperparameter(5.0, "[0, inf)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    warmup_steps: int | None = hyperparameter(None, "[0, inf)")
    decoupled_weight_decay: bool = True

    slots = {"fast_sum": 0.0, "slow_mean": 0.0, "square_sum": 0.0}
    work_arrays = 2
    elementwise = True
    flavours = {"optax": {"warmup_steps": 0}}

    def warmup(self, state: State) -> tuple[float, float]:
        """Return alpha and beta3 of the current step."""
        steps = self._warmup_steps(state)
        if state.step >= steps:
            return self.alpha, self.beta3
        s = state.step / steps
        memory = (1.0 - s) * _memory(self.beta1) + s * _memory(self.beta3)
        return s * self.alpha, math.exp(-1.0 / memory) if memory else 0.0

    def remarks(self, state: State) -> list[str]:
        """Return a remark if there was no warm-up, because the length of the run was not known."""
        if self.warmup_steps is None and not self._warmup_steps(state):
            return ["AdEMAMix had no warm-up: the length of the run was not known."]
        return []

    def direction(self, g: Array, state: State) -> Array:
        """Return (m1_hat + alpha * m2) / (sqrt(v_hat) + epsilon), corrections in two scalars."""
        m1, m2, v = state["fast_sum"], state["slow_mean"], state["square_sum"]
        u, d = state.work[:2]
        b1, b2, t = self.beta1, self.beta2, state.step
        alpha, b3 = self.warmup(state)

        m1 *= b1
        m1 += g
        m2 *= b3
        m2 += np.multiply(g, 1.0 - b3, out=d)
        v *= b2
        v += np.multiply(g, g, out=d)

        # m1_hat = first * m1 and sqrt(v_hat) = root * sqrt(v), m1 and v being the slots
        first = (1.0 - b1) / (1.0 - b1**t)
        root = math.sqrt((1.0 - b2) / (1.0 - b2**t))
        state.step_size *= first / root
        np.multiply(m2, alpha / first, out=u)
        u += m1
        np.sqrt(v, out=d)
        d += self.epsilon / root
        u /= d
        return u

    def _warmup_steps(self, state: State) -> int:
        if self.warmup_steps is not None:
            return self.warmup_steps
        return (state.task.steps if state.task is not None else None) or 0


def _memory(beta: float) -> float:
    """Return the number of steps in which the weight of a gradient in an average falls to 1 / e."""
    return -1.0 / math.log(beta) if beta else 0.0
