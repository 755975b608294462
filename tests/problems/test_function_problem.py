import numpy as np
import pytest

from descent.foundation.seeding import generator
from descent.optimizers import SGD, Adam, RMSprop
from descent.problems.function_problem import FunctionProblem, random_rotations
from descent.problems.loading import load_problem
from descent.training.loop import train


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def steps(problem, rule, count, theta=None, seed=0):
    theta = problem.init(rng(seed)) if theta is None else theta.copy()
    state, gradient = rule.init(theta), np.empty_like(theta)
    for _ in range(count):
        problem.loss_and_grad(theta, np.empty(0, int), gradient)
        rule.step(theta, gradient, state)
    return theta


MANY = {"function": "himmelblau", "starts": 6, "rotations": True}


@pytest.mark.parametrize(
    "settings",
    [
        {"function": "rosenbrock"},
        {"function": "rosenbrock", "dimension": 4, "starts": 3},
        {"function": "styblinski_tang", "dimension": 3, "starts": 4, "rotations": True},
        MANY,
    ],
)
def test_gradient_agrees_with_directional_differences(settings):
    problem = FunctionProblem("p", **settings)
    theta = problem.init(rng())
    gradient, scratch = np.full_like(theta, np.nan), np.empty_like(theta)
    loss = problem.loss_and_grad(theta, np.empty(0, int), gradient)
    for seed in range(5):
        u = rng(seed).standard_normal(theta.size)
        h = 1e-5
        up = problem.loss_and_grad(theta + h * u, np.empty(0, int), scratch)
        down = problem.loss_and_grad(theta - h * u, np.empty(0, int), scratch)
        assert (up - down) / (2 * h) == pytest.approx(gradient @ u, rel=1e-7, abs=1e-9 * loss)


def test_one_start_is_the_function_itself():
    problem = FunctionProblem("p", function="beale", start=[1.0, 1.0])
    theta = problem.init(rng())
    np.testing.assert_array_equal(theta, [1.0, 1.0])
    assert problem.loss_and_grad(theta, np.empty(0, int), np.empty(2)) == 14.203125
    scores = problem.evaluate(theta, "train")
    assert scores == {
        "loss": 14.203125,
        "distance": pytest.approx(np.hypot(2.0, 0.5)),
        "success_rate": 0.0,
        "median_steps": 1.0,
    }


@pytest.mark.parametrize("rule", [SGD(1e-3), RMSprop(0.01, 0.9), Adam(0.05)], ids=str)
def test_many_starts_at_once_walk_exactly_as_each_alone(rule):
    together = FunctionProblem("p", **MANY)
    ends = together.points(steps(together, rule, 50))
    theta = together.init(rng()).reshape(together.count, -1)
    for i in range(together.count):
        alone = FunctionProblem("p", **{**MANY, "starts": 1})
        if together.rotation is not None:
            alone.rotation = together.rotation[i : i + 1]
        end = alone.points(steps(alone, rule, 50, theta[i]))[0]
        np.testing.assert_allclose(end, ends[i], rtol=1e-9, atol=1e-9)


def test_rotation_changes_nothing_for_gradient_descent_and_much_for_rmsprop():
    plain = {"function": "quadratic", "start": [1.0, 1.0], "starts": 8}
    straight = FunctionProblem("p", **plain)
    turned = FunctionProblem("p", **plain, rotations=True)
    ends = {
        (type(rule).__name__, p): p.points(steps(p, rule, 100))
        for rule in (SGD(0.01), RMSprop(0.01, 0.9))
        for p in (straight, turned)
    }
    np.testing.assert_allclose(ends["SGD", straight], ends["SGD", turned], atol=1e-12)
    assert np.ptp(ends["RMSprop", straight], axis=0).max() == 0.0
    assert np.ptp(ends["RMSprop", turned], axis=0).max() > 1e-2


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_rotations_are_rotations_and_evenly_distributed(dimension):
    r = random_rotations(4000, dimension, rng())
    identity = np.broadcast_to(np.eye(dimension), r.shape)
    np.testing.assert_allclose(r @ r.transpose(0, 2, 1), identity, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(r), 1.0)
    if dimension > 1:
        # every entry of a Haar rotation has mean 0 and variance 1 / dimension
        assert np.abs(r.mean(axis=0)).max() < 4 / np.sqrt(4000 * dimension)
        np.testing.assert_allclose(r.var(axis=0), 1 / dimension, rtol=0.12)


def test_arrival_is_the_number_of_steps_to_the_target():
    # On x**2 gradient descent at 0.25 halves x in every step, so that the value falls fourfold.
    problem = FunctionProblem("p", function="parabola", start=[1.0], starts=4, tolerance=1e-3)
    theta = problem.init(rng())
    theta[:] = [1.0, 0.01, 16.0, np.inf]
    steps(problem, SGD(0.25), 7, theta)
    np.testing.assert_array_equal(problem.arrival, [5.0, 0.0, np.inf, np.inf])
    scores = problem.evaluate(np.array([0.0, 0.0, 1.0, np.inf]), "train")
    assert scores["success_rate"] == 0.5
    assert scores["median_steps"] == 6.0  # between 5 and the 7 steps taken
    problem.init(rng())
    assert np.all(np.isinf(problem.arrival))


def test_an_arrival_is_kept_when_the_optimizer_leaves_again():
    problem = FunctionProblem("p", function="parabola")
    problem.init(rng())
    problem.loss_and_grad(np.array([0.0]), np.empty(0, int), np.empty(1))
    assert problem.evaluate(np.array([9.0]), "train")["success_rate"] == 1.0


def test_a_lost_start_leaves_the_others_alone():
    problem = FunctionProblem("p", function="rosenbrock", starts=3)
    theta = problem.init(rng())
    theta[2:4] = [np.inf, 0.0]
    gradient = np.full_like(theta, np.nan)
    assert np.isfinite(problem.loss_and_grad(theta, np.empty(0, int), gradient))
    np.testing.assert_array_equal(gradient[2:4], 0.0)
    assert np.all(gradient[[0, 1, 4, 5]] != 0.0)
    assert np.isfinite(problem.evaluate(theta, "train")["loss"])
    theta[:2] = np.nan
    assert problem.evaluate(theta, "train")["loss"] == np.inf
    theta[:] = 1e200
    assert problem.loss_and_grad(theta, np.empty(0, int), gradient) == np.inf


def test_starts_depend_on_the_seed_and_rotations_do_not():
    problem = FunctionProblem("p", **MANY)
    again = FunctionProblem("p", **MANY)
    np.testing.assert_array_equal(problem.rotation, again.rotation)
    assert problem.fingerprint == again.fingerprint
    np.testing.assert_array_equal(problem.init(rng(3)), again.init(rng(3)))
    assert not np.array_equal(problem.init(rng(3)), problem.init(rng(4)))
    low, high = problem.function.domain
    points = problem.points(problem.init(rng(5)))
    assert np.all((low <= points) & (points <= high))


def test_a_run_that_loses_every_start_is_a_diverged_run():
    problem = FunctionProblem("valley", function="rosenbrock", starts=4)
    record, *_ = train(problem, SGD(1.0), seed=0, epochs=100)
    assert record.status == "diverged"


def test_iterations_is_the_length_of_an_epoch():
    problem = FunctionProblem("p", function="parabola", iterations=25)
    batches = list(problem.batches(generator("p", 0, "batch_order")))
    assert problem.steps_per_epoch == len(batches) == 25
    assert all(len(batch) == 0 for batch in batches)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"start": [0.0]}, "start must be 2 finite numbers. Received: \\[0.0\\]"),
        ({"start": [0.0, float("nan")]}, "start must be 2 finite numbers"),
        ({"starts": 0}, "starts must be an integer >= 1. Received: 0"),
        ({"starts": True}, "Received: True"),
        ({"iterations": 1.5}, "iterations must be an integer >= 1. Received: 1.5"),
        ({"tolerance": 0.0}, "tolerance must be in \\(0, inf\\). Received: 0.0"),
        ({"dimension": 3}, "beale has no setting 'dimension'"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        FunctionProblem("p", function="beale", **settings)


def test_the_config_s_name_fixes_the_function():
    with pytest.raises(ValueError, match="has no setting 'function'"):
        load_problem("mine", {"use": "beale", "function": "booth"}, None)
