import numpy as np
import pytest

from descent.optimizers import LBFGS, SAM, SGD, Adam, Lookahead, ScheduleFreeSGD
from descent.problems.function_problem import FunctionProblem
from descent.problems.functions import make_function
from descent.problems.trajectories import follow
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


def test_a_point_that_is_looked_at_is_no_step_and_no_arrival():
    problem = FunctionProblem("p", function="parabola", starts=1, start=[1.0], tolerance=0.1)
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
