"""Properties that every rule has, whatever its formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optimizer_forms import ELEMENTWISE, FORMS, take_step, walk, wild_gradients

from descent.optimizers import OPTIMIZERS, base
from descent.optimizers.schedules import CosineDecay

SIZE, STEPS = 12, 15
ANY_FORM = st.sampled_from(sorted(FORMS))
ANY_ELEMENTWISE = st.sampled_from(ELEMENTWISE)
DTYPE = st.sampled_from([np.float32, np.float64])
COMMON = st.sampled_from(
    [
        {},
        {"weight_decay": 0.1, "decoupled_weight_decay": False},
        {"weight_decay": 0.1, "decoupled_weight_decay": True},
        {"schedule": CosineDecay(total_steps=10, floor=0.1)},
        {"clip_value": 0.5},
    ]
)


def start(size=SIZE, dtype=np.float64):
    return np.linspace(-1.0, 2.0, size).astype(dtype)


def test_the_classical_rules_are_elementwise():
    assert len([name for name in ELEMENTWISE if name in OPTIMIZERS]) >= 15


@given(
    name=ANY_ELEMENTWISE,
    more=COMMON,
    dtype=DTYPE,
    seed=st.integers(0, 99),
    cut=st.integers(0, SIZE),
)
def test_flat_equals_part_by_part_bit_for_bit(name, more, dtype, seed, cut):
    gradients = wild_gradients(STEPS, SIZE, seed, dtype)
    whole = walk(FORMS[name](**more), start(dtype=dtype), gradients)
    parts = [
        walk(FORMS[name](**more), start(dtype=dtype)[part], gradients[:, part])
        for part in (slice(0, cut), slice(cut, SIZE))
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


@given(name=ANY_FORM, more=COMMON, dtype=DTYPE, size=st.integers(1, 40))
def test_blocks_change_no_bit(name, more, dtype, size):
    gradients = wild_gradients(STEPS, size, dtype=dtype)
    whole = walk(FORMS[name](**more), start(size, dtype), gradients)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "CHUNK_BYTES", 7 * np.dtype(dtype).itemsize)
        in_blocks = walk(FORMS[name](**more), start(size, dtype), gradients)
    np.testing.assert_array_equal(whole, in_blocks)


@pytest.mark.parametrize("size", [7, 300])
@pytest.mark.parametrize("more", [{}, {"clip_norm": 1.0, "clip_value": 0.5}, {"weight_decay": 0.1}])
@pytest.mark.parametrize("name", FORMS)
def test_a_step_written_over_the_gradient_changes_no_bit(name, more, size, monkeypatch):
    monkeypatch.setattr(base, "CHUNK_BYTES", 800)  # 100 components
    gradients = wild_gradients(20, size)
    rule = FORMS[name](**more)
    expected = walk(rule, start(size, np.float64), gradients)
    theta = start(size, np.float64)
    state, buffer = rule.init(theta), np.empty(size)
    state.gradient = buffer
    for g in gradients:
        buffer[...] = g
        take_step(rule, theta, buffer, state)
    np.testing.assert_array_equal(theta, expected)


@given(name=ANY_ELEMENTWISE, more=COMMON, order=st.permutations(range(SIZE)))
def test_permuting_the_parameters_permutes_the_result(name, more, order):
    order = np.array(order)
    gradients = wild_gradients(STEPS, SIZE)
    plain = walk(FORMS[name](**more), start(), gradients)
    permuted = walk(FORMS[name](**more), start()[order], gradients[:, order])
    np.testing.assert_array_equal(plain[order], permuted)


# Without the rule that divides by the deviation from its own mean, which rounding makes.
@pytest.mark.parametrize("name", sorted(set(FORMS) - {"adabelief", "adabelief-optax"}))
def test_float32_follows_float64(name):
    gradients = wild_gradients(STEPS, SIZE, dtype=np.float32)
    single = walk(FORMS[name](), start(dtype=np.float32), gradients)
    double = walk(FORMS[name](), start(), gradients.astype(np.float64))
    np.testing.assert_allclose(single, double, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("size", [0, 1])
def test_any_number_of_parameters(form, size):
    theta = walk(form(), np.ones(size), np.ones((3, size)))
    assert theta.shape == (size,)
    assert (theta < 1.0).all()


# Rules that divide the gradient by a norm of its own past.
SCALE_FREE = {
    "adagrad": {"epsilon": 0.0},
    "rmsprop": {"epsilon": 0.0},
    "rmsprop-centered": {"epsilon": 0.0},
    "rmsprop-momentum": {"epsilon": 0.0},
    "adam": {"epsilon": 0.0},
    "adam-keras": {"epsilon": 0.0},
    "amsgrad": {"epsilon": 0.0},
    "amsgrad-optax": {"epsilon": 0.0},
    "adamax": {"epsilon": 0.0},
    "nadam": {"epsilon": 0.0},
    "adabelief": {"epsilon": 0.0, "epsilon_root": 0.0},
    "lion": {},
    "lamb": {"epsilon": 0.0},
    "lars": {},
    "adan": {"epsilon": 0.0},
    "ademamix": {"epsilon": 0.0},
    "prodigy": {"epsilon": 0.0},
    "rprop": {},
}


@given(name=st.sampled_from(sorted(SCALE_FREE)), exponent=st.integers(-40, 40))
def test_scaling_all_gradients_changes_nothing(name, exponent):
    # by a power of two, which rounds nothing: then not a bit may differ
    gradients = wild_gradients(STEPS, SIZE, zeros=0.0)
    rule = FORMS[name](**SCALE_FREE[name])
    np.testing.assert_array_equal(
        walk(rule, start(), gradients), walk(rule, start(), gradients * 2.0**exponent)
    )


@given(name=st.sampled_from(["sgd", "momentum", "nesterov"]), exponent=st.integers(-40, 40))
def test_descent_is_linear_in_the_gradients(name, exponent):
    gradients, origin = wild_gradients(STEPS, SIZE), np.zeros(SIZE)
    rule = FORMS[name]()
    np.testing.assert_array_equal(
        walk(rule, origin, gradients) * 2.0**exponent, walk(rule, origin, gradients * 2.0**exponent)
    )


@given(g=st.floats(1e-100, 1e100) | st.floats(-1e100, -1e-100), rate=st.floats(1e-6, 1e3))
def test_the_first_step_of_adam_is_the_learning_rate(g, rate):
    for name in ("adam", "adam-keras", "amsgrad", "amsgrad-optax", "adamax"):
        rule = FORMS[name](learning_rate=rate, epsilon=0.0)
        theta = walk(rule, np.zeros(1), np.array([[g]]))
        np.testing.assert_allclose(theta, -rate * np.sign(g), rtol=1e-14)
