"""Lookahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array, Layout
from descent.optimizers.base import Optimizer
from descent.optimizers.given_gradients import set_mini_batch
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State, Task
from descent.optimizers.wrapper import Wrapper


@dataclass
class Lookahead(Wrapper):
    """Lookahead, k steps forward, one step back (Zhang et al. 2019), around any rule.

    ::

        theta <- the base rule's step
        every ``interval`` steps:
            phi   <- phi + slow_step_size * (theta - phi)
            theta <- phi

    from ``phi = theta``. The problem is evaluated at the slow weights phi.

    Parameters
    ----------
    learning_rate : float or None, default None
        The base rule's, range ``[0, inf)``; None for the base rule's default.
    interval : int, default 5
        Steps of the base rule for one of the slow weights, the paper's k, range ``[1, inf)``.
    slow_step_size : float, default 0.5
        How much of the way phi goes, the paper's alpha, range ``(0, 1]``.
    base : Optimizer, default Momentum()
        The rule that takes the steps; its own hyper-parameters are set on it.
    **common
        Schedule, weight decay, clipping and groups of the base rule, as in
        :class:`~descent.optimizers.base.Optimizer`.

    Raises
    ------
    ValueError
        If the base rule is evaluated elsewhere than at its parameters, as an average is: setting
        theta to phi would not set the average.

    Notes
    -----
    Optax: as above, without defaults. The base rule's state is kept when theta is set to phi, as
    by default in Optax and in the paper. PyTorch and Keras have no Lookahead.

    With ``interval=1`` and ``slow_step_size=1`` it reduces to the base rule.

    References
    ----------
    M. R. Zhang et al., "Lookahead optimizer: k steps forward, 1 step back", NeurIPS 2019,
    arXiv 1907.08610.
    """

    interval: int = hyperparameter(5, "[1, inf)")
    slow_step_size: float = hyperparameter(0.5, "(0, 1]")

    slots = {"slow": 0.0}
    flavours = {"optax": {}}

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _is_evaluated_at_its_parameters(self.base):
            raise ValueError(
                "base must be a rule that is evaluated at its parameters. "
                f"Received: {type(self.base).__name__}"
            )

    @property
    def extra_gradients(self) -> bool:  # type: ignore[override]
        """Whether the base rule takes gradients at other points."""
        return self.base.extra_gradients

    def init(self, theta: Array, task: Task | None = None) -> State:
        """Allocate the state; the slow weights start from ``theta``."""
        state = super().init(theta, task)
        state["slow"][...] = theta
        return state

    def evaluation_point(self, theta: Array, state: State) -> Array:
        """Return the slow weights."""
        del theta
        return state["slow"]

    def _move(self, theta: Array, gradient: Array, state: State) -> None:
        super()._move(theta, gradient, state)
        if state.step % self.interval == 0:
            slow, way = state["slow"], state.work[0]
            np.subtract(theta, slow, out=way)
            way *= self.slow_step_size
            slow += way
            theta[...] = slow


def _is_evaluated_at_its_parameters(rule: Optimizer) -> bool:
    """Return whether a rule is still evaluated at its parameters after a step."""
    theta, gradient = np.zeros(1), np.zeros(1)
    layout = Layout({"theta": theta.shape}, kinds={"theta": "other"})
    state = rule.init(theta, Task(layout, steps=1000))
    set_mini_batch(rule, state, theta, gradient)
    rule.step(theta, gradient, state)
    return rule.evaluation_point(theta, state) is theta
