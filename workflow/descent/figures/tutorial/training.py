"""What the two figures of trained networks share: the training, and the loss of every step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from descent.arrays import Array
from descent.figures.style import LOOKS
from descent.optimizers import RMSprop
from descent.problems.base import Problem
from descent.training.loop import train
from descent.training.records import Record

LEARNING_RATE = 0.001
EPOCHS = 5


def learn(problem: Problem, epochs: int = EPOCHS) -> tuple[Record, Array]:
    """Train a network with the tutorial's RMSprop from seed 0.

    Returns
    -------
    record : Record
        Curve, and the loss of every step.
    theta : ndarray of shape (problem.size,)
        The final parameters.
    """
    rule = RMSprop.flavour("tutorial", learning_rate=LEARNING_RATE)
    record, _, theta = train(problem, rule, seed=0, epochs=epochs, record_step_losses=True)
    return record, theta


def draw_losses(axes: Axes, losses: Sequence[float], width: int) -> None:
    """Draw the loss of every step, and its mean over a window of steps."""
    colour = LOOKS["rmsprop"].colour
    axes.plot(np.arange(1, len(losses) + 1), losses, color=colour, alpha=0.35, linewidth=0.4)
    axes.plot(*running_mean(losses, width), color=colour)
    axes.set(xlabel="step", ylabel="mini-batch loss", title=f"Loss (mean of {width} steps)")


def running_mean(values: Sequence[float], width: int) -> tuple[Array, Array]:
    """Return centres and means of a window that slides over the values.

    Parameters
    ----------
    values : sequence of float
        One value a step; step 1 is the first.
    width : int
        Steps in the window, >= 1; no more than there are values are taken.

    Returns
    -------
    centres, means : ndarray of shape (len(values) - width + 1,)
        The window's middle, in steps, and its mean.
    """
    width = min(width, len(values))
    means = np.convolve(values, np.full(width, 1.0 / width), mode="valid")
    centres = np.arange(len(means)) + (width + 1) / 2.0
    return centres, means
