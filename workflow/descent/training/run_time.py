"""Estimate of how long a run takes, from its first steps."""

from __future__ import annotations

from descent.optimizers.base import Optimizer
from descent.problems.base import Problem
from descent.training.loop import evaluation_steps, train

#: Seconds of processor time until a run begins to train: Python and its libraries.
START_SECONDS = 0.15
#: Steps that are taken; some rules do something costly only at every tenth.
FIRST_STEPS = 10
#: If the first step alone takes longer than this, in seconds, it is the only one.
LONG_STEP = 0.1


def estimate_seconds(
    problem: Problem, optimizer: Optimizer, *, epochs: float, evaluations_per_epoch: float
) -> float:
    """Return about how much processor time a tuning run takes, by taking its first steps.

    Parameters
    ----------
    problem, optimizer, epochs, evaluations_per_epoch
        Those of the run, as for :func:`descent.training.loop.train`.

    Returns
    -------
    float
        Seconds. A run that diverges takes less; one that is evaluated on all splits, more.
    """
    of_epoch = problem.steps_per_epoch
    steps = max(1, round(epochs * of_epoch))
    evaluations = 1 + len(evaluation_steps(steps, of_epoch / evaluations_per_epoch))
    of_step, of_evaluation = first, _ = _time(problem, optimizer, 1)
    if first < LONG_STEP:
        ten, of_evaluation = _time(problem, optimizer, FIRST_STEPS)
        of_step = max(0.0, ten - first) / (FIRST_STEPS - 1)  # without what is done only once
    return START_SECONDS + first + (steps - 1) * of_step + evaluations * of_evaluation


def _time(problem: Problem, optimizer: Optimizer, steps: int) -> tuple[float, float]:
    """Return the seconds of all steps of a short run, and of one of its evaluations."""
    epochs = steps / problem.steps_per_epoch
    _, costs, _ = train(problem, optimizer, seed=0, epochs=epochs, for_tuning=True)
    # it is evaluated before its first step and after its last
    return costs.training_seconds, costs.evaluation_seconds / 2
