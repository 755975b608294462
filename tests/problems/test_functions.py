"""Values at the minima, gradients against finite differences, batches against single points."""

import doctest

import numpy as np
import pytest
from scipy.optimize import minimize

from descent.problems import functions
from descent.problems.functions import FUNCTIONS, Function, make_function

CASES = {
    **{name: (name, {}) for name in FUNCTIONS},
    "quadratic 7-D": ("quadratic", {"dimension": 7, "condition_number": 1e4}),
    "rosenbrock 5-D": ("rosenbrock", {"dimension": 5}),
    "styblinski_tang 3-D": ("styblinski_tang", {"dimension": 3}),
    "rastrigin 4-D": ("rastrigin", {"dimension": 4}),
    "ackley 3-D": ("ackley", {"dimension": 3}),
}


@pytest.fixture(params=CASES, ids=str)
def function(request: pytest.FixtureRequest) -> Function:
    name, settings = CASES[request.param]
    return make_function(name, **settings)


def random_points(function: Function, count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(*function.domain, size=(count, function.dimension))


def test_the_known_values_in_the_docstrings_pin_the_formulas():
    """Values from the literature, most at points that are no minima."""
    assert doctest.testmod(functions).failed == 0
    assert all(">>>" in (cls.__doc__ or "") for cls in FUNCTIONS.values())


def test_the_known_minima_have_the_least_value_and_no_gradient(function):
    np.testing.assert_allclose(function.value(function.minima), function.minimum, atol=1e-12)
    np.testing.assert_allclose(function.gradient(function.minima), 0.0, atol=1e-10)
    np.testing.assert_allclose(function.distance(function.minima), 0.0)


def test_quasi_newton_runs_find_a_known_minimum_and_nothing_below(function):
    points = random_points(function, 200, seed=1)
    assert np.min(function.value(points)) >= function.minimum
    runs = [
        minimize(function.value, point, jac=function.gradient, method="L-BFGS-B")
        for point in points
    ]
    assert min(run.fun for run in runs) >= function.minimum - 1e-9
    assert np.min(function.distance(np.array([run.x for run in runs]))) < 1e-3


def test_gradient_agrees_with_central_differences_at_random_points(function):
    points = random_points(function, 50)
    h = 1e-5
    for axis, unit in enumerate(np.eye(function.dimension)):
        # Richardson's extrapolation of two central differences: error of order h**4
        wide = (function.value(points + 2 * h * unit) - function.value(points - 2 * h * unit)) / (
            4 * h
        )
        narrow = (function.value(points + h * unit) - function.value(points - h * unit)) / (2 * h)
        numeric = (4 * narrow - wide) / 3
        scale = 1e-3 + np.abs(function.value(points))
        error = np.abs(function.gradient(points)[:, axis] - numeric)
        assert np.max(error / np.maximum(scale, np.abs(numeric))) < 1e-7


def test_any_leading_axes_give_what_single_points_give(function):
    points = random_points(function, 24).reshape(2, 3, 4, function.dimension)
    values, gradients = function.value(points), function.gradient(points)
    distances = function.distance(points)
    assert values.shape == distances.shape == (2, 3, 4)
    assert gradients.shape == points.shape
    for index in np.ndindex(2, 3, 4):
        np.testing.assert_allclose(values[index], function.value(points[index]), rtol=1e-14)
        np.testing.assert_allclose(gradients[index], function.gradient(points[index]), rtol=1e-13)
        nearest = min(np.linalg.norm(points[index] - m) for m in function.minima)
        assert distances[index] == pytest.approx(nearest)


def test_inputs_are_not_written_to(function):
    points = random_points(function, 5)
    before = points.copy()
    function.value(points)
    function.gradient(points)
    np.testing.assert_array_equal(points, before)


def test_start_and_minima_lie_in_the_domain(function):
    low, high = function.domain
    assert function.start.shape == (function.dimension,)
    for points in (function.start, function.minima):
        assert np.all((low <= points) & (points <= high))


def test_the_quadratic_has_the_condition_number_it_is_given():
    quadratic = make_function("quadratic", dimension=6, condition_number=250.0)
    hessian = quadratic.gradient(np.eye(6))
    assert np.linalg.cond(hessian) == pytest.approx(250.0)


def test_rosenbrock_of_four_variables_has_the_local_minimum_it_warns_of():
    rosenbrock = make_function("rosenbrock", dimension=4)
    found = minimize(rosenbrock.value, [-0.8, 0.6, 0.4, 0.1], jac=rosenbrock.gradient)
    assert found.fun > 1.0
    assert rosenbrock.distance(found.x) > 1.0


def test_ackley_s_kink_has_the_gradient_zero():
    np.testing.assert_array_equal(make_function("ackley").gradient(np.zeros((3, 2))), 0.0)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("rozenbrock", {}, "no test function 'rozenbrock'. There are: parabola, quadratic"),
        ("beale", {"dimension": 3}, "beale has no setting 'dimension'. Settings it has: none"),
        ("rosenbrock", {"dimension": 1}, "integer >= 2. Received: 1"),
        ("ackley", {"dimension": 2.0}, "integer >= 1. Received: 2.0"),
        ("quadratic", {"condition_number": 0.5}, "Received: 0.5"),
        ("quadratic", {"condition_number": float("nan")}, "Received: nan"),
    ],
)
def test_wrong_settings_are_named(name, settings, message):
    with pytest.raises(ValueError, match=message):
        make_function(name, **settings)
