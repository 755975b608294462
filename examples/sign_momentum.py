"""Sign descent with momentum: the smallest rule that is worth a study."""

from dataclasses import dataclass

import numpy as np

from descent.optimizers import Optimizer, State, hyperparameter


@dataclass
class SignMomentum(Optimizer):
    """theta <- theta - learning_rate * sign(velocity), velocity <- momentum * velocity + g."""

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    momentum: float = hyperparameter(0.9, "[0, 1)")

    slots = {"velocity": 0.0}

    def direction(self, g: np.ndarray, state: State) -> np.ndarray:
        """Return sign(velocity)."""
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += g
        return np.sign(velocity, out=state.work[0])
