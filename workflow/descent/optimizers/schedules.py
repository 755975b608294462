"""Learning-rate schedules: small frozen objects that map a step to a factor.

A schedule multiplies the learning rate, it does not replace it: a sweep over learning rates
sweeps the same schedule at every height. Steps count from 0, so ``schedule(0)`` is the factor
of the first step.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from descent.foundation.suggestions import nearest
from descent.optimizers.hyperparameters import check_hyperparameters, hyperparameter


@dataclass(frozen=True)
class Schedule(ABC):
    """A factor on the learning rate for each step."""

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    @abstractmethod
    def __call__(self, step: int) -> float:
        """Return the factor at ``step``, counted from 0."""

    def over(self, steps: int | None) -> Schedule:
        """Return the schedule for a run of so many steps; None if the length is not known.

        Raises
        ------
        ValueError
            If the schedule needs the length and neither its own settings nor the run give it.
        """
        del steps
        return self


@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate as it is: ``1``."""

    def __call__(self, step: int) -> float:
        """Return 1."""
        del step
        return 1.0


@dataclass(frozen=True)
class StepDecay(Schedule):
    """A stair: ``gamma ** (step // step_size)``; PyTorch's ``StepLR``.

    Parameters
    ----------
    step_size : int
        Steps on each stair, range ``[1, inf)``.
    gamma : float, default 0.1
        Range ``(0, 1]``.
    """

    step_size: int = hyperparameter(interval="[1, inf)", whole=True)
    gamma: float = hyperparameter(0.1, "(0, 1]")

    def __call__(self, step: int) -> float:
        """Return the height of the stair."""
        return math.pow(self.gamma, step // self.step_size)


@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """Exponential decay: ``gamma ** step``; PyTorch's ``ExponentialLR``.

    Parameters
    ----------
    gamma : float
        Factor from one step to the next, range ``(0, 1]``.
    """

    gamma: float = hyperparameter(interval="(0, 1]")

    def __call__(self, step: int) -> float:
        """Return gamma ** step."""
        return math.pow(self.gamma, step)


@dataclass(frozen=True)
class InverseSquareRoot(Schedule):
    """The decay of the convergence proofs: ``1 / sqrt(1 + step / timescale)``.

    With a timescale of 1 this is ``1 / sqrt(t)``, t counting from 1, as in the Adam paper.

    Parameters
    ----------
    timescale : float, default 1
        Steps after which the factor is ``1 / sqrt(2)``, range ``(0, inf)``.
    """

    timescale: float = hyperparameter(1.0, "(0, inf)")

    def __call__(self, step: int) -> float:
        """Return 1 / sqrt(1 + step / timescale)."""
        return 1.0 / math.sqrt(1.0 + step / self.timescale)


@dataclass(frozen=True)
class CosineDecay(Schedule):
    """Half a cosine from 1 to ``floor``, where it stays (Loshchilov and Hutter 2017).

    ``floor + (1 - floor) * (1 + cos(pi * step / total_steps)) / 2``; PyTorch's
    ``CosineAnnealingLR`` up to ``total_steps``, after which that one rises again.

    Parameters
    ----------
    total_steps : int
        Step at which the floor is reached, range ``[1, inf)``.
    floor : float, default 0
        Range ``[0, 1]``.
    """

    total_steps: int = hyperparameter(interval="[1, inf)", whole=True)
    floor: float = hyperparameter(0.0, "[0, 1]")

    def __call__(self, step: int) -> float:
        """Return the height of the cosine."""
        progress = min(step / self.total_steps, 1.0)
        return self.floor + (1.0 - self.floor) * (1.0 + math.cos(math.pi * progress)) / 2.0


@dataclass(frozen=True)
class LinearWarmup(Schedule):
    """A straight line from ``start_factor`` up to 1, then another schedule from its beginning.

    PyTorch's ``LinearLR`` followed by the other one in a ``SequentialLR``.

    Parameters
    ----------
    steps : int
        Steps on the line, range ``[1, inf)``.
    after : Schedule, default Constant()
        What follows; its step 0 comes after the last step on the line.
    start_factor : float, default 1/3
        Factor of the first step, range ``[0, 1]``; the default is PyTorch's.
    """

    steps: int = hyperparameter(interval="[1, inf)", whole=True)
    after: Schedule = dataclasses.field(default_factory=Constant)
    start_factor: float = hyperparameter(1.0 / 3.0, "[0, 1]")

    def __call__(self, step: int) -> float:
        """Return the height of the line, or of what follows."""
        if step >= self.steps:
            return self.after(step - self.steps)
        return self.start_factor + (1.0 - self.start_factor) * step / self.steps


#: Every schedule by the name that a config uses; a warm-up goes before any of them.
SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": StepDecay,
    "exponential": ExponentialDecay,
    "inverse_square_root": InverseSquareRoot,
    "cosine": CosineDecay,
}
_WARMUP = {"warmup_steps": "steps", "warmup_start_factor": "start_factor"}


def schedule_from_config(mapping: Mapping[str, Any]) -> Schedule:
    """Return the schedule that a config entry describes.

    Parameters
    ----------
    mapping : mapping
        ``use`` (a key of ``SCHEDULES``), the schedule's own parameters and, for a linear warm-up
        before it, ``warmup_steps`` and ``warmup_start_factor``.

    Returns
    -------
    Schedule
        The schedule.

    Raises
    ------
    TypeError, ValueError
        If a key is unknown (the message has the nearest valid one), missing, or its value wrong.

    Examples
    --------
    >>> schedule_from_config({"use": "cosine", "total_steps": 1000})
    CosineDecay(total_steps=1000, floor=0.0)
    >>> schedule_from_config({"use": "step", "stepsize": 10})
    Traceback (most recent call last):
        ...
    ValueError: schedule step has no key 'stepsize'. Did you mean 'step_size'? \
Valid: use, step_size, gamma, warmup_steps, warmup_start_factor
    """
    if not isinstance(mapping, Mapping) or "use" not in mapping:
        raise ValueError(
            f"a schedule must be a mapping with the key 'use', one of {', '.join(SCHEDULES)}. "
            f"Received: {mapping!r}"
        )
    name = mapping["use"]
    if name not in SCHEDULES:
        raise ValueError(f"no schedule {name!r}. {nearest(str(name), SCHEDULES)}")
    cls = SCHEDULES[name]
    own = {f.name: f.default is dataclasses.MISSING for f in dataclasses.fields(cls)}
    for key in mapping:
        if key not in {"use", *own, *_WARMUP}:
            valid = nearest(str(key), ["use", *own, *_WARMUP])
            raise ValueError(f"schedule {name} has no key {key!r}. {valid}")
    if missing := [key for key, required in own.items() if required and key not in mapping]:
        raise ValueError(f"schedule {name} needs {', '.join(missing)}. Received: {dict(mapping)}")
    schedule = cls(**{key: mapping[key] for key in own if key in mapping})
    warmup = {_WARMUP[key]: mapping[key] for key in _WARMUP if key in mapping}
    if not warmup:
        return schedule
    if "steps" not in warmup:
        raise ValueError("warmup_start_factor needs warmup_steps beside it")
    return LinearWarmup(**warmup, after=schedule)
