"""AdamW."""

from __future__ import annotations

from dataclasses import dataclass

from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.rules.adam import Adam


@dataclass
class AdamW(Adam):
    """AdamW, Adam with decoupled weight decay (Loshchilov and Hutter 2019).

    ::

        theta <- (1 - learning_rate * weight_decay) * theta
        theta <- theta - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

    with ``m_hat`` and ``v_hat`` of :class:`~descent.optimizers.rules.adam.Adam`, which never see
    the decay.

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
    weight_decay : float, default 0.01
        Range ``[0, inf)``.
    decoupled_weight_decay : bool, default True
        False makes it Adam with L2 regularization.
    **common
        Schedule and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    PyTorch: as above. Optax: weight decay 1e-4. Keras: weight decay 4e-3, epsilon 1e-7,
    uncorrected. In all three the decay scales with the learning rate and its schedule, so a sweep
    over learning rates also sweeps the decay; the paper scales it with the schedule alone.

    With ``weight_decay=0`` it reduces to Adam.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
    arXiv 1711.05101.
    """

    weight_decay: float = hyperparameter(1e-2, "[0, inf)")
    decoupled_weight_decay: bool = True

    flavours = {
        "pytorch": {},
        "optax": {"weight_decay": 1e-4},
        "keras": {"weight_decay": 4e-3, "epsilon": 1e-7, "uncorrected_epsilon": True},
    }
