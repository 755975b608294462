import csv
import json

import numpy as np
import pytest

from descent.figures import function_map, function_paths, function_starts
from descent.figures.drawing import command, save_drawing
from descent.problems.trajectories import follow
from descent.study.function_settings import FunctionSettings

OPTIMIZERS = {
    "sgd": {"use": "sgd", "learning_rate": 0.01},
    "rmsprop": {"use": "rmsprop", "learning_rate": 0.05, "decay_rate": 0.9},
    "mine": {"use": "adam", "learning_rate": 0.1},
}
PLANE = {"function": "himmelblau", "iterations": 100, "resolution": 15, "optimizers": OPTIMIZERS}
SPACE = {
    "functions": ["booth", {"function": "quadratic", "dimension": 5, "condition_number": 1000}],
    "starts": 20,
    "iterations": 200,
    "optimizers": OPTIMIZERS,
}
CASES = [(function_paths, PLANE), (function_map, PLANE), (function_starts, SPACE)]


@pytest.mark.parametrize(("module", "settings"), CASES)
def test_figure_caption_and_table_from_the_command(module, settings, tmp_path):
    options = ["--settings", json.dumps(settings), "--output", str(tmp_path / "a" / "f")]
    assert command(module.draw, options) == 0
    save_drawing(module.draw(settings), tmp_path / "b" / "f")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["f.csv", "f.pdf", "f.png", "f.svg", "f.txt"]
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    with (tmp_path / "a" / "f.csv").open() as table:
        names = {row["optimizer"] for row in csv.DictReader(table)}
    assert names == set(OPTIMIZERS)


@pytest.mark.parametrize(("module", "settings"), CASES)
@pytest.mark.parametrize("count", [1, 5])
def test_nothing_is_cut_or_overlapping(module, settings, count, assert_legible):
    entry = {"use": "sgd", "learning_rate": 0.005}
    optimizers = dict.fromkeys(["sgd", "rmsprop", "adam", "adagrad", "mine"][:count], entry)
    assert_legible(module.draw({**settings, "optimizers": optimizers}).figure)


def test_a_diverging_path_is_said_to_diverge():
    settings = {**PLANE, "optimizers": {"sgd": {"use": "sgd", "learning_rate": 10.0}}}
    drawing = function_paths.draw(settings)
    assert "SGD diverges after" in drawing.caption
    assert drawing.table.rows[0][-1] is True


def test_a_point_of_the_map_is_what_a_path_from_it_does():
    s = FunctionSettings.read(PLANE)
    run = function_map.run_all(s)["sgd"]
    for i in (0, 37, 112, 224):
        path = follow(s.optimizers["sgd"], s.function, run.starts[i], s.iterations)
        arrived = path.values <= s.function.minimum + s.tolerance
        assert run.steps[i] == (np.argmax(arrived) if arrived.any() else np.inf)
        np.testing.assert_allclose(run.ends[i], path.points[-1], rtol=1e-9)
    # row by row from the lower left corner, x fastest
    low, high = s.function.domain
    np.testing.assert_allclose(run.starts[0], [low, low])
    np.testing.assert_allclose(run.starts[14], [high, low])


def test_map_colours_tell_basins_and_misses_apart_and_pale_with_time():
    s = FunctionSettings.read(PLANE)
    run = function_map.run_all(s)["rmsprop"]
    image = function_map.colours(run, s.iterations)
    assert image.shape == (225, 3)
    assert np.all((image >= 0) & (image <= 1))
    missed = ~np.isfinite(run.steps)
    assert missed.any()
    assert len(np.unique(image[missed], axis=0)) == 1
    first = run.basin == 0
    order = np.argsort(run.steps[first])
    assert np.all(np.diff(image[first][order].sum(axis=1)) >= -1e-12)


def test_rotation_is_nothing_to_gradient_descent_and_the_same_starts_are_used():
    s = FunctionSettings.read(SPACE)
    runs = function_starts.run_all(s)
    label = "quadratic, dimension 5, condition number 1000"
    np.testing.assert_allclose(runs[label, "sgd", False].starts, runs[label, "sgd", True].starts)
    for function in ("booth", label):
        plain, turned = (runs[function, "sgd", rotated] for rotated in (False, True))
        np.testing.assert_array_equal(plain.steps, turned.steps)
        assert np.array_equal(plain.starts, runs[function, "rmsprop", False].starts)
    plain, turned = (runs[label, "rmsprop", rotated] for rotated in (False, True))
    assert not np.array_equal(plain.steps, turned.steps)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"functoin": "booth"}, "no setting 'functoin'"),
        ({"optimizers": OPTIMIZERS}, "either `function` or `functions`"),
        ({"function": "booth"}, "at least one config entry"),
        ({**PLANE, "start": [1.0]}, "2 finite numbers"),
        ({**PLANE, "window": [[1, 0], [0, 1]]}, "window must be [["),
        ({**PLANE, "iterations": 0}, "iterations must be an integer >= 1. Received: 0"),
        ({**PLANE, "tolerance": -1}, "tolerance must be in"),
        ({**PLANE, "tolerance": [1]}, "tolerance must be in"),
        ([], "settings must be a mapping"),
        ({**PLANE, "optimizers": ["sgd"]}, "optimizers must be a mapping of names"),
        ({**PLANE, "optimizers": {"sgd": "sgd"}}, "optimizers must be a mapping of names"),
        ({**PLANE, "start": "x"}, "start must be 2 finite numbers"),
        ({**PLANE, "window": "x"}, "window must be 2 x 2 finite numbers"),
        ({**PLANE, "function": ["booth"]}, "a function must be given by its name"),
        ({"optimizers": PLANE["optimizers"], "functions": [3]}, "must be given by its name"),
        ({"optimizers": PLANE["optimizers"], "functions": []}, "functions must be a list"),
        ({**PLANE, "function": "rosenbrock", "dimension": 3}, "two variables"),
        ({**PLANE, "optimizers": {"a": {"use": "sdg"}}}, "sdg"),
        ({**PLANE, "function": "nowhere"}, "no test function 'nowhere'"),
    ],
)
def test_wrong_settings_are_one_clear_line_and_write_nothing(settings, message, tmp_path, capsys):
    options = ["--settings", json.dumps(settings), "--output", str(tmp_path / "f")]
    assert command(function_paths.draw, options) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") <= 2
    assert not list(tmp_path.iterdir())
