"""Schedule-Free rules: three sequences of which two are kept, and the average that is evaluated."""

import numpy as np
import pytest
from optimizer_forms import walk, wild_gradients

from descent.arrays import Layout
from descent.optimizers import ScheduleFreeAdamW, ScheduleFreeSGD
from descent.optimizers.schedules import StepDecay
from descent.optimizers.state import Task

START = np.linspace(-1.0, 2.0, 6)
RULES = [ScheduleFreeSGD, ScheduleFreeAdamW]


@pytest.mark.parametrize("rule", RULES)
def test_the_average_is_that_of_every_z_weighted_by_the_rate_so_far(rule):
    made = rule(
        0.1, warmup_steps=5, step_power=1.0, weight_decay=0.1, schedule=StepDecay(8, gamma=0.1)
    )
    theta = START.copy()
    state = made.init(theta)
    visited, weights, largest = [], [], 0.0
    for t, g in enumerate(wild_gradients(20, 6), start=1):
        made.step(theta, g, state)
        largest = max(largest, 0.1 * min(1.0, t / 5) * 0.1 ** ((t - 1) // 8))
        visited.append(state["z"].copy())
        weights.append(t * largest**2)
        x = np.average(visited, axis=0, weights=weights)
        np.testing.assert_allclose(made.evaluation_point(theta, state), x, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(theta, 0.9 * x + 0.1 * state["z"], rtol=1e-11, atol=1e-13)


def test_z_goes_down_the_gradients_that_are_taken_at_y():
    made = ScheduleFreeSGD(0.1, weight_decay=0.5, beta1=0.6)
    theta = START.copy()
    state, z = made.init(theta), START.copy()
    for g in wild_gradients(10, 6):
        z -= 0.1 * (g + 0.5 * theta)
        made.step(theta, g, state)
        np.testing.assert_allclose(state["z"], z, rtol=1e-13)


@pytest.mark.parametrize("rule", RULES)
def test_before_the_first_step_it_is_evaluated_where_it_starts_to_the_bit(rule):
    theta = START.copy()
    made = rule()
    assert made.evaluation_point(theta, made.init(theta)) is theta


@pytest.mark.parametrize("rule", RULES)
def test_the_average_reaches_the_minimum_of_a_convex_function(rule):
    minimum, curvature = np.array([1.0, -2.0, 0.5]), np.array([0.1, 1.0, 3.0])
    made = rule(0.3, warmup_steps=10)
    theta = np.zeros(3)
    state = made.init(theta)
    for _ in range(3000):
        made.step(theta, curvature * (theta - minimum), state)
    assert made.evaluation_point(theta, state) == pytest.approx(minimum, abs=1e-3)


def test_with_noise_the_average_is_nearer_to_the_minimum_than_where_gradients_are_taken():
    rng = np.random.default_rng(0)
    made = ScheduleFreeSGD(0.5)
    theta = np.zeros(50)
    state = made.init(theta)
    for _ in range(2000):
        made.step(theta, theta - 1.0 + rng.normal(size=50), state)
    distance = np.linalg.norm(made.evaluation_point(theta, state) - 1.0)
    assert distance < 0.5 * np.linalg.norm(theta - 1.0)
    assert distance < 0.5


@pytest.mark.parametrize("rule", RULES)
def test_factors_of_groups_are_factors_of_rate_and_decay(rule):
    layout = Layout({"W": (2, 2), "b": (2,)})
    gradients = wild_gradients(10, 6)

    def end(part, **settings):
        theta = START.copy()
        made = rule(weight_decay=0.3, **settings)
        state = made.init(theta, Task(layout))
        for g in gradients:
            made.step(theta, g, state)
        return made.evaluation_point(theta, state)[part]

    W, b = slice(0, 4), slice(4, 6)
    halved = {"groups": {"matrix": {"learning_rate": 0.5}}, "learning_rate": 0.2}
    np.testing.assert_allclose(end(W, **halved), end(W, learning_rate=0.1), rtol=1e-12)
    np.testing.assert_array_equal(end(b, **halved), end(b, learning_rate=0.2))
    frozen = {"groups": {"bias": {"learning_rate": 0}}, "learning_rate": 0.2}
    np.testing.assert_allclose(end(b, **frozen), START[b], rtol=1e-15)
    undecayed = {"groups": {"bias": {"weight_decay": 0}}, "learning_rate": 0.2}
    assert not np.allclose(end(b, **undecayed), end(b, learning_rate=0.2))


def test_for_schedule_free_sgd_the_two_weight_decays_are_one():
    gradients = wild_gradients(20, 6)
    ends = [
        walk(ScheduleFreeSGD(0.1, weight_decay=0.1, decoupled_weight_decay=d), START, gradients)
        for d in (True, False)
    ]
    np.testing.assert_allclose(*ends, rtol=1e-12)
