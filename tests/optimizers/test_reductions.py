"""The "reduces to" lines of the docstrings: one rule at an edge is another rule."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from optimizer_forms import walk, wild_gradients

from descent.optimizers import (
    LAMB,
    LARS,
    LBFGS,
    SGD,
    Adam,
    AdaMax,
    AdamW,
    Adan,
    AdEMAMix,
    AMSGrad,
    Lion,
    Momentum,
    Muon,
    Nadam,
    Nesterov,
    Prodigy,
    RAdam,
    RMSprop,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Yogi,
)
from descent.optimizers.schedules import StepDecay

START = np.linspace(-1.0, 2.0, 8)
SEED = st.integers(0, 999)


def same_bits(one, other, gradients):
    np.testing.assert_array_equal(walk(one, START, gradients), walk(other, START, gradients))


def same(one, other, gradients, rtol=1e-14):
    origin = np.zeros(8)  # where a relative difference is one of the path
    np.testing.assert_allclose(
        walk(one, origin, gradients), walk(other, origin, gradients), rtol=rtol, atol=0.0
    )


@given(seed=SEED)
def test_without_momentum_it_is_gradient_descent(seed):
    gradients = wild_gradients(20, 8, seed)
    same_bits(Momentum(momentum=0.0), SGD(), gradients)
    same_bits(Nesterov(momentum=0.0), SGD(), gradients)
    buffered = Momentum(momentum=0.0, learning_rate_in_buffer=True, schedule=StepDecay(5))
    same_bits(buffered, SGD(schedule=StepDecay(5)), gradients)


@given(seed=SEED)
def test_where_the_learning_rate_stands_matters_under_a_schedule_only(seed):
    gradients = wild_gradients(20, 8, seed, zeros=0.0)
    for make in (Momentum, Nesterov, lambda **more: RMSprop(momentum=0.9, **more)):
        one = np.abs(walk(make(), np.zeros(8), gradients))
        other = np.abs(walk(make(learning_rate_in_buffer=True), np.zeros(8), gradients))
        np.testing.assert_allclose(one, other, rtol=1e-10)
        decay = StepDecay(step_size=10)
        one = walk(make(schedule=decay), np.zeros(8), gradients)
        other = walk(make(schedule=decay, learning_rate_in_buffer=True), np.zeros(8), gradients)
        assert not np.allclose(one, other, rtol=1e-3)


@given(seed=SEED)
def test_adamw_without_decay_is_adam(seed):
    gradients = wild_gradients(20, 8, seed)
    same_bits(AdamW(weight_decay=0.0), Adam(), gradients)
    same_bits(
        AdamW(weight_decay=0.1, decoupled_weight_decay=False), Adam(weight_decay=0.1), gradients
    )
    same_bits(
        AdamW(weight_decay=0.1), Adam(weight_decay=0.1, decoupled_weight_decay=True), gradients
    )


@given(seed=SEED)
def test_adam_without_momentum_is_rmsprop_with_its_bias_corrected(seed):
    gradients = wild_gradients(20, 8, seed, zeros=0.0)
    adam, rmsprop = Adam(beta1=0.0, epsilon=0.0), RMSprop(decay_rate=0.999, epsilon=0.0)
    theta = np.zeros(8), np.zeros(8)
    states = adam.init(theta[0]), rmsprop.init(theta[1])
    for t, g in enumerate(gradients, start=1):
        for array in theta:
            array[...] = 0.0
        adam.step(theta[0], g, states[0])
        # The average started at zero; with as many gradients before it, it would not be short.
        rmsprop.learning_rate = adam.learning_rate * (1.0 - 0.999**t) ** 0.5
        rmsprop.step(theta[1], g, states[1])
        np.testing.assert_allclose(*theta, rtol=1e-14)


@given(seed=SEED)
def test_nadam_without_momentum_is_adam_without_momentum(seed):
    same(Nadam(beta1=0.0), Adam(beta1=0.0, learning_rate=2e-3), wild_gradients(1, 8, seed))
    same_path = wild_gradients(20, 8, seed, zeros=0.0)
    np.testing.assert_allclose(
        walk(Nadam(beta1=0.0), START, same_path),
        walk(Adam(beta1=0.0, learning_rate=2e-3), START, same_path),
        rtol=1e-13,
    )


@given(seed=SEED)
def test_amsgrad_is_adam_while_the_gradients_grow(seed):
    gradients = np.sort(np.abs(wild_gradients(20, 8, seed)), axis=0)
    same_bits(AMSGrad(), Adam(), gradients)
    shrinking = gradients[::-1] + 1e-3
    assert not np.allclose(
        walk(AMSGrad(beta2=0.5), START, shrinking), walk(Adam(beta2=0.5), START, shrinking)
    )


@given(seed=SEED)
def test_radam_with_a_short_memory_is_gradient_descent(seed):
    gradients = wild_gradients(20, 8, seed)
    same_bits(RAdam(beta1=0.0, beta2=0.5), SGD(), gradients)


def test_radam_approaches_adam():
    gradients = wild_gradients(3000, 8, zeros=0.0)
    radam, adam = RAdam(beta2=0.9, epsilon=0.0), Adam(beta2=0.9, epsilon=0.0)
    states = radam.init(START), adam.init(START)
    before = (
        walk(radam, START, gradients[:-1], states[0]),
        walk(adam, START, gradients[:-1], states[1]),
    )
    steps = [
        walk(rule, theta, gradients[-1:], state) - theta
        for rule, theta, state in zip((radam, adam), before, states, strict=True)
    ]
    np.testing.assert_allclose(*steps, rtol=1e-9)


@given(seed=SEED)
def test_sign_descent_in_three_disguises(seed):
    gradients = wild_gradients(20, 8, seed, zeros=0.0)
    signs = np.sign(gradients)
    same_bits(Lion(beta1=0.0, learning_rate=0.01, weight_decay=0.0), SGD(0.01), signs)
    for rule in (
        RMSprop(learning_rate=0.01, decay_rate=0.0, epsilon=0.0),
        AdaMax(learning_rate=0.01, beta1=0.0, beta2=0.0, epsilon=0.0),
        Adam(learning_rate=0.01, beta1=0.0, beta2=0.0, epsilon=0.0),
    ):
        np.testing.assert_allclose(
            walk(rule, START, gradients), walk(SGD(0.01), START, signs), rtol=1e-12, atol=1e-12
        )


@given(seed=SEED)
def test_the_first_step_of_yogi_is_that_of_adam(seed):
    same(
        Yogi(initial_moment=0.0), Adam(learning_rate=0.01, epsilon=1e-3), wild_gradients(1, 8, seed)
    )


@given(seed=SEED)
def test_for_gradient_descent_the_two_weight_decays_are_one(seed):
    gradients = wild_gradients(20, 8, seed)
    np.testing.assert_allclose(
        walk(SGD(weight_decay=0.1), START, gradients),
        walk(SGD(weight_decay=0.1, decoupled_weight_decay=True), START, gradients),
        rtol=1e-13,
        atol=1e-13,
    )


@given(seed=SEED)
def test_lamb_moves_a_layer_of_norm_one_by_the_learning_rate_times_the_direction_of_adam(seed):
    g = wild_gradients(1, 8, seed, zeros=0.0)
    unit = START / np.linalg.norm(START)
    lamb = walk(LAMB(0.01, epsilon=1e-8), unit, g) - unit
    adam = walk(Adam(0.01), unit, g) - unit
    np.testing.assert_allclose(lamb, adam / np.linalg.norm(adam / 0.01), rtol=1e-10, atol=1e-15)


@given(seed=SEED)
def test_lamb_leaves_zero_as_adam_does(seed):
    g = wild_gradients(1, 8, seed)
    same(LAMB(epsilon=1e-8), Adam(), g)


@given(seed=SEED)
def test_lars_leaves_zero_by_gradient_descent(seed):
    same(LARS(0.01), SGD(0.01), wild_gradients(1, 8, seed))


@given(seed=SEED)
def test_adan_without_differences_is_adam(seed):
    gradients = wild_gradients(20, 8, seed)
    np.testing.assert_allclose(
        walk(Adan(beta2=0.0), START, gradients),
        walk(Adam(beta1=0.98, beta2=0.99), START, gradients),
        rtol=1e-13,
    )


@given(seed=SEED)
def test_ademamix_without_its_slow_momentum_is_adam(seed):
    gradients = wild_gradients(20, 8, seed)
    same_bits(AdEMAMix(alpha=0.0, warmup_steps=10), Adam(), gradients)
    same_bits(AdEMAMix(alpha=0.0, weight_decay=0.1), AdamW(weight_decay=0.1), gradients)


@given(seed=SEED)
def test_the_first_step_of_prodigy_is_that_of_adam(seed):
    gradients = wild_gradients(1, 8, seed, zeros=0.0)
    prodigy = Prodigy(0.5, d0=0.01, bias_correction=True, epsilon=0.0)
    same(prodigy, Adam(0.005, epsilon=0.0), gradients)


@given(seed=SEED)
def test_muon_that_orthogonalises_nothing_is_adamw(seed):
    gradients = wild_gradients(20, 8, seed)
    muon = Muon(0.1, orthogonalized=(), adam_learning_rate_factor=0.5, weight_decay=0.1)
    np.testing.assert_allclose(
        walk(muon, START, gradients),
        walk(AdamW(0.05, beta2=0.95, epsilon=1e-10, weight_decay=0.1), START, gradients),
        rtol=1e-12,
    )


@given(seed=SEED)
def test_the_first_step_of_the_schedule_free_rules_is_that_of_sgd_and_adam(seed):
    gradients = wild_gradients(1, 8, seed)
    same(ScheduleFreeSGD(0.1), SGD(0.1), gradients)
    same(ScheduleFreeAdamW(0.1), Adam(0.1), gradients)


@given(seed=SEED)
def test_the_first_direction_of_lbfgs_is_that_of_gradient_descent(seed):
    gradients = wild_gradients(1, 8, seed, zeros=0.0)
    length = min(1.0, 1.0 / np.abs(gradients).sum())
    same(LBFGS(0.5, line_search=False), SGD(0.5 * length), gradients)
