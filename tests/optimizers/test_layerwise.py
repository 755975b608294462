"""Rules that see layers, where no library has the form: the paper's formulas, layer by layer."""

import numpy as np
from optimizer_forms import wild_gradients

from descent.arrays import Layout
from descent.optimizers import LARS, Adafactor
from descent.optimizers.schedules import StepDecay
from descent.optimizers.state import Task

LAYOUT = Layout({"tall": (5, 2), "bias": (2,), "wide": (2, 4), "one": (1, 1)})
START = np.random.default_rng(7).normal(size=LAYOUT.size)
GRADIENTS = wild_gradients(200, LAYOUT.size)


def layered_walk(rule, start=START, gradients=GRADIENTS):
    theta = start.copy()
    state = rule.init(theta, Task(LAYOUT, steps=len(gradients)))
    for g in gradients:
        rule.step(theta, g, state)
    return LAYOUT.views(theta)


def test_lars_divides_by_the_sum_of_the_norms_as_the_paper_does():
    found = layered_walk(LARS(weight_decay=0.05, schedule=StepDecay(30, gamma=0.5)))
    paths = [LAYOUT.views(g.copy()) for g in GRADIENTS]
    for name, start in LAYOUT.views(START).items():
        w = start.copy()
        step = np.zeros_like(w)
        for t, grads in enumerate(paths):
            g = grads[name]
            length = np.sqrt(np.sum(w**2))
            local_rate = 1e-3 * length / (np.sqrt(np.sum(g**2)) + 0.05 * length)
            step = 0.9 * step - 0.5 ** (t // 30) * local_rate * (g + 0.05 * w)
            w += step
        np.testing.assert_allclose(found[name], w, rtol=1e-12)


def test_adafactor_keeps_a_row_and_a_column_of_a_matrix_and_all_of_the_rest():
    state = Adafactor().init(START, Task(LAYOUT))
    shapes = {name: slot.shape for name, slot in state.slots.items()}
    assert shapes == {
        "row.tall": (5, 1),
        "column.tall": (1, 2),
        "square.bias": (2,),
        "row.wide": (2, 1),
        "column.wide": (1, 4),
        "row.one": (1, 1),
        "column.one": (1, 1),
    }


def test_a_factored_moment_of_rank_one_is_the_moment_itself():
    """Squares that are an outer product lose nothing by their row and column."""
    rng = np.random.default_rng(3)
    gradients = np.zeros_like(GRADIENTS)
    for name, stretch in LAYOUT.slices.items():
        shape = LAYOUT.shapes[name]
        factor = np.outer(*(rng.uniform(0.1, 1.0, size) for size in (shape[0], shape[-1])))
        factor = factor if len(shape) == 2 else factor[0]
        sizes = rng.uniform(0.1, 1.0, (len(gradients), 1)) * factor.ravel()
        gradients[:, stretch] = sizes * rng.choice([-1.0, 1.0], size=sizes.shape)
    factored = layered_walk(Adafactor(), gradients=gradients)
    full = layered_walk(Adafactor(smallest_factored=9), gradients=gradients)
    for name in LAYOUT.shapes:
        np.testing.assert_allclose(factored[name], full[name], rtol=1e-12)
