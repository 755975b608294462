"""Learning-rate schedules: small frozen objects that map a step to a factor.

A schedule multiplies the learning rate, it does not replace it: a sweep over learning rates
sweeps the same schedule at every height. Steps count from 0, so ``schedule(0)`` is the factor
of the first step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass


class Schedule(ABC):
    """A factor on the learning rate for each step."""

    @abstractmethod
    def __call__(self, step: int) -> float:
        """Return the factor at ``step``, counted from 0."""


@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate as it is: ``1``."""

    def __call__(self, step: int) -> float:
        """Return 1."""
        del step
        return 1.0
