"""Figures of test functions in a config: what is accepted, and what is wrong with the rest."""

import pytest
from study_config import changed

from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate

PATHS = {
    "draw": "paths",
    "function": "rosenbrock",
    "optimizers": {"adam": {"use": "adam", "learning_rate": "1e-2"}},
}


def with_figure(**changes):
    entry = {**PATHS, **changes}
    return changed({"function_figures": {"valley": entry}})


def test_a_figure_is_accepted(tmp_path):
    config = validate(with_figure(), base_folder=tmp_path)
    assert config["function_figures"]["valley"]["draw"] == "paths"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"draw": "path"}, r"function_figures\.valley\.draw.*paths"),
        ({"function": "rosenbrok"}, r"function_figures\.valley: .*rosenbrok"),
        ({"optimizers": {}}, r"function_figures\.valley\.optimizers"),
        (
            {"optimizers": {"a": {"use": "adm"}}},
            r"valley\.optimizers\.a: .*'adm'.*adam",
        ),
        ({"iterations": 0}, r"iterations must be an integer >= 1\. Received: 0"),
        ({"iteration": 5}, r"there is no setting 'iteration'"),
        ({"dimension": 3}, r"a contour plot needs a function of two variables"),
    ],
)
def test_a_mistake_is_named(tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        validate(with_figure(**changes), base_folder=tmp_path)
