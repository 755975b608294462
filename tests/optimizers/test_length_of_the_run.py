"""AdEMAMix warms up over the length of the run, and Prodigy finds the length of its steps."""

import numpy as np
import pytest
from optimizer_forms import wild_gradients

from descent.arrays import Layout
from descent.optimizers import AdEMAMix, Prodigy
from descent.optimizers.state import Task

LAYOUT = Layout({"W": (4, 2)})
GRADIENTS = wild_gradients(30, LAYOUT.size)


def path(rule, steps):
    theta = np.ones(LAYOUT.size)
    state = rule.init(theta, Task(LAYOUT, steps))
    for g in GRADIENTS:
        rule.step(theta, g, state)
    return theta, state


def test_the_warm_up_of_ademamix_is_by_default_as_long_as_the_run():
    default, state = path(AdEMAMix(), steps=30)
    assert np.array_equal(default, path(AdEMAMix(warmup_steps=30), steps=None)[0])
    assert not np.array_equal(default, path(AdEMAMix(warmup_steps=29), steps=30)[0])
    assert AdEMAMix().remarks(state) == []


def test_a_length_that_is_not_known_is_no_warm_up_and_a_remark():
    rule = AdEMAMix()
    without, state = path(rule, steps=None)
    assert np.array_equal(without, path(AdEMAMix(warmup_steps=0), steps=30)[0])
    assert rule.remarks(state) == ["AdEMAMix had no warm-up: the length of the run was not known."]
    assert AdEMAMix(warmup_steps=0).remarks(state) == []


@pytest.mark.parametrize("beta1", [0.0, 0.9])
def test_the_slow_momentum_begins_as_the_fast_one_and_its_memory_grows_evenly(beta1):
    rule = AdEMAMix(beta1=beta1, beta3=0.999, warmup_steps=100)
    state = rule.init(np.ones(LAYOUT.size))
    found = []
    for state.step in (0, 50, 100, 101):
        found.append(rule.warmup(state))
    alphas, betas = zip(*found, strict=True)
    assert alphas == (0.0, 2.5, 5.0, 5.0)
    assert betas[0] == pytest.approx(beta1, abs=1e-15)
    assert betas[2] == betas[3] == 0.999
    # in steps, the memory half-way is the mean of those at the ends
    memory = [-1.0 / np.log(beta) if beta else 0.0 for beta in betas]
    assert memory[1] == pytest.approx((memory[0] + memory[2]) / 2, rel=1e-9)


@pytest.mark.parametrize("distance", [0.1, 1e4])
def test_prodigy_finds_the_distance_from_far_below_it(distance):
    rule, theta = Prodigy(), np.full(LAYOUT.size, distance)
    state = rule.init(theta)
    for _ in range(3000):
        rule.step(theta, np.sign(theta), state)  # the sum of absolute values: no curvature helps
    assert np.abs(theta).max() < 0.1 * distance
    assert 0.1 * distance < rule.d0 * state.scalars["relative_distance"] < 10.0 * distance
