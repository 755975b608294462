"""Rules that see blocks, take more gradients, or are evaluated elsewhere; groups of parameters."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from optimizer_forms import walk, wild_gradients

from descent.arrays import Layout
from descent.optimizers import SGD, Adam, AdamW, Optimizer, hyperparameter
from descent.optimizers.schedules import Schedule
from descent.optimizers.state import Task

LAYOUT = Layout({"W": (3, 4), "b": (4,), "v": (4, 2)}, kinds={"v": "output"})
THETA = np.linspace(-1.0, 1.0, LAYOUT.size)


@dataclass
class Normalized(Optimizer):
    """Each block moves by its own gradient over that gradient's norm."""

    slots = {"steps": 0.0}
    blockwise = True
    seen = None

    def direction(self, g, state):
        state["steps"] += 1.0
        if self.seen is not None:
            self.seen.append((state.name, state.kind, g.shape, state.theta.copy()))
        return np.divide(g, np.linalg.norm(g), out=state.work[0])


@dataclass
class Sharp(Optimizer):
    """The gradient a step of ``radius`` uphill."""

    radius: float = hyperparameter(0.1, "(0, inf)")
    extra_gradients = True
    work_arrays = 2

    def direction(self, g, state):
        there, sharp = state.work[:2]
        np.multiply(g, self.radius / np.linalg.norm(g), out=there)
        there += state.theta
        state.loss_and_gradient(there, sharp)
        return sharp


def gradient_of(seed=0):
    return np.random.default_rng(seed).normal(size=LAYOUT.size)


def bowl(theta, gradient):
    gradient[...] = 3.0 * theta
    return 1.5 * float(theta @ theta)


def test_a_blockwise_rule_sees_each_block_in_its_shape_with_its_name_and_kind():
    rule = Normalized(0.1)
    rule.seen = []
    theta = THETA.copy()
    state = rule.init(theta, Task(LAYOUT))
    rule.step(theta, gradient_of(), state)
    assert [(name, kind, shape) for name, kind, shape, _ in rule.seen] == [
        ("W", "matrix", (3, 4)),
        ("b", "bias", (4,)),
        ("v", "output", (4, 2)),
    ]
    for (name, *_, before), after in zip(rule.seen, LAYOUT.views(theta).values(), strict=True):
        assert np.array_equal(before, LAYOUT.views(THETA)[name])
        assert np.linalg.norm(after - before) == pytest.approx(0.1, rel=1e-12)
    assert set(state.slots) == {"steps.W", "steps.b", "steps.v"}


def test_a_slot_is_written_in_place_or_not_at_all():
    state = Averaged(0.1).init(THETA)
    mean = state["mean"]
    state["mean"] += 2.0
    assert state["mean"] is mean
    assert (mean == 2.0).all()
    with pytest.raises(ValueError, match="'mean' must be written in place"):
        state["mean"] = THETA


def test_an_extra_gradient_is_of_the_same_mini_batch_at_another_point():
    rule, theta = Sharp(0.5, radius=0.2), THETA.copy()
    state = rule.init(theta)
    state.loss_and_gradient = bowl
    gradient = 3.0 * THETA
    rule.step(theta, gradient, state)
    uphill = THETA + 0.2 * gradient / np.linalg.norm(gradient)
    assert theta == pytest.approx(THETA - 0.5 * 3.0 * uphill, rel=1e-12)


def test_an_extra_gradient_that_nobody_gives_is_an_error_before_anything_moves():
    rule, theta = Sharp(), THETA.copy()
    state = rule.init(theta)
    with pytest.raises(ValueError, match="Sharp takes losses and gradients at other points"):
        rule.step(theta, gradient_of(), state)
    assert np.array_equal(theta, THETA)
    assert state.step == 0


@dataclass(frozen=True)
class LastStepOnly(Schedule):
    """0 until the last step of the run, where it is 1."""

    steps: int | None = None

    def __call__(self, step):
        return float(step == self.steps - 1)

    def over(self, steps):
        return LastStepOnly(steps)


def test_a_schedule_may_know_the_length_of_the_run():
    rule, theta = SGD(0.5, schedule=LastStepOnly()), THETA.copy()
    state = rule.init(theta, Task(LAYOUT, steps=3))
    moved = []
    for _ in range(3):
        before = theta.copy()
        rule.step(theta, gradient_of(), state)
        moved.append(not np.array_equal(before, theta))
    assert moved == [False, False, True]


@pytest.mark.parametrize("decoupled", [True, False])
@pytest.mark.parametrize("rule", [SGD, Adam, Normalized])
def test_groups_change_their_kind_of_parameter_and_no_other(rule, decoupled):
    def walk(groups):
        theta = THETA.copy()
        made = rule(0.05, weight_decay=0.3, decoupled_weight_decay=decoupled, groups=groups)
        state = made.init(theta, Task(LAYOUT))
        for seed in range(3):
            made.step(theta, gradient_of(seed), state)
        return LAYOUT.views(theta)

    def undecayed():
        theta = THETA.copy()
        made = rule(0.05)
        state = made.init(theta, Task(LAYOUT))
        for seed in range(3):
            made.step(theta, gradient_of(seed), state)
        return LAYOUT.views(theta)

    plain, none = walk({}), undecayed()
    no_bias_decay = walk({"bias": {"weight_decay": 0}})
    frozen_output = walk({"output": {"learning_rate": 0}})
    assert np.array_equal(no_bias_decay["b"], none["b"])
    assert not np.array_equal(no_bias_decay["b"], plain["b"])
    for name in ("W", "v"):
        assert np.array_equal(no_bias_decay[name], plain[name])
    assert np.array_equal(frozen_output["v"], LAYOUT.views(THETA)["v"])
    for name in ("W", "b"):
        assert np.array_equal(frozen_output[name], plain[name])


def test_a_factor_on_the_learning_rate_scales_the_decoupled_decay_too():
    halved = AdamW(0.1, groups={"matrix": {"learning_rate": 0.5}})
    theta, expected = THETA.copy(), THETA.copy()
    halved.step(theta, gradient_of(), halved.init(theta, Task(LAYOUT)))
    plain = AdamW(0.05)
    plain.step(expected, gradient_of(), plain.init(expected, Task(LAYOUT)))
    assert LAYOUT.views(theta)["W"] == pytest.approx(LAYOUT.views(expected)["W"], rel=1e-14)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"biases": {"weight_decay": 0}}, "no kind of parameter 'biases'. Did you mean 'bias'"),
        ({"bias": {"weight_decy": 0}}, "no factor 'weight_decy'. Did you mean 'weight_decay'"),
        ({"bias": {"weight_decay": -1}}, r"groups.bias.weight_decay must be in \[0, inf\)"),
        ({"bias": 0}, "groups.bias must be a mapping"),
        ([], "groups must be a mapping"),
    ],
)
def test_wrong_groups_are_told(groups, message):
    with pytest.raises((TypeError, ValueError), match=message):
        SGD(groups=groups)


def test_a_layout_of_another_length_is_refused():
    with pytest.raises(ValueError, match="as many parameters as theta, 3"):
        SGD().init(np.zeros(3), Task(LAYOUT))


@dataclass
class Averaged(SGD):
    """SGD whose answer is the mean of its path."""

    slots = {"mean": 0.0}
    log: list = field(default_factory=list)

    def direction(self, g, state):
        state["mean"] += (state.theta - state["mean"]) / state.step
        return g

    def evaluation_point(self, theta, state):
        return state["mean"] if state.step else theta


def test_theta_is_right_inside_the_chunks_of_an_elementwise_rule(monkeypatch):
    assert Averaged.elementwise
    rule, large = Averaged(0.1), np.linspace(-1.0, 1.0, 200_000, dtype=np.float32)
    state, theta = rule.init(large), large.copy()
    rule.step(theta, np.ones_like(large), state)
    assert np.array_equal(rule.evaluation_point(theta, state), large)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_on_several_blocks_every_rule_keeps_the_dtype_and_can_be_resumed(form, dtype):
    start, gradients = THETA.astype(dtype), wild_gradients(25, LAYOUT.size, dtype=dtype)
    through, rule = start.copy(), form()
    state = rule.init(through, Task(LAYOUT, 25))
    walked = walk(rule, through, gradients, state)
    assert {array.dtype for array in state.slots.values()} <= {np.dtype(dtype)}
    assert np.isfinite(walked).all()
    state = rule.init(start, Task(LAYOUT, 25))
    stopped = walk(rule, start, gradients[:12], state)
    resumed = form().restore(stopped, state.to_mapping(), Task(LAYOUT, 25))
    np.testing.assert_array_equal(walk(form(), stopped, gradients[12:], resumed), walked)
