"""A list of values of one setting makes a problem of each."""

from __future__ import annotations

import pytest
from study_config import changed

from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate


def test_every_value_is_a_problem_that_says_of_which_ladder() -> None:
    raw = changed(
        {
            "problems/mlp/mini_batch": [16, "64"],
            "problems/mlp/learning_rates": {"sgd": [0.1, 0.2]},
        }
    )
    config = validate(raw)
    assert list(config["problems"]) == ["mlp-mini_batch-16", "mlp-mini_batch-64", "valley"]
    for value in (16, 64):
        rung = config["problems"][f"mlp-mini_batch-{value}"]
        assert (rung["mini_batch"], rung["hidden"]) == (value, [4])
        assert rung["ladder"] == {"of": "mlp", "setting": "mini_batch", "value": value}
        assert rung["title"] == f"Digits, multilayer perceptron, mini batch {value}"
        assert rung["learning_rates"] == {"sgd": [0.1, 0.2]}
    assert validate(config) == config


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ({"mini_batch": [16, 16]}, "mini_batch: must be a number, or different ones. Received: "),
        ({"mini_batch": [16, "many"]}, "mini_batch: must be a whole number. Received: "),
        ({"use": "rnn", "hidden": [4, 8], "mini_batch": [1, 2]}, "a ladder has one setting"),
        ({"mini_batch": [16, 0]}, "mlp-mini_batch-0.mini_batch: must be an integer >= 1"),
    ],
)
def test_a_ladder_that_cannot_be_is_refused(problem: dict[str, object], message: str) -> None:
    raw = changed({})
    raw["problems"]["mlp"] |= problem
    if raw["problems"]["mlp"]["use"] == "rnn":
        raw["problems"]["mlp"]["dataset"] = "texts"
    with pytest.raises(ConfigError, match=message):
        validate(raw)


def test_a_rung_may_not_have_the_name_of_another_problem() -> None:
    raw = changed({"problems/mlp/mini_batch": [16, 64]})
    raw["problems"]["mlp-mini_batch-64"] = {"use": "rosenbrock", "epochs": 1}
    with pytest.raises(ConfigError, match="makes mlp-mini_batch-64, which there is already"):
        validate(raw)
