"""Parameters on which another library's optimizer is tried before it may join a study."""

from __future__ import annotations

import numpy as np

from descent.arrays import Array, Layout
from descent.optimizers.state import Task

#: A hidden layer, an output and their biases.
TRIAL = Task(
    Layout({"W1": (3, 2), "b1": (2,), "W2": (2, 2), "b2": (2,)}, kinds={"W2": "output"}), steps=10
)


def trial_parameters() -> Array:
    """Return parameters for the task ``TRIAL``."""
    return np.linspace(-1.0, 1.0, TRIAL.layout.size)
