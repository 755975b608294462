"""What the base does around every rule: decay, clipping, flavours, the state."""

import ast
import copy
from dataclasses import dataclass

import numpy as np
import pytest
from optimizer_forms import walk, wild_gradients

from descent.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    Momentum,
    Nadam,
    Optimizer,
    base,
    hyperparameter,
)
from descent.optimizers.schedules import InverseSquareRoot

START = np.linspace(-1.0, 2.0, 6)


def test_l2_is_a_gradient_plus_a_multiple_of_the_parameters():
    gradients = wild_gradients(10, 6)
    rule, plain = Adam(weight_decay=0.3), Adam()
    theta, other = START.copy(), START.copy()
    states = rule.init(theta), plain.init(other)
    for g in gradients:
        rule.step(theta, g, states[0])
        plain.step(other, 0.3 * other + g, states[1])
    np.testing.assert_array_equal(theta, other)


def test_decoupled_decay_shrinks_by_the_scheduled_learning_rate():
    schedule = InverseSquareRoot()
    rule = SGD(0.5, schedule=schedule, weight_decay=0.1, decoupled_weight_decay=True)
    theta = walk(rule, START, np.zeros((4, 6)))
    np.testing.assert_allclose(
        theta, START * np.prod([1 - 0.05 / np.sqrt(t) for t in (1, 2, 3, 4)]), rtol=1e-15
    )


def test_value_is_clipped_before_norm_and_both_before_decay():
    rule = SGD(1.0, clip_value=3.0, clip_norm=1.0, weight_decay=1.0)
    theta = walk(rule, np.array([10.0, 20.0]), np.array([[4.0, -400.0]]))
    np.testing.assert_allclose(theta, [-np.sqrt(0.5), np.sqrt(0.5)], rtol=1e-12, atol=1e-14)


def test_clipping_leaves_the_callers_gradient_alone():
    g = np.array([30.0, 40.0])
    walk(SGD(clip_norm=5.0, clip_value=35.0, weight_decay=0.1), np.ones(2), g[None])
    np.testing.assert_array_equal(g, [30.0, 40.0])


def test_the_schedule_scales_each_step():
    schedule = InverseSquareRoot(timescale=2.0)
    theta = walk(SGD(0.1, schedule=schedule), np.zeros(1), np.ones((5, 1)))
    np.testing.assert_allclose(theta, -0.1 * sum(map(schedule, range(5))), rtol=1e-15)


def test_an_unknown_flavour_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match=r"Adam has no flavour 'jax'.*keras, optax, pytorch"):
        Adam.flavour("jax")


@pytest.mark.parametrize(
    ("theta", "kind", "message"),
    [
        (np.arange(3), TypeError, "array of floats. Received: int64"),
        ([1.0], TypeError, "array of floats. Received: list"),
        (np.ones((2, 2)), ValueError, r"flat vector. Received shape: \(2, 2\)"),
    ],
)
def test_init_refuses_what_is_not_a_flat_vector_of_floats(theta, kind, message):
    with pytest.raises(kind, match=message):
        Adam().init(theta)


def test_a_state_knows_its_size():
    theta = np.ones(10, np.float32)
    assert SGD().init(theta).nbytes == 0
    assert Momentum().init(theta).nbytes == 40
    assert Adam().init(theta).nbytes == 80


def test_a_saved_state_is_a_copy():
    theta = START.copy()
    rule = Nadam()
    state = rule.init(theta)
    walk(rule, theta, wild_gradients(3, 6), state)
    saved = state.to_mapping()
    before = copy.deepcopy(saved)
    walk(rule, theta, wild_gradients(3, 6), state)
    assert sorted(saved) == ["scalars.mu_product", "slots.gradient_sum", "slots.square_sum", "step"]
    assert saved["step"] == 3
    np.testing.assert_array_equal(saved["slots.square_sum"], before["slots.square_sum"])
    assert not np.array_equal(saved["slots.square_sum"], state["square_sum"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slots.third": np.zeros(6)}, "has the keys .*Received: .*slots.third"),
        ({"step": None}, "has the keys .*step"),
        (
            {"slots.gradient_sum": np.zeros(5)},
            r"slots.gradient_sum must be float64 of shape \(6,\)",
        ),
        ({"slots.gradient_sum": np.zeros(6, np.float32)}, "Received: float32"),
    ],
)
def test_a_state_of_something_else_is_refused(change, message):
    rule = Adam()
    saved = {**rule.init(START).to_mapping(), **change}
    saved = {key: value for key, value in saved.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        rule.restore(START, saved)


def test_a_subclass_without_the_decorator_is_told_so():
    class Forgot(SGD):
        mass: float = hyperparameter(0.5, "[0, 1)")

    with pytest.raises(
        TypeError, match=r"Forgot declares the hyper-parameter mass but .*@dataclass"
    ):
        Forgot()


def test_a_slot_may_start_at_a_hyper_parameter():
    @dataclass
    class Started(Optimizer):
        head_start: float = hyperparameter(2.5, "[0, inf)")
        slots = {"total": "head_start"}

        def direction(self, g, state):
            return np.add(g, state["total"], out=state.work[0])

    np.testing.assert_allclose(walk(Started(1.0), np.zeros(1), np.ones((1, 1))), -3.5)


def test_every_rule_documents_every_hyper_parameter():
    import dataclasses

    common = {
        "schedule",
        "weight_decay",
        "decoupled_weight_decay",
        "clip_norm",
        "clip_value",
        "groups",
    }
    known = {"1/3": 1 / 3, "Momentum()": Momentum()}
    for rule in OPTIMIZERS.values():
        documented = rule.__doc__
        assert "References" in documented
        assert "theta" in documented
        for f in dataclasses.fields(rule):
            if f.name in common:
                continue
            line = next(x for x in documented.splitlines() if x.startswith(f"    {f.name} : "))
            stated = line.rpartition("default ")[2]
            value = known[stated] if stated in known else ast.literal_eval(stated)
            made = f.default_factory is not dataclasses.MISSING
            assert (f.default_factory() if made else f.default) == value, line
            if "interval" in f.metadata:
                assert f"``{f.metadata['interval']}``" in documented


def test_slots_without_new_gradients_do_not_linger_among_the_subnormal_numbers(monkeypatch):
    gradients = wild_gradients(1500, 6, dtype=np.float32, zeros=0.0)
    gradients[3:, :3] = 0.0
    start = START.astype(np.float32)
    for name in ("momentum", "nesterov", "adam"):
        rule = OPTIMIZERS[name]()
        state = rule.init(start)
        theta = walk(rule, start, gradients, state)
        for array in state.slots.values():
            subnormal = (array != 0.0) & (np.abs(array) < np.finfo(np.float32).tiny)
            assert not subnormal.any()
        with monkeypatch.context() as patch:
            patch.setattr(base, "FLUSH_INTERVAL", 10**9)
            state = rule.init(start)
            lingering = walk(rule, start, gradients, state)
        assert any(
            ((array != 0.0) & (np.abs(array) < np.finfo(np.float32).tiny)).any()
            for array in state.slots.values()
        )
        np.testing.assert_array_equal(theta, lingering)


def test_flushing_keeps_divergence_and_everything_large_enough():
    state = SGD().init(START)
    state.slots["a"] = np.array([np.nan, np.inf, -np.inf, 1.0, -1e-290, 1e-305, -1e-320])
    state.flush_underflow()
    np.testing.assert_array_equal(state["a"], [np.nan, np.inf, -np.inf, 1.0, -1e-290, 0.0, 0.0])


def test_a_gradient_of_another_shape_is_refused():
    rule = Adam()
    state = rule.init(START)
    for g in (np.ones(1), np.ones((6, 1)), np.ones(5)):
        with pytest.raises(ValueError, match=r"shape of the parameters, \(6,\). Received: \("):
            rule.step(START.copy(), g, state)
    assert state.step == 0


def test_hyper_parameters_may_change_between_steps():
    one, other = Adam(), Adam()
    theta = [START.copy(), START.copy()]
    states = one.init(theta[0]), other.init(theta[1])
    for g in wild_gradients(3, 6):
        one.step(theta[0], g, states[0])
        other.step(theta[1], g, states[1])
    one.weight_decay, one.clip_norm = 0.1, 1.0
    after = Adam(weight_decay=0.1, clip_norm=1.0)
    for g in wild_gradients(3, 6, seed=1):
        one.step(theta[0], g, states[0])
        after.step(theta[1], g, states[1])
    np.testing.assert_array_equal(*theta)
