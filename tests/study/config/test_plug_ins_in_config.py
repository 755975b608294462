"""Rules, problems and data of the user's own: what is wrong with them is said before any job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from study_config import changed

from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate

RULE = """
from dataclasses import dataclass
from descent.optimizers import Optimizer
from descent.optimizers.hyperparameters import hyperparameter

@dataclass
class Signed(Optimizer):
    strength: float = hyperparameter(1.0, "(0, inf)")
    learning_rate_centre = 0.25

    def direction(self, g, state):
        return g
"""

PROBLEM = """
from descent.problems import Problem

class Mine(Problem):
    splits = ("train",)

    def __init__(self, name, *, width: int, sides: list[float] = ()):
        self.name = name

    init = batches = loss_and_grad = evaluate = None

class HandsOn(Mine):
    def __init__(self, name, **settings):
        super().__init__(name, **settings)

class Pictures(Mine):
    dataset = "images"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rule.py").write_text(RULE, encoding="utf-8")
    (tmp_path / "problem.py").write_text(PROBLEM, encoding="utf-8")
    (tmp_path / "broken.py").write_text("x = 1\nraise RuntimeError('no')\n", encoding="utf-8")
    np.savez(tmp_path / "data.npz", X=np.eye(4), y=np.array([0, 1, 0, 1]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_they_are_accepted(folder: Path) -> None:
    config = validate(
        changed(
            {
                "datasets/own": {"use": "npz", "file": "data.npz"},
                "problems/own": {"use": "problem.py:Mine", "epochs": 1, "width": "3"},
                "problems/other": {"use": "problem.py:HandsOn", "epochs": 1, "width": 4},
                "optimizers/own": {"use": "rule.py:Signed", "strength": "1e-1"},
            }
        ),
        base_folder=folder,
    )
    assert config["problems"]["own"]["width"] == 3
    assert config["problems"]["other"]["width"] == 4
    assert config["optimizers"]["own"]["strength"] == 0.1
    # three times that of a constant rate, since the rate falls to zero
    assert config["optimizers"]["own"]["learning_rates"]["centre"] == 0.75


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"optimizers/o": {"use": "rule.py:Sined"}}, "optimizers.o: .*no class 'Sined'.*'Signed'"),
    ({"optimizers/o": {"use": "broken.py:Rule"}}, "optimizers.o: .*RuntimeError in line 2: no"),
    (
        {"optimizers/o": {"use": "rule.py:Signed", "strenght": 1}},
        "optimizers.o: .*no hyper-parameter 'strenght'.*'strength'",
    ),
    (
        {"optimizers/o": {"use": "rule.py:Signed", "strength": 0}},
        r"optimizers.o.strength: must be in \(0, inf\)",
    ),
    (
        {"problems/p": {"use": "problem.py:Mine", "epochs": 1}},
        "problems.p: problem.py:Mine needs the setting 'width'",
    ),
    (
        {"problems/p": {"use": "problem.py:Mine", "epochs": 1, "width": "wide"}},
        "problems.p.width: must be a whole number. Received: 'wide'",
    ),
    (
        {"problems/p": {"use": "problem.py:Mine", "epochs": 1, "widht": 1}},
        "problems.p: .*no setting 'widht'. Did you mean 'width'",
    ),
    (
        {"problems/p": {"use": "problem.py:Mine", "epochs": 1, "width": 1, "sides": [1, "x"]}},
        r"problems.p.sides: must be a list \(a number each\)",
    ),
    (
        {"problems/p": {"use": "problem.py:Pictures", "epochs": 1, "width": 1}},
        "problems.p.use: .*its attribute dataset must be one of dense, reviews, characters or None",
    ),
    (
        {"problems/p": {"use": "broken.py:P", "epochs": 1}},
        "problems.p.use: .*RuntimeError in line 2: no",
    ),
    (
        {"problems/p": {"use": "json:JSONEncoder", "epochs": 1}},
        "problems.p.use: json:JSONEncoder is not a descent.problems.Problem",
    ),
    (
        {"datasets/d": {"use": "npz", "file": "absent.npz"}},
        "datasets.d: .*absent.npz does not exist",
    ),
]


@pytest.mark.parametrize(("changes", "message"), MISTAKES, ids=lambda x: str(x)[:60])
def test_a_mistake_is_named(folder: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^the config: {message}") as caught:
        validate(changed(changes), base_folder=folder)
    assert len(caught.value.problems) == 1
