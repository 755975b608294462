"""An update rule of my own: momentum, to be replaced by a better idea."""

from dataclasses import dataclass

import numpy as np

from descent.optimizers import Optimizer, State, hyperparameter


@dataclass
class Mine(Optimizer):
    """theta <- theta - learning_rate * velocity, velocity <- momentum * velocity + g."""

    learning_rate: float = hyperparameter(1e-2, "[0, inf)")
    momentum: float = hyperparameter(0.9, "[0, 1)")

    elementwise = True  # each parameter by itself; False if it sees matrices or norms
    learning_rate_centre = 0.1  # the middle of the learning rates that are tried
    slots = {"velocity": 0.0}  # vectors that it keeps, and what they start with

    def direction(self, g: np.ndarray, state: State) -> np.ndarray:
        """Return what learning_rate is multiplied by and subtracted; g is the gradient."""
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += g
        return velocity
