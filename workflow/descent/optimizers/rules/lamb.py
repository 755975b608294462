"""LAMB."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array, euclidean_norm
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.rules.adam import Adam
from descent.optimizers.state import State
from descent.optimizers.trust_ratio import trust_ratio


@dataclass
class LAMB(Adam):
    """LAMB, layer-wise adaptive moments for large batches (You et al. 2020); Optax's form.

    ::

        u      = m_hat / (sqrt(v_hat) + epsilon) + weight_decay * theta
        ratio  = norm(theta) / norm(u),  1 if either norm is 0
        theta <- theta - learning_rate * ratio * u

    with ``m_hat`` and ``v_hat`` of :class:`~descent.optimizers.rules.adam.Adam` and the norms of
    one weight matrix or bias: relative to itself, every layer moves by the learning rate.

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Range ``[0, inf)``.
    beta1 : float, default 0.9
        Decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.999
        Decay rate of the second moment, range ``[0, 1)``.
    epsilon : float, default 1e-6
        Range ``[0, inf)``.
    uncorrected_epsilon : bool, default False
        Whether epsilon is added to ``sqrt(v)`` instead of ``sqrt(v_hat)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`,
        except that weight decay that is not decoupled is part of u, as above.

    Notes
    -----
    Optax: as above, no default learning rate. Keras: epsilon 1e-7; weight decay is
    decoupled: it changes theta before the ratio is taken, which does not scale it. PyTorch has no
    LAMB. The paper's first versions did not correct the bias of the moments, as some libraries
    still do not.

    Up to its length, the step of a layer is Adam's; from a layer of zeros the first one is Adam's.
    Without weight decay and epsilon, multiplying all gradients of a layer by a constant changes
    nothing.

    References
    ----------
    Y. You et al., "Large batch optimization for deep learning: training BERT in 76 minutes",
    ICLR 2020, arXiv 1904.00962.
    """

    epsilon: float = hyperparameter(1e-6, "[0, inf)")

    work_arrays = 2
    elementwise = False
    blockwise = True
    learning_rate_centre = 1e-2
    flavours = {"optax": {}, "keras": {"epsilon": 1e-7, "decoupled_weight_decay": True}}

    @property
    def decay_in_direction(self) -> bool:
        """True if there is a decay that is not decoupled."""
        return self.weight_decay > 0.0 and not self.decoupled_weight_decay

    def direction(self, g: Array, state: State) -> Array:
        """Return u; its ratio goes into the step size."""
        assert state.theta is not None
        lr, weights = state.learning_rate, euclidean_norm(state.theta)
        state.step_size = 1.0
        u = super().direction(g, state)
        u *= state.step_size  # Adam's bias corrections
        if self.decay_in_direction:
            u += np.multiply(state.theta, state.weight_decay, out=state.work[1])
        else:
            weights *= abs(1.0 - lr * state.weight_decay)
        state.step_size = lr * trust_ratio(weights, euclidean_norm(u))
        return u
