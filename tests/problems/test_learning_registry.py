from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_datasets import characters, dense, reviews

from descent.data.dataset import save_dataset
from descent.data.prepare import prepare
from descent.optimizers.rules.adam import Adam
from descent.problems.base import Problem
from descent.problems.built_in import PROBLEMS
from descent.problems.loading import (
    entry_of,
    has_optimum,
    load_problem,
    problem_class,
)
from descent.training.loop import train


@pytest.fixture
def folders(tmp_path):
    data = {"dense": dense(), "reviews": reviews(), "characters": characters()}
    for kind, dataset in data.items():
        save_dataset(dataset, tmp_path / kind)
    return {**{kind: tmp_path / kind for kind in data}, None: None}


@pytest.mark.parametrize("use", PROBLEMS)
def test_every_problem_of_the_table_can_be_loaded_with_its_defaults(use, folders):
    problem = load_problem("entry", {"use": use}, folders[entry_of(use).dataset])
    assert isinstance(problem, Problem)
    assert problem.name == "entry"


def test_hidden_layers_are_as_many_as_the_config_names(folders):
    problem = load_problem("p", {"use": "mlp", "hidden": [256, 128, 64]}, folders["dense"])
    assert problem.layout.shapes == {
        "W1": (6, 256), "b1": (256,), "W2": (256, 128), "b2": (128,),
        "W3": (128, 64), "b3": (64,), "W4": (64, 3), "b4": (3,),
    }  # fmt: skip
    kinds = [problem.layout.kinds[f"W{layer}"] for layer in (1, 2, 3, 4)]
    assert kinds == ["matrix", "matrix", "matrix", "output"]


def test_only_the_optimum_of_the_strongly_convex_problem_is_computed():
    assert [use for use in PROBLEMS if has_optimum(use)] == ["logistic_regression"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "problem 'p': `use` is missing"),
        ({"use": "lgistic_regression"}, "Did you mean 'logistic_regression'"),
        ({"use": "mlp", "minibatch": 3}, "has no setting 'minibatch'. Did you mean 'mini_batch'"),
        ({"use": "mlp", "dataset": 3}, "has no setting 'dataset'"),
        ({"use": "no_such_module:Class"}, "the module no_such_module does not import"),
        ({"use": "descent.problems.mlp:MLPProblm"}, "Did you mean 'MLPProblem'"),
        ({"use": "no_such_file.py:Class"}, "there is no file .*no_such_file.py"),
    ],
)
def test_a_wrong_entry_is_told_in_one_line_with_the_nearest_name(settings, message, folders):
    with pytest.raises(ValueError, match=message) as raised:
        load_problem("p", settings, folders["dense"])
    assert "\n" not in str(raised.value)


def test_a_dataset_too_many_or_too_few_is_told(folders):
    with pytest.raises(ValueError, match="needs no dataset"):
        load_problem("p", {"use": "parabola"}, folders["dense"])
    with pytest.raises(ValueError, match="needs a prepared dense dataset"):
        load_problem("p", {"use": "mlp"}, None)


OWN = """
from descent.problems.mlp import MLPProblem
class Narrow(MLPProblem):
    dataset = "dense"
    def __init__(self, name, dataset, *, width):
        super().__init__(name, dataset, hidden=[width])
class HandsOn(MLPProblem):
    dataset = "dense"
    def __init__(self, name, dataset, **settings):
        super().__init__(name, dataset, **settings)
class Nothing:
    def __init__(self, name):
        pass
"""


def test_a_class_of_ones_own_is_one_file_and_one_entry(folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(OWN)
    assert entry_of("own.py:Narrow").dataset == "dense"
    problem = load_problem("p", {"use": "own.py:Narrow", "width": 2}, folders["dense"])
    assert problem.model.sizes == (6, 2, 3)
    handed_on = load_problem("p", {"use": "own.py:HandsOn", "hidden": [2]}, folders["dense"])
    assert handed_on.model.sizes == (6, 2, 3)
    with pytest.raises(ValueError, match=r"needs the setting 'width'"):
        load_problem("p", {"use": "own.py:Narrow"}, folders["dense"])
    with pytest.raises(TypeError, match=r"must be a descent\.problems\.base\.Problem"):
        load_problem("p", {"use": "own.py:Nothing"}, None)


@pytest.mark.parametrize("use", ["rnn", "attention", "logistic_regression"])
def test_a_users_texts_of_three_classes_train_and_are_told_apart(use, tmp_path):
    words = {"animals": "horse cow goat", "plants": "fern oak moss", "stones": "chalk flint jade"}
    for name, text in words.items():
        (tmp_path / "texts" / name).mkdir(parents=True)
        for i in range(20):
            mixed = " ".join(np.roll(text.split(), i))
            (tmp_path / "texts" / name / f"{i}.txt").write_text(f"{mixed}\nit is the {mixed}.\n")
    entry = {"use": "text_folders", "folder": "texts"}
    data = prepare(entry, tmp_path, base_folder=tmp_path)
    assert data.about["classes"] == 3
    save_dataset(data, tmp_path / "prepared")
    problem = load_problem("p", {"use": use, "mini_batch": 6}, tmp_path / "prepared")
    record, _, theta = train(problem, Adam(0.03), seed=0, epochs=10)
    assert record.curve["test_accuracy"][0] < 0.7
    assert problem.evaluate(theta, "test")["accuracy"] == 1.0


def test_a_job_imports_only_what_its_problem_uses(folders):
    code = (
        "import sys; from pathlib import Path; from descent.problems.loading import load_problem;"
        "load_problem('p', {'use': sys.argv[1]}, Path(sys.argv[2]));"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}"
        " & {'scipy', 'pandas', 'sklearn', 'matplotlib'}))"
    )
    for use, expected in (("mlp", ""), ("rnn", "scipy"), ("logistic_regression", "scipy")):
        kind = entry_of(use).dataset
        done = subprocess.run(
            [sys.executable, "-c", code, use, str(folders[kind])],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(Path(__file__).parents[2] / "workflow")},
        )
        assert done.stdout.strip() == expected


def test_a_network_of_a_library_that_is_not_installed_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "descent.problems.adapters.pytorch", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(
        ValueError, match=r"torch:nets.py:Net: .*is not installed.*pip install torch"
    ):
        problem_class("torch:nets.py:Net")
