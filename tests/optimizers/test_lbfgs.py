"""L-BFGS: its inverse Hessian, its line search, and the minima that it reaches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.arrays import Layout
from descent.optimizers import LBFGS
from descent.optimizers.line_search import strong_wolfe
from descent.optimizers.state import Task


def bowl(n=12, seed=0, condition=1e3):
    """Return a strictly convex function, not quadratic, and its minimum."""
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    A = (Q * np.geomspace(1.0, condition, n)) @ Q.T
    minimum = rng.normal(size=n)

    def loss_and_gradient(theta, out):
        away = theta - minimum
        out[...] = A @ away + np.tanh(away)
        return 0.5 * float(away @ A @ away) + float(
            np.sum(np.log1p(2.0 * np.sinh(away / 2.0) ** 2))
        )

    return loss_and_gradient, minimum


def valley(theta, out):
    """Rosenbrock's function, with its minimum 0 at (1, 1)."""
    x, y = theta
    out[...] = 2.0 * (x - 1.0) - 400.0 * x * (y - x**2), 200.0 * (y - x**2)
    return float((1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2)


def descend(rule, function, start, steps, layout=None):
    """Return the parameters after each step and how many gradients were taken."""
    taken = 0

    def counted(theta, out):
        nonlocal taken
        taken += 1
        return function(theta, out)

    theta, g = start.copy(), np.empty_like(start)
    state = rule.init(theta, None if layout is None else Task(layout))
    state.loss_and_gradient = counted
    path = []
    for _ in range(steps):
        state.loss = counted(theta, g)
        rule.step(theta, g, state)
        path.append(theta.copy())
    return np.array(path), taken


@pytest.mark.parametrize("history", [1, 3, 50])
def test_the_inverse_hessian_is_that_of_the_bfgs_formula_as_a_dense_matrix(history):
    function, _ = bowl(condition=10.0)
    start, identity = np.ones(12), np.eye(12)
    path, _ = descend(LBFGS(history=history, line_search=False), function, start, 15)
    theta, pairs, g = start.copy(), [], np.empty(12)
    before = None
    for t, found in enumerate(path):
        function(theta, g)
        if before is not None:
            pairs = [*pairs, (theta - before[0], g - before[1])][-history:]
        H = identity
        if pairs:
            s, y = pairs[-1]
            H = (s @ y) / (y @ y) * identity
            for s, y in pairs:
                rho = 1.0 / (s @ y)
                turn = identity - rho * np.outer(s, y)
                H = turn @ H @ turn.T + rho * np.outer(s, s)
        before = theta.copy(), g.copy()
        theta = theta - (min(1.0, 1.0 / np.abs(g).sum()) if t == 0 else 1.0) * (H @ g)
        np.testing.assert_allclose(theta, found, rtol=1e-8, atol=1e-10)


def test_it_reaches_the_minimum_of_a_convex_function_in_few_gradients():
    function, minimum = bowl()
    path, taken = descend(LBFGS(), function, np.zeros(12), 120)
    np.testing.assert_allclose(path[-1], minimum, atol=1e-8)
    assert taken < 120 * 2.2  # one that it is handed, and mostly one that is tried


def test_it_reaches_the_end_of_a_bent_valley():
    path, _ = descend(LBFGS(), valley, np.array([-1.2, 1.0]), 60)
    np.testing.assert_allclose(path[-1], 1.0, atol=1e-7)
    losses = [valley(theta, np.empty(2)) for theta in path]
    assert (np.diff(losses) <= 0.0).all()
    assert np.argmax(np.array(losses) < 1e-12) < 45


def test_at_the_minimum_it_stays_and_forgets_its_pairs():
    function, minimum = bowl()
    rule, theta, g = LBFGS(), np.zeros(12), np.empty(12)
    state = rule.init(theta)
    state.loss_and_gradient = function
    for _ in range(3):
        state.loss = function(theta, g)
        rule.step(theta, g, state)
    assert state.scalars["pairs"] == 2.0
    theta[...] = minimum
    state.loss = function(theta, g)
    rule.step(theta, g, state)
    assert np.array_equal(theta, minimum)
    assert state.scalars["pairs"] == 0.0


def test_the_loss_of_a_caller_who_does_not_tell_it_is_taken():
    function, _ = bowl()
    told, theta = LBFGS(), np.ones(12)
    path, _ = descend(told, function, theta, 1)
    g, untold = np.empty(12), LBFGS()
    state = untold.init(theta)
    function(theta, g)
    state.loss_and_gradient = function
    untold.step(theta, g, state)
    assert np.array_equal(theta, path[0])


def test_weight_decay_is_part_of_the_loss():
    A = np.diag(np.geomspace(1.0, 100.0, 6))
    minimum, factors = np.ones(6), np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])

    def function(theta, out):
        out[...] = A @ (theta - minimum)
        return 0.5 * float((theta - minimum) @ out)

    layout = Layout({"W": (2, 2), "b": (2,)})
    rule = LBFGS(weight_decay=2.0, groups={"bias": {"weight_decay": 0}})
    path, _ = descend(rule, function, np.zeros(6), 40, layout)
    optimum = np.linalg.solve(A + 2.0 * np.diag(factors), A @ minimum)
    np.testing.assert_allclose(path[-1], optimum, rtol=1e-7)


def test_a_pair_along_which_the_loss_does_not_curve_upwards_is_left_out():
    rule, theta = LBFGS(0.1, line_search=False), np.zeros(3)
    state = rule.init(theta)
    rule.step(theta, np.array([1.0, 0.0, 0.0]), state)
    rule.step(theta, np.array([2.0, 0.0, 0.0]), state)  # steeper further down: no minimum ahead
    assert state.scalars["pairs"] == 0.0
    rule.step(theta, np.array([1.0, 0.0, 0.0]), state)
    assert state.scalars["pairs"] == 1.0


def test_without_line_search_it_takes_no_further_gradients():
    assert LBFGS().extra_gradients
    assert not LBFGS(line_search=False).extra_gradients
    assert not LBFGS.flavour("pytorch").extra_gradients


def test_the_memory_is_that_of_the_pairs():
    state = LBFGS(history=7).init(np.zeros(10, np.float32))
    assert state.nbytes == 4 * 10 * (2 * 7 + 2)


@settings(deadline=None)
@given(
    first=st.floats(1e-4, 1e3),
    scale=st.floats(1e-3, 1e3),
    where=st.floats(0.01, 100.0),
    wave=st.floats(0.0, 0.4),
)
def test_the_step_that_is_found_meets_the_strong_wolfe_conditions(first, scale, where, wave):
    def along(t):
        x = t / where
        loss = scale * ((x - 1.0) ** 2 + wave * np.cos(5.0 * x))
        slope = scale * (2.0 * (x - 1.0) - 5.0 * wave * np.sin(5.0 * x)) / where
        return float(loss), float(slope)

    loss, slope = along(0.0)
    t = strong_wolfe(along, loss, slope, first)
    assert t > 0.0
    assert along(t)[0] <= loss + 1e-4 * t * slope
    assert abs(along(t)[1]) <= -0.9 * slope


def test_a_step_that_will_do_costs_one_evaluation():
    tried = []

    def along(t):
        tried.append(t)
        return 0.5 * (t - 1.0) ** 2, t - 1.0

    assert strong_wolfe(along, 0.5, -1.0, 0.9) == 0.9
    assert tried == [0.9]


def test_infinite_losses_are_stepped_back_from():
    def along(t):
        return (np.inf, np.nan) if t > 1e-3 else (-t, -1.0 + 1000.0 * t)

    t = strong_wolfe(along, 0.0, -1.0, 1.0)
    assert 0.0 < t <= 1e-3


def test_where_the_loss_only_rises_there_is_no_step():
    assert strong_wolfe(lambda t: (t, 1.0), 0.0, -1.0, 1.0) == 0.0
