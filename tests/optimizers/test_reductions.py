"""Of the "reduces to" lines of the docstrings, those in which one rule at an edge is another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optimizer_forms import walk, wild_gradients

from descent.optimizers import OPTIMIZERS
from descent.optimizers.schedules import StepDecay

START = np.linspace(-1.0, 2.0, 8)
STAIR = StepDecay(5)
L2, DECOUPLED = {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}

#: Two rules with their hyper-parameters that are one rule, bit for bit.
SAME_BITS = [
    ("momentum", {"momentum": 0.0}, "sgd", {}),
    ("nesterov", {"momentum": 0.0}, "sgd", {}),
    (
        "momentum",
        {"momentum": 0.0, "learning_rate_in_buffer": True, "schedule": STAIR},
        "sgd",
        {"schedule": STAIR},
    ),
    ("adamw", {"weight_decay": 0.0}, "adam", {}),
    ("adamw", {**L2, "decoupled_weight_decay": False}, "adam", L2),
    ("adamw", L2, "adam", DECOUPLED),
    ("radam", {"beta1": 0.0, "beta2": 0.5}, "sgd", {}),
    ("ademamix", {"alpha": 0.0, "warmup_steps": 10}, "adam", {}),
    ("ademamix", {"alpha": 0.0, **L2}, "adamw", L2),
]
#: Likewise, but for rounding.
SAME = [
    ("adan", {"beta2": 0.0}, "adam", {"beta1": 0.98, "beta2": 0.99}),
    (
        "muon",
        {"orthogonalized": (), "adam_learning_rate_factor": 0.5, "learning_rate": 0.1, **L2},
        "adamw",
        {"learning_rate": 0.05, "beta2": 0.95, "epsilon": 1e-10, **L2},
    ),
    ("nadam", {"beta1": 0.0}, "adam", {"beta1": 0.0, "learning_rate": 2e-3}),
]
#: Rules of which the first step is the same; where it starts from zero, its relative difference
#: is one of the path.
SAME_FIRST_STEP = [
    ("yogi", {"initial_moment": 0.0}, "adam", {"learning_rate": 0.01, "epsilon": 1e-3}),
    ("lamb", {"epsilon": 1e-8}, "adam", {}),
    ("lars", {"learning_rate": 0.01}, "sgd", {"learning_rate": 0.01}),
    (
        "prodigy",
        {"learning_rate": 0.5, "d0": 0.01, "bias_correction": True, "epsilon": 0.0},
        "adam",
        {"learning_rate": 0.005, "epsilon": 0.0},
    ),
    ("schedule_free_sgd", {"learning_rate": 0.1}, "sgd", {"learning_rate": 0.1}),
    ("schedule_free_adamw", {"learning_rate": 0.1}, "adam", {"learning_rate": 0.1}),
]


def walks(case, start, gradients):
    one, settings, other, its_settings = case
    return (
        walk(OPTIMIZERS[one](**settings), start, gradients),
        walk(OPTIMIZERS[other](**its_settings), start, gradients),
    )


def named(part):
    return part if isinstance(part, str) else ",".join(part)


@pytest.mark.parametrize("case", SAME_BITS, ids=lambda case: "-".join(map(named, case)))
@given(seed=st.integers(0, 999))
def test_one_rule_at_an_edge_is_another(case, seed):
    np.testing.assert_array_equal(*walks(case, START, wild_gradients(20, 8, seed)))


@pytest.mark.parametrize("case", SAME, ids=lambda case: "-".join(map(named, case)))
@given(seed=st.integers(0, 999))
def test_one_rule_at_an_edge_is_another_but_for_rounding(case, seed):
    found = walks(case, START, wild_gradients(20, 8, seed, zeros=0.0))
    np.testing.assert_allclose(*found, rtol=1e-13)


@pytest.mark.parametrize("case", SAME_FIRST_STEP, ids=lambda case: "-".join(map(named, case)))
@given(seed=st.integers(0, 999))
def test_the_first_step_of_one_is_that_of_another(case, seed):
    found = walks(case, np.zeros(8), wild_gradients(1, 8, seed, zeros=0.0))
    np.testing.assert_allclose(*found, rtol=1e-14, atol=0.0)


@given(seed=st.integers(0, 999))
def test_for_gradient_descent_the_two_weight_decays_are_one(seed):
    found = walks(("sgd", L2, "sgd", DECOUPLED), START, wild_gradients(20, 8, seed))
    np.testing.assert_allclose(*found, rtol=1e-13, atol=1e-13)
