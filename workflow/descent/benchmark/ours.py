"""An epoch as the training loop runs it, its bookkeeping included."""

from __future__ import annotations

import time

from descent.benchmark.timing import Candidate
from descent.optimizers import OPTIMIZERS
from descent.problems.base import Problem
from descent.training.loop import train


def epoch_of(problem: Problem, optimizer: str) -> Candidate:
    """Return a candidate that trains one epoch; the wall time counts, but for the evaluations.

    Parameters
    ----------
    problem : Problem
        What is trained.
    optimizer : str
        A built-in rule's name; its learning rate is 0.001.
    """
    rule = OPTIMIZERS[optimizer](learning_rate=1e-3)

    def round_() -> float:
        start = time.perf_counter()
        _, costs, _ = train(problem, rule, seed=0, epochs=1, for_tuning=True)
        return time.perf_counter() - start - costs.evaluation_seconds

    return round_
