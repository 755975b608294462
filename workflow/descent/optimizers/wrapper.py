"""The base of rules that wrap another rule."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import check_hyperparameters, hyperparameter
from descent.optimizers.rules.momentum import Momentum
from descent.optimizers.schedules import Schedule
from descent.optimizers.state import State, Task

#: The hyper-parameters that every rule has; those of a wrapper are its base rule's.
COMMON = tuple(f.name for f in dataclasses.fields(Optimizer))
#: Stands for the base rule's own value.
OF_BASE: Any = None


@dataclass
class Wrapper(Optimizer):
    """A rule that wraps another one, the base rule, which takes the steps.

    A wrapper has no learning rate, schedule, weight decay, clipping or groups of its own: they are
    the base rule's, may be set on either of the two, and read on both.

    Parameters
    ----------
    learning_rate, schedule, weight_decay, decoupled_weight_decay, clip_norm, clip_value, groups
        As in :class:`~descent.optimizers.base.Optimizer`; by default the base rule's.
    base : Optimizer, default Momentum()
        The rule to wrap; it is copied.

    Raises
    ------
    TypeError, ValueError
        If the base is no rule, or a hyper-parameter is set on both.
    """

    learning_rate: float = hyperparameter(None, "[0, inf)")
    _: KW_ONLY
    schedule: Schedule = OF_BASE
    weight_decay: float = hyperparameter(None, "[0, inf)")
    decoupled_weight_decay: bool = OF_BASE
    groups: Mapping[str, Mapping[str, float]] = OF_BASE
    base: Optimizer = field(default_factory=Momentum)

    def __post_init__(self) -> None:
        if not isinstance(self.base, Optimizer):
            raise TypeError(f"base must be a rule. Received: {self.base!r}")
        self.base = copy.deepcopy(self.base)
        given = [name for name in COMMON if getattr(self, name) is not None]
        for name in COMMON:
            own, of_base = getattr(self, name), getattr(self.base, name)
            if name not in given:
                object.__setattr__(self, name, of_base)
            elif of_base != _usual(self.base, name):
                raise ValueError(
                    f"{name} must be set once. Received: {own!r} on {type(self).__name__} and "
                    f"{of_base!r} on its base, {type(self.base).__name__}"
                )
        super().__post_init__()
        for name in given:
            setattr(self.base, name, getattr(self, name))
        check_hyperparameters(self.base)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in COMMON and isinstance(vars(self).get("base"), Optimizer):
            setattr(self.base, name, value)

    @property
    def learning_rate_centre(self) -> float:  # type: ignore[override]
        """The typical learning rate of the base rule."""
        return self.base.learning_rate_centre

    def init(self, theta: Array, task: Task | None = None) -> State:
        """Allocate this rule's state, and the base rule's in ``state.inner``."""
        state = super().init(theta, task)
        state.inner = self.base.init(theta, task)
        return state

    def direction(self, g: Array, state: State) -> Array:
        """Return the gradient that the base rule gets: ``g`` itself, unless overridden."""
        del state
        return g

    def evaluation_point(self, theta: Array, state: State) -> Array:
        """Return the parameters at which the base rule is evaluated."""
        assert state.inner is not None
        return self.base.evaluation_point(theta, state.inner)

    def remarks(self, state: State) -> list[str]:
        """Return the remarks of the base rule."""
        assert state.inner is not None
        return self.base.remarks(state.inner)

    def _move(self, theta: Array, gradient: Array, state: State) -> None:
        assert state.inner is not None
        g = self.direction(gradient, state)
        state.inner.loss, state.inner.loss_and_gradient = state.loss, state.loss_and_gradient
        self.base.step(theta, g, state.inner)


def _usual(rule: Optimizer, name: str) -> object:
    """Return the default of a hyper-parameter of a rule, of the innermost one of a wrapper."""
    while isinstance(rule, Wrapper):
        rule = rule.base
    (f,) = (f for f in dataclasses.fields(rule) if f.name == name)
    return f.default if f.default_factory is dataclasses.MISSING else f.default_factory()
