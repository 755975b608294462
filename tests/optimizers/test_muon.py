"""Muon: which parameters are orthogonalised, how, and what becomes of the others."""

import numpy as np
import pytest

from descent.arrays import Layout
from descent.optimizers import AdamW, Muon
from descent.optimizers.state import Task

LAYOUT = Layout(
    {"words": (7, 3), "tall": (6, 3), "wide": (3, 6), "b": (6,), "classes": (6, 4)},
    kinds={"words": "embedding", "classes": "output"},
)
TASK = Task(LAYOUT)
START = np.linspace(-1.0, 1.0, LAYOUT.size)


def moved(rule, steps=1, layout=LAYOUT):
    """Return how far each block went, by name."""
    theta = START[: layout.size].copy()
    state = rule.init(theta, Task(layout))
    rng = np.random.default_rng(3)
    for _ in range(steps):
        rule.step(theta, rng.normal(size=theta.size), state)
    return layout.views(theta - START[: layout.size])


def singular_values(matrix):
    return np.linalg.svd(matrix, compute_uv=False)


def test_a_matrix_with_more_outputs_than_inputs_moves_further():
    by_block = moved(Muon(0.1))
    for name, scale in {"tall": 1.0, "wide": np.sqrt(6 / 3)}.items():
        values = singular_values(by_block[name]) / (0.1 * scale)
        assert (values > 0.68).all()
        assert (values < 1.14).all()


def test_with_consistent_rms_every_shape_moves_equally_far_in_each_number():
    by_block = moved(Muon(0.1, consistent_rms=0.2))
    for name in ("tall", "wide"):
        assert np.sqrt(np.mean(by_block[name] ** 2)) == pytest.approx(0.1 * 0.2, rel=0.2)


def test_everything_else_is_trained_by_adamw_at_a_rate_of_its_own():
    settings = {"weight_decay": 0.1, "groups": {"output": {"learning_rate": 3.0}}}
    ours = moved(Muon(0.5, adam_learning_rate_factor=0.02, **settings), steps=5)
    adamw = moved(AdamW(0.01, beta2=0.95, epsilon=1e-10, **settings), steps=5)
    for name in ("words", "b", "classes"):
        np.testing.assert_allclose(ours[name], adamw[name], rtol=1e-12)
    for name in ("tall", "wide"):
        assert not np.allclose(ours[name], adamw[name], rtol=0.1)


def test_the_kinds_that_are_orthogonalised_are_chosen():
    ours = moved(Muon(0.1, orthogonalized=["embedding", "output"]))
    for name in ("words", "classes"):
        assert singular_values(ours[name]).min() > 0.068
    adamw = moved(AdamW(0.0015, beta2=0.95, epsilon=1e-10, weight_decay=0.0))
    np.testing.assert_allclose(ours["tall"], adamw["tall"], rtol=1e-12)


def test_a_matrix_has_one_slot_and_the_rest_two():
    rule = Muon()
    state = rule.init(START, TASK)
    matrices = 6 * 3 + 3 * 6
    assert state.nbytes == 8 * (matrices + 2 * (LAYOUT.size - matrices))
    assert rule.remarks(state) == []


def test_a_problem_without_a_hidden_matrix_is_remarked():
    remark = ["no hidden weight matrix: all parameters were trained by AdamW"]
    bare = Layout({"classes": (6, 4), "b": (4,)}, kinds={"classes": "output"})
    rule = Muon()
    assert rule.remarks(rule.init(START[: bare.size], Task(bare))) == remark
    assert rule.remarks(rule.init(START)) == remark
    chosen = Muon(orthogonalized=("output",))
    assert chosen.remarks(chosen.init(START[: bare.size], Task(bare))) == []


def test_scaling_the_gradients_of_a_matrix_changes_nothing_but_by_epsilon():
    rng = np.random.default_rng(1)
    gradients = rng.normal(size=(5, LAYOUT.size))
    ends = []
    for scale in (1.0, 1e6):
        theta = START.copy()
        rule = Muon()
        state = rule.init(theta, TASK)
        for g in gradients:
            rule.step(theta, scale * g, state)
        ends.append(LAYOUT.views(theta)["tall"])
    np.testing.assert_allclose(*ends, rtol=1e-5)


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ("matrix", "orthogonalized must be a list of kinds. Received: 'matrix'"),
        (3, "orthogonalized must be a list of kinds. Received: 3"),
        (["matrx"], "no kind 'matrx'. Did you mean 'matrix'?"),
        (["bias"], "no kind 'bias'. Valid: matrix, embedding, output"),
    ],
)
def test_wrong_kinds_are_told(kinds, message):
    with pytest.raises((TypeError, ValueError), match=message.replace("?", r"\?")):
        Muon(orthogonalized=kinds)
