"""Sharpness-aware gradient descent (Foret et al. 2021): a rule that takes two gradients a step."""

from dataclasses import dataclass

import numpy as np

from descent.optimizers import Optimizer, State, hyperparameter


@dataclass
class SharpnessAware(Optimizer):
    """theta <- theta - learning_rate * g(theta + radius * g(theta) / |g(theta)|)."""

    learning_rate: float = hyperparameter(1e-1, "[0, inf)")
    radius: float = hyperparameter(0.05, "(0, inf)")

    extra_gradients = True
    work_arrays = 2
    learning_rate_centre = 1e-1

    def direction(self, g: np.ndarray, state: State) -> np.ndarray:
        """Return the gradient of the same mini-batch a step of ``radius`` uphill."""
        uphill, there = state.work[:2]
        np.multiply(g, self.radius / (float(np.linalg.norm(g)) or 1.0), out=uphill)
        uphill += state.theta
        state.loss_and_gradient(uphill, there)
        return there
