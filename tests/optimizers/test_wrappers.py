"""Rules around rules, SAM and Lookahead: what they do, and what they hand to their base rule."""

import copy

import numpy as np
import pytest
from optimizer_forms import walk, wild_gradients

from descent.arrays import Layout
from descent.optimizers import (
    LBFGS,
    OPTIMIZERS,
    SAM,
    SGD,
    Adam,
    AdamW,
    Lookahead,
    Momentum,
    Muon,
    ScheduleFreeSGD,
    Yogi,
)
from descent.optimizers.loading import load_optimizer
from descent.optimizers.schedules import StepDecay
from descent.optimizers.state import Task
from descent.training.loop import hyperparameters_of, state_bytes

START = np.linspace(-1.0, 2.0, 6)
WRAPPERS = [SAM, Lookahead]
#: Every common hyper-parameter, set to what changes the path.
COMMON = {
    "learning_rate": 0.3,
    "schedule": StepDecay(2, gamma=0.5),
    "weight_decay": 0.2,
    "clip_norm": 0.5,
    "clip_value": 0.1,
    "groups": {"bias": {"learning_rate": 0.5, "weight_decay": 0}},
}
LAYOUT = Layout({"W": (2, 2), "b": (2,)})


def steep(theta, out):
    """Return a convex loss with its minimum 0 at (1, ..., 1)."""
    curvature = np.linspace(0.5, 3.0, theta.size)
    np.multiply(curvature, theta - 1.0, out=out)
    return 0.5 * float(out @ (theta - 1.0))


def descend(rule, steps, start=START, layout=LAYOUT):
    """Return where the rule is evaluated after steps down ``steep``, and its state."""
    theta, g = start.copy(), np.empty_like(start)
    state = rule.init(theta, Task(layout))
    state.loss_and_gradient = steep
    for _ in range(steps):
        state.loss = steep(theta, g)
        rule.step(theta, g, state)
    return rule.evaluation_point(theta, state).copy(), state


def test_sam_takes_the_step_of_its_base_with_the_gradient_uphill():
    rule, by_hand = SAM(rho=0.3, base=Adam(0.1)), Adam(0.1)
    theta, expected, g, uphill = START.copy(), START.copy(), np.empty(6), np.empty(6)
    state, own = rule.init(theta), by_hand.init(expected)
    state.loss_and_gradient = steep
    for _ in range(10):
        steep(theta, g)
        steep(theta + 0.3 * g / np.sqrt(np.sum(g**2)), uphill)
        rule.step(theta, g, state)
        by_hand.step(expected, uphill, own)
        np.testing.assert_allclose(theta, expected, rtol=1e-13)


def test_sam_hands_on_the_loss_of_the_gradient_that_it_hands_on():
    seen = []

    class Watched(SGD):
        def direction(self, g, state):
            seen.append(state.loss)
            return g

    rule, g = SAM(rho=0.3, base=Watched(0.1)), np.empty(6)
    theta = START.copy()
    state = rule.init(theta)
    state.loss_and_gradient = steep
    state.loss = steep(theta, g)
    rule.step(theta, g, state)
    assert seen == [pytest.approx(steep(START + 0.3 * g / np.linalg.norm(g), np.empty(6)))]


@pytest.mark.parametrize("rho", [0.01, 0.1])
def test_sam_comes_as_near_to_the_minimum_as_it_looks(rho):
    found, _ = descend(SAM(0.05, rho=rho, base=SGD()), 2000)
    assert np.linalg.norm(found - 1.0) < 2.0 * rho
    plain, _ = descend(SGD(0.05), 2000)
    assert np.linalg.norm(plain - 1.0) < 1e-12


def test_sam_at_a_gradient_of_zero_looks_nowhere():
    theta = np.ones(6)
    rule = SAM(0.1, base=SGD())
    state = rule.init(theta)
    state.loss_and_gradient = steep
    rule.step(theta, np.zeros(6), state)
    np.testing.assert_array_equal(theta, 1.0)


def test_lookahead_is_two_nested_loops():
    gradients = wild_gradients(12, 6)
    rule, theta = Lookahead(0.1, interval=4, slow_step_size=0.25, base=Momentum()), START.copy()
    state = rule.init(theta)
    fast, slow, momentum = START.copy(), START.copy(), Momentum(0.1)
    own = momentum.init(fast)
    for outer in range(3):
        for g in gradients[4 * outer : 4 * outer + 4]:
            np.testing.assert_allclose(rule.evaluation_point(theta, state), slow, rtol=1e-13)
            rule.step(theta, g, state)
            momentum.step(fast, g, own)
        slow = 0.75 * slow + 0.25 * fast
        fast[...] = slow
        np.testing.assert_allclose(theta, slow, rtol=1e-13)
        np.testing.assert_array_equal(rule.evaluation_point(theta, state), theta)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("name", COMMON)
def test_what_all_rules_have_is_the_bases_wherever_it_is_set(wrapper, name):
    outside, _ = descend(wrapper(**{name: COMMON[name]}, base=AdamW()), 10)
    inside, _ = descend(wrapper(base=AdamW(**{name: COMMON[name]})), 10)
    without, _ = descend(wrapper(base=AdamW()), 10)
    np.testing.assert_array_equal(outside, inside)
    assert not np.array_equal(outside, without)
    for rule in (wrapper(**{name: COMMON[name]}), wrapper(base=AdamW(**{name: COMMON[name]}))):
        assert getattr(rule, name) == getattr(rule.base, name) == COMMON[name]


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("name", COMMON)
def test_what_is_set_on_both_is_an_error(wrapper, name):
    other = {"learning_rate": 0.1, "schedule": StepDecay(9), "groups": {"bias": {}}}.get(name, 0.7)
    with pytest.raises(ValueError, match=rf"{name} must be set once\. Received: .* on its base"):
        wrapper(**{name: COMMON[name]}, base=Adam(**{name: other}))


def test_which_decay_it_is_is_handed_on_too():
    rule = SAM(weight_decay=0.1, decoupled_weight_decay=True, base=Adam())
    assert rule.base == Adam(weight_decay=0.1, decoupled_weight_decay=True)
    with pytest.raises(TypeError, match="decoupled_weight_decay must be True or False"):
        SAM(decoupled_weight_decay="yes", base=Adam())


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_value_out_of_range_is_told_as_on_any_rule(wrapper):
    with pytest.raises(ValueError, match=r"learning_rate must be in \[0, inf\). Received: -1"):
        wrapper(-1)
    with pytest.raises(ValueError, match=r"weight_decay must be in \[0, inf\). Received: -1"):
        wrapper(weight_decay=-1)
    with pytest.raises(ValueError, match="groups has no kind of parameter"):
        wrapper(groups={"biases": {}})
    with pytest.raises(TypeError, match=r"base must be a rule\. Received: 'sgd'"):
        wrapper(base="sgd")


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_learning_rate_that_changes_is_handed_on(wrapper):
    rule = wrapper(0.1, base=SGD())
    rule.learning_rate = 0.5
    assert rule.base.learning_rate == 0.5
    copied = copy.deepcopy(rule)
    copied.weight_decay = 0.25
    assert (copied.base.weight_decay, rule.base.weight_decay) == (0.25, 0.0)


def test_the_rule_that_is_handed_in_is_left_as_it_was():
    base = Momentum(momentum=0.5)
    SAM(0.3, weight_decay=0.1, base=base)
    assert base == Momentum(momentum=0.5)


def test_a_wrappers_learning_rates_lie_where_its_bases_do():
    assert SAM(base=Adam()).learning_rate_centre == Adam.learning_rate_centre
    assert Lookahead(base=SAM(base=Yogi())).learning_rate_centre == Yogi.learning_rate_centre


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"lbfgs", "sam", "lookahead"}))
def test_with_nothing_to_do_a_wrapper_is_its_base_bit_for_bit(name):
    base = OPTIMIZERS[name]
    gradients = wild_gradients(10, 6)
    expected = walk(base(), START, gradients)
    np.testing.assert_array_equal(walk(SAM(rho=0.0, base=base()), START, gradients), expected)
    if not name.startswith("schedule_free"):
        identical = Lookahead(interval=1000, base=base())
        np.testing.assert_array_equal(walk(identical, START, gradients), expected)
        every = Lookahead(interval=1, slow_step_size=1.0, base=base())
        np.testing.assert_allclose(walk(every, START, gradients), expected, rtol=1e-9, atol=1e-12)


def test_sam_inside_lookahead():
    rule = Lookahead(0.1, interval=3, base=SAM(rho=0.2, base=Adam()))
    assert rule.extra_gradients
    found, state = descend(rule, 7)
    inner = SAM(0.1, rho=0.2, base=Adam())
    fast, _ = descend(inner, 3)
    np.testing.assert_allclose(descend(rule, 3)[0], 0.5 * (START + fast), rtol=1e-13)
    assert state.inner.inner["gradient_sum"].shape == (6,)
    assert not np.array_equal(found, fast)
    assert not Lookahead(base=Adam()).extra_gradients


def test_the_state_counts_resumes_and_names_what_is_inside():
    rule = Lookahead(0.1, base=SAM(base=Adam()))
    gradients, theta = wild_gradients(9, 6), START.copy()
    state = rule.init(theta)
    assert state_bytes(state) == state.nbytes == 8 * 6 * 3
    through = walk(rule, theta, gradients)
    theta = walk(rule, theta, gradients[:4], state)
    saved = state.to_mapping()
    assert {"slots.slow", "inner.step", "inner.inner.slots.square_sum"} <= set(saved)
    resumed = rule.restore(theta, saved)
    np.testing.assert_array_equal(walk(rule, theta, gradients[4:], resumed), through)


def test_a_schedule_free_base_is_evaluated_at_its_average():
    rule = SAM(rho=0.0, base=ScheduleFreeSGD(0.1))
    found, _ = descend(rule, 20)
    expected, _ = descend(ScheduleFreeSGD(0.1), 20)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SAM(base=SAM()), "takes no gradients at other points itself. Received: SAM"),
        (lambda: SAM(base=LBFGS()), "takes no gradients at other points itself. Received: LBFGS"),
        (
            lambda: Lookahead(base=ScheduleFreeSGD()),
            "evaluated at its parameters. Received: ScheduleFreeSGD",
        ),
        (
            lambda: Lookahead(base=SAM(base=ScheduleFreeSGD())),
            "evaluated at its parameters. Received: SAM",
        ),
        (lambda: Lookahead(base=Lookahead()), "evaluated at its parameters. Received: Lookahead"),
    ],
)
def test_a_base_with_which_it_would_be_another_algorithm_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_base_without_line_search_is_fine():
    assert SAM(base=LBFGS(line_search=False)).extra_gradients


def test_a_blockwise_base_sees_its_blocks_and_its_remarks_are_heard():
    rule, plain = SAM(rho=0.0, base=Muon()), Muon()
    found, state = descend(rule, 3)
    expected, _ = descend(plain, 3)
    np.testing.assert_array_equal(found, expected)
    assert rule.remarks(state) == []
    bare = rule.init(START)
    assert rule.remarks(bare) == plain.remarks(plain.init(START)) != []


def test_a_record_names_the_base_with_its_own_hyper_parameters():
    values = hyperparameters_of(Lookahead(0.1, base=SAM(base=Adam(beta1=0.5))))
    assert values["base"]["use"] == "SAM"
    assert values["base"]["base"]["use"] == "Adam"
    assert values["base"]["base"]["beta1"] == 0.5
    assert values["base"]["base"]["schedule"] == {"use": "Constant"}


@pytest.mark.parametrize("wrapper", ["sam", "lookahead"])
@pytest.mark.parametrize(
    ("library", "base"),
    [
        ("torch", {"use": "torch:SGD", "momentum": 0.9}),
        ("optax", {"use": "optax:sgd", "momentum": 0.9}),
    ],
)
def test_the_base_may_be_another_librarys(wrapper, library, base, tmp_path):
    pytest.importorskip(library)
    settings = {"use": wrapper, "learning_rate": 0.05, "clip_norm": 1.0}
    theirs = load_optimizer({**settings, "base": base}, folder=tmp_path)
    ours = load_optimizer({**settings, "base": {"use": "momentum"}}, folder=tmp_path)
    np.testing.assert_allclose(descend(theirs, 12)[0], descend(ours, 12)[0], rtol=1e-12)
