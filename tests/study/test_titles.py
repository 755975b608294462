"""Display names: their defaults, that no two are the same, and that they change no run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from study_config import BASE, changed

from descent.data.sources import SOURCES
from descent.optimizers import OPTIMIZERS
from descent.problems.built_in import PROBLEMS
from descent.problems.functions import FUNCTIONS
from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate
from descent.study.grids import with_grids
from descent.study.plan import Study

PLUG_IN = """
from descent.problems import Problem

class Mine(Problem):
    title = "ridge regression"
    splits = ("train",)

    def __init__(self, name):
        self.name = name

    init = batches = loss_and_grad = evaluate = None

class Untitled(Mine):
    title = None
"""


def study_of(changes: dict[str, Any], folder: Path = Path()) -> Study:
    return Study(with_grids(validate(changed(changes))), folder)


def test_an_optimizer_is_called_by_the_class_of_its_rule_or_by_its_entry() -> None:
    study = study_of(
        {
            "optimizers/adadelta": {"use": "adadelta"},
            "optimizers/adam_warm_up": {"use": "adam"},
            "optimizers/other": {"use": "adam", "title": "Adam, other β"},
        }
    )
    assert list(study.optimizer_titles.values()) == [
        "SGD",
        "Adam",
        "AdaDelta",
        "adam warm up",
        "Adam, other β",
    ]


def test_a_problem_is_called_by_its_dataset_and_its_model() -> None:
    study = study_of(
        {
            "datasets/more": {"use": "reviews"},
            "problems/a": {"use": "rnn", "dataset": "more", "epochs": 1},
            "problems/b": {"use": "three_hump_camel", "epochs": 1},
        }
    )
    assert list(study.problem_titles.values()) == [
        "Digits, multilayer perceptron",
        "Rosenbrock function",
        "Movie reviews, recurrent network",
        "Three-hump camel function",
    ]


def test_problems_of_one_dataset_and_model_are_called_by_their_entries() -> None:
    wide = {**BASE["problems"]["mlp"], "hidden": [8]}
    titles = study_of({"problems/mlp_wide": wide}).problem_titles
    assert (titles["mlp"], titles["mlp_wide"]) == ("mlp", "mlp wide")
    wide = {**wide, "title": "Digits, wide perceptron"}
    assert study_of({"problems/mlp_wide": wide}).problem_titles["mlp_wide"] == wide["title"]


def test_a_class_of_the_users_own_may_have_a_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(PLUG_IN, encoding="utf-8")
    titles = study_of(
        {
            "problems/my_own": {"use": "own.py:Mine", "epochs": 1},
            "problems/my_other": {"use": "own.py:Untitled", "epochs": 1},
        }
    ).problem_titles
    assert (titles["my_own"], titles["my_other"]) == ("Ridge regression", "my other")


def test_a_dataset_of_the_users_own_is_called_by_its_entry(tmp_path: Path) -> None:
    for name in ("inputs", "labels"):
        (tmp_path / name).write_bytes(b"")
    own = {"use": "idx"} | {f"train_{n}": str(tmp_path / n) for n in ("inputs", "labels")}
    titles = study_of({"datasets/my_digits": own, "problems/mlp/dataset": "my_digits"})
    assert titles.problem_titles["mlp"] == "my digits, multilayer perceptron"


def test_every_built_in_has_a_title_of_its_own() -> None:
    for titles in (
        [rule.__name__ for rule in OPTIMIZERS.values()],
        [entry.title for entry in PROBLEMS.values()],
        [source.title for source in SOURCES.values() if not source.paths],
    ):
        assert all(titles)
        assert len(set(titles)) == len(titles)
    assert set(FUNCTIONS) <= set(PROBLEMS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"optimizers/sgd/title": "Adam"},
            "optimizers.sgd.title: must differ from the title of adam. Received: 'Adam'",
        ),
        (
            {"problems/mlp/title": "A", "problems/valley/title": "A"},
            "problems.valley.title: must differ from the title of mlp. Received: 'A'",
        ),
        ({"optimizers/sgd/title": 1}, "optimizers.sgd.title: must be text. Received: 1"),
        *(
            (
                {"problems/mlp/title": title},
                "problems.mlp.title: a title is one line of 1 to 64 characters without `$`, `|`, "
                "`<`, `>`, a backtick, a blank at either end, and one of `=+-@` as the first. "
                f"Received: {title!r}",
            )
            for title in ("", "a ", "a|b", "<b>x", "=1+1")
        ),
    ],
)
def test_a_wrong_title_is_an_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        validate(changed(changes))
    assert str(error.value) == f"the config: {message}"


def test_a_changed_title_retrains_nothing() -> None:
    before = study_of({})
    after = study_of({"problems/mlp/title": "P", "optimizers/adam/title": "O"})
    assert after.problem_titles != before.problem_titles
    assert after.optimizer_titles != before.optimizer_titles
    assert [before.job(run) for run in before.runs()] == [after.job(run) for run in after.runs()]
