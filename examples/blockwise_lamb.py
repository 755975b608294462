"""LAMB (You et al. 2020): a rule that sees one weight matrix or bias at a time."""

from dataclasses import dataclass

import numpy as np

from descent.optimizers import Optimizer, State, hyperparameter


@dataclass
class BlockwiseLAMB(Optimizer):
    """theta <- theta - learning_rate * |theta| / |u| * u, u the step of Adam, block by block."""

    learning_rate: float = hyperparameter(1e-2, "[0, inf)")
    beta1: float = hyperparameter(0.9, "[0, 1)")
    beta2: float = hyperparameter(0.999, "[0, 1)")
    epsilon: float = hyperparameter(1e-6, "(0, inf)")

    slots = {"m": 0.0, "v": 0.0}
    blockwise = True
    learning_rate_centre = 1e-2

    def direction(self, g: np.ndarray, state: State) -> np.ndarray:
        """Return u, of the shape of the block; the ratio of the norms goes into the step size."""
        b1, b2, t = self.beta1, self.beta2, state.step
        state["m"] *= b1
        state["m"] += (1 - b1) * g
        state["v"] *= b2
        state["v"] += (1 - b2) * g * g
        u = (state["m"] / (1 - b1**t)) / (np.sqrt(state["v"] / (1 - b2**t)) + self.epsilon)
        weights, length = np.linalg.norm(state.theta), np.linalg.norm(u)
        if weights > 0 and length > 0:
            state.step_size *= float(weights / length)
        return u
