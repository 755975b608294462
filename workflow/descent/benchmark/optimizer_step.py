"""A step of each rule in float32, beside PyTorch.

A rule that treats every number alike has a flat vector. One that looks at layers has two square
matrices and a bias with as many numbers in all. Gradients cost nothing here, those that a rule asks
for included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from timeit import Timer

import numpy as np

from descent.arrays import Array, Layout
from descent.benchmark import pytorch
from descent.benchmark.measurement import OURS, Candidate, Measurement, measure_in_turns
from descent.benchmark.setting import Setting
from descent.optimizers import OPTIMIZERS
from descent.optimizers.state import Task

#: A step of L-BFGS takes as many gradients as its line search.
RULES = [name for name in OPTIMIZERS if name != "lbfgs"]
#: Numbers of parameters; the first one if the benchmark is quick.
LENGTHS = (100_000, 1_000_000)
#: Seconds of one round of steps.
SECONDS = 0.2


def measure(setting: Setting) -> list[Measurement]:
    """Measure a step of each rule, in nanoseconds a parameter."""
    measured: list[Measurement] = []
    for length in LENGTHS[:1] if setting.quick else LENGTHS:
        for rule in RULES:
            steps, notes = _steps(rule, length)
            case = f"{rule}, {length:.0e} parameters".replace("e+0", "e")
            candidates = {name: _seconds_of(step) for name, step in steps.items()}
            measured += measure_in_turns(
                case, candidates, notes, setting.rounds, scale=1e9 / length, unit="ns a parameter"
            )
    return measured


def _steps(rule: str, length: int) -> tuple[dict[str, Callable[[], object]], dict[str, str]]:
    """Return a step of each candidate, and the reason for each missing one."""
    rng = np.random.default_rng(0)
    start, gradient = (rng.normal(size=length).astype(np.float32) for _ in range(2))
    theta = start.copy()
    optimizer = OPTIMIZERS[rule](learning_rate=1e-3)
    state = optimizer.init(theta, Task(_layout(length)) if optimizer.blockwise else None)

    def loss_and_gradient(_theta: Array, out: Array) -> float:
        out[...] = gradient
        return 1.0

    state.loss, state.loss_and_gradient = 1.0, loss_and_gradient

    def ours() -> None:
        optimizer.step(theta, gradient, state)

    steps: dict[str, Callable[[], object]] = {OURS: ours}
    optimizers, notes = pytorch.optimizers(rule)
    for name, optimizer_of in optimizers.items():
        torch = pytorch.load()
        parameter = torch.nn.Parameter(torch.from_numpy(start.copy()))
        parameter.grad = torch.from_numpy(gradient.copy())
        steps[name] = optimizer_of([parameter]).step
    return steps, notes


def _layout(length: int) -> Layout:
    """Return two square matrices and a bias that holds the rest of the numbers."""
    width = math.isqrt(length // 2 - 1)
    square = (width, width)
    return Layout({"W1": square, "W2": square, "b": (length - 2 * width**2,)})


def _seconds_of(step: Callable[[], object]) -> Candidate:
    """Return a candidate that repeats a step for about ``SECONDS``, and counts seconds a step."""
    timer = Timer(step)
    timer.timeit(1)  # allocates buffers
    count = max(1, round(SECONDS / timer.timeit(1)))
    return lambda: timer.timeit(count) / count
