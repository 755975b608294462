"""A step of each rule in float32, beside PyTorch and the memory traffic that it cannot avoid.

A rule that treats every number alike has a flat vector. One that looks at layers has two square
matrices and a bias with as many numbers in all. Gradients cost nothing here, those that a rule asks
for included.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from descent.arrays import Array, Layout
from descent.benchmark.libraries import (
    IMPLEMENTATIONS,
    TORCH_RULES,
    load_torch,
    missing,
    torch_optimizer,
)
from descent.benchmark.rows import OURS, Row, rows_of
from descent.benchmark.setting import Setting
from descent.benchmark.timing import Candidate, alternate
from descent.optimizers import OPTIMIZERS
from descent.optimizers.state import Task

#: A step of L-BFGS is as many gradients as its line search takes.
RULES = [name for name in OPTIMIZERS if name != "lbfgs"]
#: Passes over parameters, gradient and slots that no implementation can do without.
TRAFFIC = "memory traffic alone"


def measure(setting: Setting) -> list[Row]:
    """Measure a step of each rule at every length, in nanoseconds a parameter."""
    rows: list[Row] = []
    for length in setting.size.parameters:
        for rule in RULES:
            steps, notes = _steps(rule, length)
            candidates = {
                name: _round(step, setting.size.step_seconds) for name, step in steps.items()
            }
            rows += rows_of(
                "optimizer_step",
                f"{rule}, {length:.0e} parameters".replace("e+0", "e"),
                alternate(candidates, setting.size.rounds),
                notes,
                scale=1e9 / length,
                unit="ns per parameter",
                size=length,
            )
    return rows


def _steps(rule: str, length: int) -> tuple[dict[str, Callable[[], Any]], dict[str, str]]:
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

    copies = [np.ones_like(slot) for slot in state.slots.values()]
    change = gradient * np.float32(1e-6)
    moved = start.copy()

    def traffic() -> None:
        for slot in copies:
            np.negative(slot, out=slot)
        np.add(moved, change, out=moved)

    steps: dict[str, Callable[[], Any]] = {OURS: ours, TRAFFIC: traffic}
    notes: dict[str, str] = {}
    for name in IMPLEMENTATIONS:
        label = f"PyTorch, {name}"
        if rule not in TORCH_RULES:
            notes[label] = f"PyTorch has no {rule}"
        elif why := missing("torch", "PyTorch"):
            notes[label] = why
        else:
            torch = load_torch()
            parameter = torch.nn.Parameter(torch.from_numpy(start.copy()))
            parameter.grad = torch.from_numpy(gradient.copy())
            try:
                steps[label] = torch_optimizer(rule, [parameter], name).step
            except NotImplementedError as error:
                notes[label] = str(error)
    return steps, notes


def _layout(length: int) -> Layout:
    """Return two square matrices and a bias that holds the rest of the numbers."""
    width = math.isqrt(length // 2 - 1)
    square = (width, width)
    return Layout({"W1": square, "W2": square, "b": (length - 2 * width**2,)})


def _round(step: Callable[[], Any], seconds: float) -> Candidate:
    """Return a candidate that takes steps for about ``seconds``, and counts seconds per step."""
    start = time.perf_counter()
    step()
    count = 0
    while time.perf_counter() - start < seconds / 4 or count == 0:
        step()
        count += 1
    steps = max(1, 4 * count)

    def round_() -> float:
        start = time.perf_counter()
        for _ in range(steps):
            step()
        return (time.perf_counter() - start) / steps

    return round_
