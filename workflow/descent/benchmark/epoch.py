"""An epoch as the training loop runs it, beside PyTorch and the matrix products alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from descent.benchmark import pytorch
from descent.benchmark.measurement import (
    OURS,
    PRODUCTS,
    Candidate,
    Measurement,
    measure_in_turns,
    timed,
)
from descent.benchmark.setting import Setting
from descent.optimizers import OPTIMIZERS
from descent.problems.base import Problem
from descent.problems.loading import load_problem
from descent.training.loop import train

RULES = ("sgd", "rmsprop", "adam")
#: Given the module ``torch``, returns new parameters (or groups of them), and a function that
#: yields the loss of each mini-batch of an epoch.
Build = Callable[[Any], tuple[list[Any], Callable[[], Iterator[Any]]]]


def measure_epochs(
    setting: Setting,
    build: Build,
    *,
    products: Callable[[], object] | None = None,
) -> list[Measurement]:
    """Measure an epoch with each of three rules.

    Parameters
    ----------
    setting : Setting
        Its problem and its dataset are used.
    build : callable
        The problem in PyTorch, see ``Build``.
    products : callable, optional
        The matrix products of an epoch.
    """
    measured: list[Measurement] = []
    for rule in RULES:
        problem = load_problem("benchmark", setting.problem, setting.dataset)
        candidates = {OURS: _our_epoch(problem, rule)}
        if products is not None:
            candidates[PRODUCTS] = timed(products)
        optimizers, notes = pytorch.optimizers(rule)
        for name, optimizer_of in optimizers.items():
            candidates[name] = timed(_pytorch_epoch(build, optimizer_of))
        measured += measure_in_turns(rule, candidates, notes, setting.rounds)
    return measured


def _our_epoch(problem: Problem, rule: str) -> Candidate:
    """Return a candidate that trains one epoch; its wall time counts, but for the evaluations."""
    optimizer = OPTIMIZERS[rule](learning_rate=1e-3)

    def seconds() -> float:
        start = time.perf_counter()
        _, costs, _ = train(problem, optimizer, seed=0, epochs=1, for_tuning=True)
        return time.perf_counter() - start - costs.evaluation_seconds

    return seconds


def _pytorch_epoch(build: Build, optimizer_of: pytorch.OptimizerOf) -> Callable[[], None]:
    """Return an epoch as PyTorch's users write it, without the cost of a ``DataLoader``."""
    torch = pytorch.load()
    parameters, losses = build(torch)
    optimizer = optimizer_of(parameters)

    def epoch() -> None:
        for loss in losses():
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch
