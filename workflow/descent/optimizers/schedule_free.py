"""The base of the Schedule-Free rules."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State, Task


@dataclass
class ScheduleFree(Optimizer, ABC):
    """Base of the Schedule-Free rules: three sequences of parameters, two of them stored.

    ``theta`` is y, where gradients are taken, and the slot is z; x, the average that is evaluated,
    follows from them. A subclass says in ``direction`` which way z goes.
    """

    warmup_steps: int = hyperparameter(0, "[0, inf)")
    beta1: float = hyperparameter(0.9, "(0, 1)")
    step_power: float = hyperparameter(0.0, "[0, inf)")
    rate_power: float = hyperparameter(2.0, "[0, inf)")

    own_schedule = {"use": "constant"}  # the average stands in for a decay
    slots = {"z": 0.0}
    scalars = {"largest_rate": 0.0, "weight_sum": 0.0, "share": 0.0}
    elementwise = True

    def init(self, theta: Array, task: Task | None = None) -> State:
        """Allocate the state; all sequences start from ``theta``."""
        state = super().init(theta, task)
        state["z"][...] = theta
        return state

    def advance(self, state: State) -> None:
        """Warm the learning rate up, and find the share c of the newest z in the average."""
        if state.step < self.warmup_steps:
            state.learning_rate *= state.step / self.warmup_steps
        scalars = state.scalars
        scalars["largest_rate"] = max(scalars["largest_rate"], state.learning_rate)
        weight = state.step**self.step_power * scalars["largest_rate"] ** self.rate_power
        scalars["weight_sum"] += weight
        scalars["share"] = weight / scalars["weight_sum"] if scalars["weight_sum"] > 0.0 else 0.0

    def evaluation_point(self, theta: Array, state: State) -> Array:
        """Return x, from ``y = beta1 * x + (1 - beta1) * z``."""
        if state.step == 0:
            return theta
        x = theta - (1.0 - self.beta1) * state["z"]
        x /= self.beta1
        return x

    def _write(self, theta: Array, g: Array, state: State) -> None:
        """Take the step in y and z, without computing x."""
        y, z, room = theta, state["z"], state.work[-1]
        c = state.scalars["share"]
        decay = self.weight_decay
        if decay and state.decay_factors is not None:
            decay = decay * state.decay_factors
        if self.weight_decay and not self.decoupled_weight_decay:
            g = np.add(g, np.multiply(y, decay, out=room), out=room)
        state.step_size = state.learning_rate
        step = np.multiply(self.direction(g, state), state.step_size, out=state.work[0])
        if self.weight_decay and self.decoupled_weight_decay:
            step += np.multiply(y, state.learning_rate * decay, out=room)
        if state.rate_factors is not None:
            step *= state.rate_factors
        # y moves towards the old z, and along the step as far as x and the new z do
        np.subtract(z, y, out=room)
        room *= c
        y += room
        z -= step
        step *= self.beta1 * (1.0 - c) - 1.0
        y += step
