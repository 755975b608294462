import numpy as np
import pytest

from descent.optimizers import LBFGS, SAM, SGD, Adam, Lookahead, RMSprop, ScheduleFreeSGD
from descent.problems.function_problem import FunctionProblem
from descent.problems.functions import make_function
from descent.problems.trajectories import DIVERGED, NOWHERE, arrivals, follow, grid, parameters_at
from descent.training.loop import train


def test_a_path_holds_every_point_and_not_the_last_one_many_times():
    # Gradient descent on x**2 at 0.25 halves x in every step.
    path = follow(SGD(0.25), make_function("parabola"), [8.0], 4)
    np.testing.assert_allclose(path.points[:, 0], [8.0, 4.0, 2.0, 1.0, 0.5])
    np.testing.assert_allclose(path.values, path.points[:, 0] ** 2)
    np.testing.assert_allclose(path.distances, path.points[:, 0])
    assert not path.diverged


def test_a_diverging_path_ends_where_it_left_the_numbers():
    path = follow(SGD(1.0), make_function("rosenbrock"), [-1.5, 2.5], 100)
    assert path.diverged
    assert len(path.points) == len(path.values) < 100
    assert np.all(np.isfinite(path.values))


@pytest.mark.parametrize("rule", [LBFGS(), Lookahead(0.5, base=SAM(rho=1e-4, base=Adam()))])
def test_rules_that_take_more_gradients_find_the_minimum(rule):
    function = make_function("booth")
    path = follow(rule, function, function.start, 500)
    assert path.distances[-1] < 0.01
    problem = FunctionProblem("p", function="booth", starts=2, rotations=True, tolerance=1e-3)
    run = arrivals(rule, problem, problem.init(np.random.default_rng(0)), 500)
    assert run.success_rate == 1.0


def test_a_point_that_is_looked_at_is_no_step_and_no_arrival():
    problem = FunctionProblem("p", function="parabola", starts=1, start=[1.0], tolerance=0.1)
    theta = problem.init(np.random.default_rng(0))
    far = arrivals(SAM(0.0, rho=1.0, base=SGD()), problem, -theta, 10)
    assert far.steps[0] == np.inf
    record, _, _ = train(problem, SAM(0.25, rho=1e-3, base=SGD()), seed=0, epochs=20)
    plain, _, _ = train(problem, SGD(0.25), seed=0, epochs=20)
    assert record.curve["train_median_steps"][-1] == plain.curve["train_median_steps"][-1] < 20
    assert record.gradient_evaluations == 2 * plain.gradient_evaluations


def test_the_path_of_an_average_is_where_it_is_evaluated():
    path = follow(ScheduleFreeSGD(0.2), make_function("parabola"), [8.0], 3)
    z, visited = 8.0, []
    y = z
    for _ in range(3):
        z -= 0.2 * 2.0 * y
        visited.append(z)
        y = 0.9 * np.mean(visited) + 0.1 * z
    means = [np.mean(visited[: n + 1]) for n in range(3)]
    np.testing.assert_allclose(path.points[1:, 0], means, rtol=1e-12)


def test_the_start_is_not_written_to():
    start = np.array([8.0])
    follow(SGD(0.25), make_function("parabola"), start, 4)
    assert start[0] == 8.0


def test_where_and_when_each_start_arrives():
    problem = FunctionProblem("p", function="saddle", starts=4, tolerance=1e-6)
    theta = parameters_at(problem, [[0.5, 0.3], [-0.5, -0.3], [1.0, 0.0], [0.0, 50.0]])
    run = arrivals(SGD(0.1), problem, theta, 200)
    assert run.basin.tolist() == [0, 1, NOWHERE, DIVERGED]
    assert np.isfinite(run.steps).tolist() == [True, True, False, False]
    assert run.success_rate == 0.5
    path = follow(SGD(0.1), problem.function, [0.5, 0.3], 200)
    assert run.steps[0] == np.argmax(path.values <= -0.5 + 1e-6)
    np.testing.assert_allclose(run.ends[0], path.points[-1])


def test_median_counts_a_miss_as_infinite():
    problem = FunctionProblem("p", function="parabola", starts=3, start=[1.0])
    near = parameters_at(problem, [[0.0], [0.01], [1.0]])
    assert arrivals(SGD(0.0), problem, near, 3).median_steps == 0.0
    far = parameters_at(problem, [[0.0], [2.0], [1.0]])
    assert arrivals(SGD(0.0), problem, far, 3).median_steps == np.inf


@pytest.mark.parametrize("clip", [None, 1e6], ids=["together", "one by one"])
def test_starts_share_a_vector_or_run_one_by_one_with_the_same_result(clip):
    problem = FunctionProblem("p", function="booth", starts=5, rotations=True)
    theta = problem.init(np.random.default_rng(0))
    run = arrivals(RMSprop(0.1, 0.9, clip_norm=clip), problem, theta, 120)
    expected = arrivals(RMSprop(0.1, 0.9), problem, theta, 120)
    np.testing.assert_allclose(run.ends, expected.ends, rtol=1e-10)
    np.testing.assert_array_equal(run.steps, expected.steps)


def test_clipping_by_norm_does_not_couple_the_starts():
    problem = FunctionProblem("p", function="booth", starts=2)
    run = arrivals(SGD(0.01, clip_norm=1.0), problem, parameters_at(problem, [[0, 0], [9, 9]]), 1)
    lengths = np.linalg.norm(run.ends - run.starts, axis=1)
    np.testing.assert_allclose(lengths, 0.01)


def test_points_of_a_grid_are_x_by_column_and_y_by_row():
    x, y, points = grid(make_function("beale"), 7)
    assert points.shape == (7, 7, 2)
    assert points[2, 5].tolist() == [x[5], y[2]]
    assert (x[0], x[-1]) == make_function("beale").domain
