"""An epoch as the training loop runs it, its bookkeeping included."""

from __future__ import annotations

from descent.benchmark.timing import Candidate
from descent.optimizers import OPTIMIZERS
from descent.problems.base import Problem
from descent.training.loop import train


def epoch_of(problem: Problem, optimizer: str) -> Candidate:
    """Return a candidate that trains one epoch, and counts the training time of the loop.

    Parameters
    ----------
    problem : Problem
        What is trained.
    optimizer : str
        A built-in rule's name; its learning rate is 0.001.
    """
    rule = OPTIMIZERS[optimizer](learning_rate=1e-3)

    def round_() -> float:
        _, costs, _ = train(problem, rule, seed=0, epochs=1)
        return costs.training_seconds

    return round_
