"""The tutorial's way in: update(params, grads) on arrays of any shapes."""

import copy

import numpy as np
import pytest
from optimizer_forms import wild_gradients

from descent.arrays import Layout
from descent.optimizers import SGD, Adam, RMSprop
from descent.optimizers.state import Task


def network():
    rng = np.random.default_rng(1)
    return {"W": rng.normal(size=(3, 2)), "b": np.zeros(2), "gain": np.array(1.5)}


def gradients_of(params, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=value.shape) for name, value in params.items()}


def quadratic(theta, gradient):
    """Return a loss that has the gradient at theta, for rules that need it elsewhere too."""
    centre, slope = theta.copy(), gradient.copy()

    def loss_and_gradient(at, out):
        out[...] = slope + (at - centre)
        return 0.5 * float((slope + out) @ (at - centre))

    return loss_and_gradient


def named(loss_and_gradient, layout):
    """Return a function of flat vectors as one of named arrays."""

    def loss_and_grads(params):
        gradient = np.zeros(layout.size)
        theta = np.concatenate([value.ravel() for value in params.values()])
        return loss_and_gradient(theta, gradient), layout.views(gradient)

    return loss_and_grads


def update(rule, params, seed):
    """Take a step with gradients of that seed."""
    layout = Layout({name: value.shape for name, value in params.items()})
    theta = np.concatenate([value.ravel() for value in params.values()])
    grads = gradients_of(params, seed)
    g = np.concatenate([value.ravel() for value in grads.values()])
    rule.update(params, grads, named(quadratic(theta, g), layout))


def test_it_is_the_flat_step_on_all_of_them(form):
    params, rule, flat_rule = network(), form(), form()
    theta = np.concatenate([value.ravel() for value in params.values()])
    layout = Layout({name: value.shape for name, value in params.items()})
    state = flat_rule.init(theta, Task(layout))
    for g in wild_gradients(5, theta.size):
        state.loss_and_gradient = quadratic(theta, g)
        rule.update(params, layout.views(g), named(state.loss_and_gradient, layout))
        flat_rule.step(theta, g, state)
    np.testing.assert_array_equal(np.concatenate([v.ravel() for v in params.values()]), theta)


def test_it_works_in_place_and_returns_params():
    params = network()
    before = dict(params)
    rule = RMSprop(learning_rate=0.01, decay_rate=0.9, epsilon=1e-8)
    assert rule.update(params, gradients_of(params)) is params
    assert all(params[name] is before[name] for name in before)
    assert not np.array_equal(params["W"], network()["W"])


def test_the_clipped_norm_is_that_of_all_gradients_together():
    params = {"a": np.zeros(1), "b": np.zeros(1)}
    SGD(learning_rate=1.0, clip_norm=5.0).update(params, {"a": [30.0], "b": [40.0]})
    np.testing.assert_allclose([params["a"][0], params["b"][0]], [-3.0, -4.0], rtol=1e-15)


def test_views_and_fortran_order_are_updated_where_they_lie():
    storage = np.ones((4, 6))
    params = {"every other": storage[:, ::2], "columns first": np.asfortranarray(np.ones((2, 3)))}
    Adam().update(params, {name: np.ones(value.shape) for name, value in params.items()})
    assert (storage[:, ::2] < 1.0).all()
    assert (storage[:, 1::2] == 1.0).all()
    assert (params["columns first"] < 1.0).all()


def test_zero_size_and_no_parameters_are_fine():
    params = {"empty": np.zeros((0, 3)), "b": np.ones(2)}
    Adam().update(params, {"empty": np.zeros((0, 3)), "b": np.ones(2)})
    assert (params["b"] < 1.0).all()
    assert Adam().update({}, {}) == {}


def test_integer_and_list_gradients_are_numbers_too():
    one, other = {"b": np.ones(2)}, {"b": np.ones(2)}
    Adam().update(one, {"b": np.array([1, -2])})
    Adam().update(other, {"b": [1.0, -2.0]})
    np.testing.assert_array_equal(one["b"], other["b"])


def test_parameters_keep_their_own_dtype():
    params = {"half": np.ones(2, np.float32), "whole": np.ones(2)}
    Adam().update(params, {"half": np.ones(2), "whole": np.ones(2)})
    assert (params["half"].dtype, params["whole"].dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(params["half"], params["whole"].astype(np.float32))


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (
            {"params": {"b": np.array([1, 2])}},
            TypeError,
            r"params\['b'\] must be an array of floats",
        ),
        ({"params": {"b": [1.0, 2.0]}}, TypeError, r"params\['b'\].*Received: list"),
        ({"params": {"gain": 1.5}}, TypeError, r"params\['gain'\].*Received: float"),
        ({"grads": {"b": np.zeros((2, 1))}}, ValueError, r"grads\['b'\].*\(2,\).*\(2, 1\)"),
        ({"grads": {"b": 1.0}}, ValueError, r"grads\['b'\].*\(2,\).*\(\)"),
        ({"grads": {"b": ["x", "y"]}}, TypeError, r"grads\['b'\] must hold real numbers"),
        ({"grads": {"b": None}}, TypeError, r"grads\['b'\] must hold real numbers"),
        ({"grads": {"c": np.zeros(2)}}, ValueError, r"a gradient for 'c', but no such parameter"),
        ({"without": "b"}, ValueError, r"no gradient for 'b'. Received: 'W', 'gain'"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["first call", "later call"])
def test_what_does_not_fit_is_named_and_nothing_changes(change, kind, message, first):
    params, rule = network(), Adam()
    if not first:
        rule.update(params, gradients_of(params))
    grads = gradients_of(params)
    grads.update(change.get("grads", {}))
    grads.pop(change.get("without"), None)
    wrong = {**params, **change.get("params", {})}
    before, state = copy.deepcopy(params), copy.deepcopy(rule.state)
    with pytest.raises(kind, match=message):
        rule.update(wrong, grads)
    for name, value in before.items():
        np.testing.assert_array_equal(params[name], value)
    assert (rule.state is None) == (state is None)
    if state is not None:
        assert rule.state.step == state.step


def test_other_parameters_in_a_later_call_are_refused():
    params, rule = network(), Adam()
    rule.update(params, gradients_of(params))
    for other in ({"V": np.zeros(2)}, {**params, "V": np.zeros(2)}, {"W": params["W"]}):
        with pytest.raises(ValueError, match="keeps state for the parameters 'W', 'b', 'gain'"):
            rule.update(other, gradients_of(other))
    reshaped = {**params, "b": np.zeros(3)}
    with pytest.raises(ValueError, match=r"grads\['b'\] must have the shape"):
        rule.update(reshaped, gradients_of(reshaped))
    with pytest.raises(ValueError, match=r"params\['b'\] was float64 of shape \(2,\)"):
        rule.update(reshaped, gradients_of(params))
    with pytest.raises(ValueError, match=r"params\['b'\] was float64 .* Received: float32"):
        rule.update({**params, "b": np.zeros(2, np.float32)}, gradients_of(params))


def test_a_read_only_parameter_is_refused():
    params = network()
    params["b"].flags.writeable = False
    with pytest.raises(ValueError, match=r"params\['b'\] is read-only"):
        Adam().update(params, gradients_of(params))


def test_the_order_of_the_names_does_not_matter():
    params, other = network(), network()
    rules = Adam(), Adam()
    for seed in range(3):
        grads = gradients_of(params, seed)
        rules[0].update(params, grads)
        rules[1].update(other, dict(reversed(grads.items())))
        other = dict(reversed(other.items()))
    for name, value in params.items():
        np.testing.assert_array_equal(value, other[name])


def test_it_resumes_from_a_saved_state(form):
    through, stopped = network(), network()
    rule, first, second = form(), form(), form()
    assert first.state is None
    for seed in range(6):
        update(rule, through, seed)
    for seed in range(3):
        update(first, stopped, seed)
    second.resume(stopped, first.state.to_mapping())
    for seed in range(3, 6):
        update(second, stopped, seed)
    for name, value in through.items():
        np.testing.assert_array_equal(value, stopped[name])
