"""Learning-rate schedules: small frozen objects that map a step to a factor.

A schedule multiplies the learning rate, it does not replace it: a sweep over learning rates
sweeps the same schedule at every height. Steps count from 0, so ``schedule(0)`` is the factor
of the first step. ``total_steps`` is the length of the run unless it is given.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from descent.optimizers.hyperparameters import check_hyperparameters, check_number, hyperparameter


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

    step_size: int = hyperparameter(interval="[1, inf)")
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
class OverTheRun(Schedule):
    """Base of the schedules that depend on the length of the run.

    Parameters
    ----------
    total_steps : int or None, default None
        Range ``[1, inf)``; None takes the length of the run, which :meth:`over` tells.
    """

    total_steps: int | None = hyperparameter(None, "[1, inf)")

    def over(self, steps: int | None) -> Schedule:
        """Return the schedule with ``total_steps`` set."""
        if self.total_steps is not None:
            return self
        if steps is None:
            raise ValueError(
                f"{type(self).__name__} needs total_steps where the length of the run is not known"
            )
        return dataclasses.replace(self, total_steps=steps)

    def progress(self, step: int) -> float:
        """Return the fraction of the run that is over at ``step``, in [0, 1]."""
        if self.total_steps is None:
            raise ValueError(f"{type(self).__name__} needs total_steps; over(steps) sets it")
        return min(step / self.total_steps, 1.0)


@dataclass(frozen=True)
class CosineDecay(OverTheRun):
    """Half a cosine from 1 to ``floor``, where it stays (Loshchilov and Hutter 2017).

    ``floor + (1 - floor) * (1 + cos(pi * step / total_steps)) / 2``; PyTorch's
    ``CosineAnnealingLR`` up to ``total_steps``, after which that one rises again.

    Parameters
    ----------
    total_steps : int or None, default None
        Step at which the floor is reached, range ``[1, inf)``; None is the length of the run.
    floor : float, default 0
        Range ``[0, 1]``.
    """

    floor: float = hyperparameter(0.0, "[0, 1]")

    def __call__(self, step: int) -> float:
        """Return the height of the cosine."""
        height = (1.0 + math.cos(math.pi * self.progress(step))) / 2.0
        return self.floor + (1.0 - self.floor) * height


@dataclass(frozen=True)
class LinearDecay(OverTheRun):
    """A straight line from 1 to ``floor``, where it stays; PyTorch's ``LinearLR`` downwards.

    Parameters
    ----------
    total_steps : int or None, default None
        Step at which the floor is reached, range ``[1, inf)``; None is the length of the run.
    floor : float, default 0
        Range ``[0, 1]``.
    """

    floor: float = hyperparameter(0.0, "[0, 1]")

    def __call__(self, step: int) -> float:
        """Return the height of the line."""
        return self.floor + (1.0 - self.floor) * (1.0 - self.progress(step))


@dataclass(frozen=True)
class StableDecay(OverTheRun):
    """1 for most of the run, then a straight line to ``floor``.

    With a warm-up before it this is the warm-up-stable-decay schedule (WSD, Hu et al. 2024,
    arXiv 2404.06395).

    Parameters
    ----------
    total_steps : int or None, default None
        Step at which the floor is reached, range ``[1, inf)``; None is the length of the run.
    decay_fraction : float, default 0.2
        Part of ``total_steps`` that the line takes, range ``(0, 1]``.
    floor : float, default 0
        Range ``[0, 1]``.
    """

    decay_fraction: float = hyperparameter(0.2, "(0, 1]")
    floor: float = hyperparameter(0.0, "[0, 1]")

    def __call__(self, step: int) -> float:
        """Return 1, or the height of the line."""
        remaining = min((1.0 - self.progress(step)) / self.decay_fraction, 1.0)
        return self.floor + (1.0 - self.floor) * remaining


@dataclass(frozen=True)
class MultiStepDecay(OverTheRun):
    """A stair with steps of any length: ``gamma`` to the number of milestones passed.

    PyTorch's ``MultiStepLR``, whose milestones are steps.

    Parameters
    ----------
    total_steps : int or None, default None
        The milestones are fractions of it, range ``[1, inf)``; None is the length of the run.
    milestones : sequence of float, default (0.5, 0.75)
        In increasing order, each in ``(0, 1)``: fractions of ``total_steps``, rounded to whole
        steps.
    gamma : float, default 0.1
        Range ``(0, 1]``.
    """

    milestones: tuple[float, ...] = (0.5, 0.75)
    gamma: float = hyperparameter(0.1, "(0, 1]")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.milestones, list | tuple) or not self.milestones:
            raise TypeError(f"milestones must be a list of numbers. Received: {self.milestones!r}")
        parts = tuple(check_number("milestones", part, "(0, 1)") for part in self.milestones)
        if list(parts) != sorted(set(parts)):
            raise ValueError(f"milestones must increase. Received: {list(parts)}")
        object.__setattr__(self, "milestones", parts)

    def __call__(self, step: int) -> float:
        """Return the height of the stair."""
        self.progress(step)
        passed = sum(step >= round(part * (self.total_steps or 0)) for part in self.milestones)
        return math.pow(self.gamma, passed)


@dataclass(frozen=True)
class OneCycle(OverTheRun):
    """Up along half a cosine, then down along another to almost nothing (Smith and Topin 2018).

    PyTorch's ``OneCycleLR`` with ``anneal_strategy="cos"``, the learning rate as ``max_lr``; the
    momentum stays as it is, PyTorch's ``cycle_momentum=False``.

    Parameters
    ----------
    total_steps : int or None, default None
        Length of the cycle, range ``[1, inf)``; None is the length of the run.
    rise_fraction : float, default 0.3
        Part of the run that rises, range ``(0, 1)``.
    start_factor : float, default 0.04
        Factor of the first step, range ``(0, 1]``; PyTorch's ``1 / div_factor``.
    end_factor : float, default 4e-6
        Factor of the last step, range ``[0, 1]``; PyTorch's
        ``1 / (div_factor * final_div_factor)``.
    """

    rise_fraction: float = hyperparameter(0.3, "(0, 1)")
    start_factor: float = hyperparameter(0.04, "(0, 1]")
    end_factor: float = hyperparameter(4e-6, "[0, 1]")

    def __call__(self, step: int) -> float:
        """Return the height of the cycle."""
        self.progress(step)
        last = (self.total_steps or 0) - 1.0
        peak = self.rise_fraction * (self.total_steps or 0) - 1.0
        if step <= peak:
            return _half_cosine(self.start_factor, 1.0, step / peak if peak else 1.0)
        return _half_cosine(1.0, self.end_factor, min((step - peak) / (last - peak), 1.0))


def _half_cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) / 2.0 * (1.0 + math.cos(math.pi * progress))


@dataclass(frozen=True)
class LinearWarmup(Schedule):
    """A straight line from ``start_factor`` up to 1, then another schedule from its beginning.

    PyTorch's ``LinearLR`` followed by the other one in a ``SequentialLR``. The schedule that
    follows has the rest of the run.

    Parameters
    ----------
    steps : int or None, default None
        Steps on the line, range ``[1, inf)``; either this or ``fraction`` is needed.
    after : Schedule, default Constant()
        The schedule that follows; its step 0 comes after the last step on the line.
    start_factor : float, default 1/3
        Factor of the first step, range ``[0, 1]``; the default is PyTorch's.
    fraction : float or None, default None
        Part of the run that the line takes, range ``(0, 1)``, at least one step.
    """

    steps: int | None = hyperparameter(None, "[1, inf)")
    after: Schedule = dataclasses.field(default_factory=Constant)
    start_factor: float = hyperparameter(1.0 / 3.0, "[0, 1]")
    fraction: float | None = hyperparameter(None, "(0, 1)")

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.steps is None) == (self.fraction is None):
            raise ValueError(
                "a warm-up needs either its steps or its fraction of the run. "
                f"Received: {self.steps} and {self.fraction}"
            )

    def over(self, steps: int | None) -> Schedule:
        """Return the warm-up with its number of steps, before what has the rest of the run."""
        line = self.steps
        if line is None:
            if steps is None:
                raise ValueError("a warm-up by fraction needs the length of the run")
            line = max(1, round((self.fraction or 0.0) * steps))
        rest = None if steps is None else max(1, steps - line)
        return dataclasses.replace(self, steps=line, fraction=None, after=self.after.over(rest))

    def __call__(self, step: int) -> float:
        """Return the height of the line, or of what follows."""
        if self.steps is None:
            raise ValueError("a warm-up by fraction needs the length of the run; over() sets it")
        if step >= self.steps:
            return self.after(step - self.steps)
        return self.start_factor + (1.0 - self.start_factor) * step / self.steps


#: Every schedule by the name that a config uses; a warm-up goes before any of them.
SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": StepDecay,
    "exponential": ExponentialDecay,
    "multistep": MultiStepDecay,
    "inverse_square_root": InverseSquareRoot,
    "linear": LinearDecay,
    "cosine": CosineDecay,
    "stable_decay": StableDecay,
    "one_cycle": OneCycle,
}
