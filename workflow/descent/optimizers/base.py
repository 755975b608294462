"""What every update rule shares, written once.

A rule is a dataclass of hyper-parameters with one method, :meth:`Optimizer.direction`, that turns
a gradient into a direction. The step counter, the schedule, clipping, weight decay and the write to
the parameters live here, in :meth:`Optimizer.step`.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from descent.arrays import Array
from descent.clipping import clip_by_norm, clip_by_value
from descent.optimizers.hyperparameters import check_number, hyperparameter
from descent.optimizers.schedules import Constant, Schedule


@dataclass
class State:
    """What a rule remembers between steps, allocated once.

    Attributes
    ----------
    slots : dict of str to ndarray of shape (n,)
        The rule's arrays, by name; ``state["velocity"]`` reads one.
    scalars : dict of str to float
        The rule's running scalars, by name.
    work : list of ndarray of shape (n,)
        Scratch space; nothing in it survives a step.
    gradient : ndarray of shape (n,) or None
        Room for the clipped and decayed gradient; None if the rule sees the gradient as it is.
    step : int
        Steps taken, the current one included: the paper's t, 1 in the first step.
    learning_rate : float
        Learning rate of the current step, schedule included.
    step_size : float
        Factor by which the direction is subtracted; equal to ``learning_rate`` unless the rule
        changes it.
    """

    slots: dict[str, Array]
    scalars: dict[str, float]
    work: list[Array]
    gradient: Array | None = None
    step: int = 0
    learning_rate: float = 0.0
    step_size: float = 0.0

    def __getitem__(self, name: str) -> Array:
        return self.slots[name]


@dataclass
class Optimizer(ABC):
    """Base of all update rules.

    A subclass declares its hyper-parameters as fields, its slots, and :meth:`direction`.

    Parameters
    ----------
    learning_rate : float
        Range ``[0, inf)``.
    schedule : Schedule, default Constant()
        Factor on the learning rate by step.
    weight_decay : float, default 0
        Range ``[0, inf)``. L2: ``g <- g + weight_decay * theta`` before the rule sees the gradient;
        with ``decoupled_weight_decay``: ``theta <- (1 - lr * weight_decay) * theta`` first.
    decoupled_weight_decay : bool, default False
        Which of the two.
    clip_norm : float or None, default None
        Largest Euclidean norm of the gradient, range ``(0, inf)``; applied before weight decay.
    clip_value : float or None, default None
        Largest absolute value of a component, range ``(0, inf)``; applied before weight decay.

    Raises
    ------
    TypeError, ValueError
        If a hyper-parameter is not a number or is out of range; the message names it, its range
        and what was received.

    Notes
    -----
    Arithmetic between hyper-parameters is done in Python floats; the arrays keep their dtype.
    """

    #: The slots, each with its initial value or the name of the hyper-parameter that sets it.
    slots: ClassVar[Mapping[str, float | str]] = {}
    #: Initial values of running scalars.
    scalars: ClassVar[Mapping[str, float]] = {}
    #: How many scratch vectors :meth:`direction` is handed as ``state.work``; one is always there.
    work_arrays: ClassVar[int] = 1
    #: Named forms of the rule in other libraries, as hyper-parameters of this one.
    flavours: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    _: KW_ONLY
    schedule: Schedule = field(default_factory=Constant)
    weight_decay: float = hyperparameter(0.0, "[0, inf)")
    decoupled_weight_decay: bool = False
    clip_norm: float | None = field(default=None, metadata={"interval": "(0, inf)"})
    clip_value: float | None = field(default=None, metadata={"interval": "(0, inf)"})

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            interval = f.metadata.get("interval")
            value = getattr(self, f.name)
            if interval is not None and not (value is None and f.default is None):
                setattr(self, f.name, check_number(f.name, value, interval))
        if not math.isfinite(self.learning_rate):
            raise ValueError(f"learning_rate must be finite. Received: {self.learning_rate!r}")

    @classmethod
    def flavour(cls, library: str, **hyperparameters: Any) -> Self:
        """Return the rule in the exact form, and with the defaults, of another library.

        Parameters
        ----------
        library : str
            One of the keys of ``flavours``.
        **hyperparameters
            Hyper-parameters that differ from that library's defaults.

        Returns
        -------
        Optimizer
            The rule.

        Raises
        ------
        ValueError
            If the rule has no such flavour; the message lists those it has.
        """
        if library not in cls.flavours:
            known = ", ".join(sorted(cls.flavours)) or "none"
            raise ValueError(f"{cls.__name__} has no flavour {library!r}. Flavours it has: {known}")
        return cls(**{**cls.flavours[library], **hyperparameters})

    @abstractmethod
    def direction(self, g: Array, state: State) -> Array:
        """Turn a gradient into the direction of the step.

        Parameters
        ----------
        g : ndarray of shape (n,)
            The gradient; must not be written to.
        state : State
            The rule's memory, to be updated in place. ``state.step`` is the paper's t. A rule
            whose step is not ``learning_rate * direction`` sets ``state.step_size``.

        Returns
        -------
        ndarray of shape (n,)
            The direction d of ``theta <- theta - step_size * d``: ``g`` itself, a slot, or
            ``state.work[0]``. It is only read.
        """

    def init(self, theta: Array) -> State:
        """Allocate the state for parameters like ``theta``.

        Parameters
        ----------
        theta : ndarray of shape (n,)
            A flat vector of float32 or float64.

        Returns
        -------
        State
            Arrays of the shape and dtype of ``theta``.

        Raises
        ------
        TypeError
            If ``theta`` is not an array of floating-point numbers.
        ValueError
            If it is not one-dimensional.
        """
        if not isinstance(theta, np.ndarray) or not np.issubdtype(theta.dtype, np.floating):
            kind = getattr(theta, "dtype", type(theta).__name__)
            raise TypeError(f"parameters must be an array of floats. Received: {kind}")
        if theta.ndim != 1:
            raise ValueError(f"parameters must be a flat vector. Received shape: {theta.shape}")
        initial = {
            name: getattr(self, value) if isinstance(value, str) else value
            for name, value in self.slots.items()
        }
        return State(
            slots={name: np.full_like(theta, value) for name, value in initial.items()},
            scalars=dict(self.scalars),
            work=[np.empty_like(theta) for _ in range(self.work_arrays)],
            gradient=np.empty_like(theta) if self._changes_gradient else None,
        )

    def step(self, theta: Array, gradient: Array, state: State) -> None:
        """Take one step: update ``theta`` and ``state`` in place; ``gradient`` is only read.

        Parameters
        ----------
        theta : ndarray of shape (n,)
            The parameters.
        gradient : ndarray of shape (n,)
            The gradient of the loss at ``theta``.
        state : State
            The state that :meth:`init` returned.
        """
        state.step += 1
        lr = state.learning_rate = self.learning_rate * self.schedule(state.step - 1)
        state.step_size = lr
        d = self.direction(self._regularized(theta, gradient, state), state)
        if self.weight_decay and self.decoupled_weight_decay:
            theta *= 1.0 - lr * self.weight_decay
        work = state.work[0]
        np.multiply(d, state.step_size, out=work)
        np.subtract(theta, work, out=theta)

    @property
    def _changes_gradient(self) -> bool:
        l2 = self.weight_decay > 0 and not self.decoupled_weight_decay
        return l2 or self.clip_norm is not None or self.clip_value is not None

    def _regularized(self, theta: Array, g: Array, state: State) -> Array:
        """Return the gradient that the rule sees: clipped, then with L2 decay added."""
        seen = state.gradient
        if seen is None:
            return g
        if self.clip_value is not None:
            g = clip_by_value(g, self.clip_value, out=seen)
        if self.clip_norm is not None:
            g = clip_by_norm(g, self.clip_norm, out=seen)
        if self.weight_decay and not self.decoupled_weight_decay:
            work = np.multiply(theta, self.weight_decay, out=state.work[0])
            g = np.add(g, work, out=seen)
        return g
