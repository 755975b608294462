"""LARS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array, euclidean_norm
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State
from descent.optimizers.trust_ratio import trust_ratio


@dataclass
class LARS(Optimizer):
    """LARS, layer-wise adaptive rate scaling (You, Gitman and Ginsburg 2017).

    ::

        ratio = trust_coefficient * norm(theta) / (norm(g) + weight_decay * norm(theta) + epsilon)
        v     <- momentum * v + learning_rate * ratio * (g + weight_decay * theta)
        theta <- theta - v

    with the norms of one weight matrix or bias, and ratio 1 where a norm is 0. With ``nesterov``::

        theta <- theta - momentum * v - learning_rate * ratio * (g + weight_decay * theta)

    Parameters
    ----------
    learning_rate : float, default 1
        Range ``[0, inf)``; a layer moves by this times ``trust_coefficient`` of its own length.
    momentum : float, default 0.9
        Range ``[0, 1)``.
    trust_coefficient : float, default 0.001
        The paper's eta, range ``(0, inf)``.
    epsilon : float, default 0
        Range ``[0, inf)``.
    nesterov : bool, default False
        Whether the step looks ahead along v.
    decay_in_norm : bool, default False
        Whether the ratio divides by ``norm(g + weight_decay * theta)``, the norm of the sum,
        instead of the sum of the norms.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`,
        but for weight decay that is not decoupled: it is part of the formula above.

    Notes
    -----
    Optax: the norm of the sum; no default learning rate, the other defaults as above. PyTorch and
    Keras have no LARS. The learning rate stands inside v, which matters under a schedule.

    Multiplying all gradients of a layer by a constant changes nothing without weight decay and
    epsilon. From a layer of zeros the first step is that of gradient descent.

    References
    ----------
    Y. You, I. Gitman and B. Ginsburg, "Large batch training of convolutional networks",
    arXiv 1708.03888, 2017.
    """

    learning_rate: float = hyperparameter(1.0, "[0, inf)")
    momentum: float = hyperparameter(0.9, "[0, 1)")
    trust_coefficient: float = hyperparameter(0.001, "(0, inf)")
    epsilon: float = hyperparameter(0.0, "[0, inf)")
    nesterov: bool = False
    decay_in_norm: bool = False

    slots = {"velocity": 0.0}
    work_arrays = 2
    blockwise = True
    learning_rate_centre = 1.0
    flavours = {"optax": {"decay_in_norm": True}}

    @property
    def decay_in_direction(self) -> bool:
        """True if there is a decay that is not decoupled."""
        return self.weight_decay > 0.0 and not self.decoupled_weight_decay

    def direction(self, g: Array, state: State) -> Array:
        """Return v, or what looks ahead along it."""
        assert state.theta is not None
        velocity, weights, update = (
            state["velocity"],
            euclidean_norm(state.theta),
            euclidean_norm(g),
        )
        d, ahead = state.work[:2]
        if self.decay_in_direction:
            d = np.multiply(state.theta, state.weight_decay, out=d)
            g = np.add(g, d, out=d)
            update = (
                euclidean_norm(g) if self.decay_in_norm else update + state.weight_decay * weights
            )
        ratio = trust_ratio(self.trust_coefficient * weights, update + self.epsilon)

        state.step_size = 1.0
        np.multiply(g, state.learning_rate * ratio, out=d)
        velocity *= self.momentum
        velocity += d
        if not self.nesterov:
            return velocity
        d += np.multiply(velocity, self.momentum, out=ahead)
        return d
