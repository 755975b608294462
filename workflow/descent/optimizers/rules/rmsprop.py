"""RMSprop, with the variants of other libraries."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class RMSprop(Optimizer):
    """RMSprop (Tieleman and Hinton 2012); centered (Graves 2013); with momentum.

    ::

        v     <- decay_rate * v + (1 - decay_rate) * g**2         (v starts at initial_average)
        theta <- theta - learning_rate * g / (sqrt(v) + epsilon)

    with ``centered``, ``v`` in the second line becomes an estimate of the variance::

        m     <- decay_rate * m + (1 - decay_rate) * g
        v - m**2                                                      instead of v

    with ``epsilon_inside_root`` the denominator is ``sqrt(v + epsilon)``; with ``momentum``::

        velocity <- momentum * velocity + g / (sqrt(v) + epsilon)
        theta    <- theta - learning_rate * velocity

    and with ``learning_rate_in_buffer`` besides::

        velocity <- momentum * velocity + learning_rate * g / (sqrt(v) + epsilon)
        theta    <- theta - velocity

    Parameters
    ----------
    learning_rate : float, default 0.01
        Range ``[0, inf)``.
    decay_rate : float, default 0.99
        Decay rate of the averages, range ``[0, 1)``; PyTorch's alpha, Keras's rho.
    epsilon : float, default 1e-8
        Range ``[0, inf)``.
    momentum : float, default 0
        Range ``[0, 1)``.
    centered : bool, default False
        Whether the square of the average gradient is subtracted.
    epsilon_inside_root : bool, default False
        Whether epsilon is added before the square root.
    learning_rate_in_buffer : bool, default False
        Whether the velocity holds steps; matters with momentum under a schedule only.
    initial_average : float, default 0
        Initial value of the average of squares, range ``[0, inf)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``v / (1 - decay_rate)`` and ``m / (1 - decay_rate)``, which
    takes a pass over memory less for each; ``sqrt(1 - decay_rate)`` goes into the step size. The
    estimated variance is kept from falling below zero by rounding, which is NaN elsewhere.

    ============  ========  ==========  ========  ===============  ==============  ============
    flavour       lr        decay rate  epsilon   epsilon          average starts  buffer holds
    ============  ========  ==========  ========  ===============  ==============  ============
    pytorch       0.01      0.99        1e-8      outside root     0               gradients
    optax         required  0.9         1e-8      inside           0               steps
    keras         0.001     0.9         1e-7      inside           0               steps
    tensorflow1   required  0.9         1e-10     inside           1               steps
    tutorial      0.01      0.9         1e-8      outside          0               (no momentum)
    ============  ========  ==========  ========  ===============  ==============  ============

    Keras decouples weight decay. Where a learning rate is required, the flavour keeps 0.01.
    Optax's options ``nesterov`` and ``bias_correction`` are not here; the latter is Adam with
    ``beta1=0``.

    Multiplying all gradients by a constant changes nothing if ``epsilon`` and ``initial_average``
    are 0.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: RMSprop", Coursera, Neural Networks for Machine
    Learning, 2012; A. Graves, "Generating sequences with recurrent neural networks",
    arXiv 1308.0850, 2013.
    """

    learning_rate: float = hyperparameter(1e-2, "[0, inf)")
    decay_rate: float = hyperparameter(0.99, "[0, 1)")
    epsilon: float = hyperparameter(1e-8, "[0, inf)")
    momentum: float = hyperparameter(0.0, "[0, 1)")
    centered: bool = False
    epsilon_inside_root: bool = False
    learning_rate_in_buffer: bool = False
    initial_average: float = hyperparameter(0.0, "[0, inf)")

    elementwise = True
    flavours = {
        "pytorch": {},
        "optax": {
            "decay_rate": 0.9,
            "epsilon_inside_root": True,
            "learning_rate_in_buffer": True,
        },
        "keras": {
            "learning_rate": 1e-3,
            "decay_rate": 0.9,
            "epsilon": 1e-7,
            "epsilon_inside_root": True,
            "learning_rate_in_buffer": True,
            "decoupled_weight_decay": True,
        },
        "tensorflow1": {
            "decay_rate": 0.9,
            "epsilon": 1e-10,
            "epsilon_inside_root": True,
            "learning_rate_in_buffer": True,
            "initial_average": 1.0,
        },
        "tutorial": {"decay_rate": 0.9},
    }

    def initial_slots(self) -> dict[str, float]:
        """Return a slot for the squares and, where they are needed, for mean and velocity."""
        slots = {"square_sum": self.initial_average / (1.0 - self.decay_rate)}
        if self.centered:
            slots["gradient_sum"] = 0.0
        if self.momentum:
            slots["velocity"] = 0.0
        return slots

    def direction(self, g: Array, state: State) -> Array:
        """Return g / (sqrt(v) + epsilon), or the velocity that it drives."""
        v, d = state["square_sum"], state.work[0]
        rho = self.decay_rate

        v *= rho
        v += np.multiply(g, g, out=d)
        radicand = v
        if self.centered:
            m = state["gradient_sum"]
            m *= rho
            m += g
            np.multiply(m, m, out=d)
            d *= 1.0 - rho
            radicand = np.maximum(np.subtract(v, d, out=d), 0.0, out=d)

        # sqrt(v) = sqrt(1 - rho) * sqrt(v / (1 - rho)), and the slot holds the latter
        if self.epsilon_inside_root:
            np.sqrt(np.add(radicand, self.epsilon / (1.0 - rho), out=d), out=d)
        else:
            np.add(np.sqrt(radicand, out=d), self.epsilon / math.sqrt(1.0 - rho), out=d)
        np.divide(g, d, out=d)
        state.step_size /= math.sqrt(1.0 - rho)
        if not self.momentum:
            return d

        velocity = state["velocity"]
        if self.learning_rate_in_buffer:
            d *= state.step_size
            state.step_size = 1.0
        velocity *= self.momentum
        velocity += d
        return velocity
