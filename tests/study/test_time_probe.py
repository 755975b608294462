"""What the probe makes of what it measures. How near it comes is in the benchmark."""

import json
import signal
from types import SimpleNamespace

import numpy as np
import pytest
from study_config import changed
from trained_study import planned, prepare_data

from descent.data.stand_ins import stand_in
from descent.study import time_probe


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return planned(
        changed(
            {
                "problems/valley/epochs": 50,
                "problems/valley/evaluations_per_epoch": 0.1,
                "learning_rates": {"decades": 2, "points": 5},
            }
        )
    )


def test_a_run_is_its_start_its_steps_and_its_evaluations(study, monkeypatch):
    def train(problem, optimizer, *, seed, epochs, for_tuning):
        steps = round(epochs * problem.steps_per_epoch)
        # the first step takes 10 s longer than all others
        cost = SimpleNamespace(training_seconds=10.0 + 0.5 * steps)
        return SimpleNamespace(steps=steps), cost, None

    monkeypatch.setattr(time_probe, "train", train)
    monkeypatch.setattr(time_probe, "_seconds", lambda call: 1000.0)
    found = dict(time_probe.seconds_of_runs(study, "valley", ["sgd"], 100.0))
    # a function has one split, looked at before the first step and at every tenth epoch
    assert found == {"sgd": pytest.approx(100.0 + 10.0 + 50 * 0.5 + 6 * 1000.0)}


def test_evaluation_runs_are_evaluated_on_more_than_tuning_runs(study, monkeypatch):
    seen = []
    monkeypatch.setattr(time_probe, "_training", lambda *of: 0.0)
    monkeypatch.setattr(
        time_probe,
        "_evaluation",
        lambda problem, splits: seen.append(tuple(splits)) or float(len(splits)),
    )
    found = dict(time_probe.seconds_of_runs(study, "mlp", ["sgd"], 0.0))
    assert seen == [("validation",), ("train", "validation", "test")]
    # two evaluations of each; per optimizer five tuning runs, and one on each of two tracks
    assert found["sgd"] == pytest.approx(2 * (5 * 1.0 + 2 * 3.0) / 7)


def test_a_rule_that_waits_for_ever_costs_no_other_an_estimate(study, monkeypatch, capsys):
    monkeypatch.setattr(time_probe, "LONGEST_MEASUREMENT", 0.2)
    (study.folder.parent.parent / "waits.py").write_text(
        "import time\n"
        "from descent.optimizers import SGD\n"
        "class Waits(SGD):\n"
        "    def direction(self, g, state):\n        time.sleep(3600)\n"
    )
    study.config["optimizers"]["sgd"]["use"] = "waits.py:Waits"
    found = dict(time_probe.seconds_of_runs(study, "valley", ["sgd", "adam"], 0.0))
    assert found.keys() == {"adam"}
    assert "valley, sgd: a few steps take more than 0.2 s" in capsys.readouterr().err
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_prepared_data_are_used_where_they_are(study):
    assert time_probe._problem(study, "mlp").examples == len(
        stand_in({"use": "digits"})["train_labels"]
    )
    prepare_data(study, "digits")
    manifest = study.dataset_manifest("mlp", "all")
    fingerprint = json.loads(manifest.read_text())["fingerprint"]
    manifest.write_text(manifest.read_text().replace(fingerprint, "another"))
    from_disk = time_probe._problem(study, "mlp").fingerprint
    manifest.unlink()
    assert time_probe._problem(study, "mlp").fingerprint != from_disk


def test_a_users_own_data_are_unknown_until_they_are_prepared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.savez("own.npz", x=rng.normal(size=(90, 3)), y=rng.integers(0, 2, 90))
    study = planned(changed({"datasets/digits": {"use": "npz", "file": "own.npz"}}))
    assert list(time_probe.seconds_of_runs(study, "mlp", ["sgd"], 0.0)) == []
    prepare_data(study, "digits")
    assert len(list(time_probe.seconds_of_runs(study, "mlp", ["sgd"], 0.0))) == 1


COSTLY = """
import time
end = time.process_time() + 0.5
while time.process_time() < end:
    pass
"""
PROBLEM = """
from descent.problems.function_problem import FunctionProblem
class Mine(FunctionProblem):
    pass
"""


def test_what_a_problem_imports_counts_for_each_that_does_and_for_no_other(study):
    folder = study.folder.parent.parent
    (folder / "costly.py").write_text(COSTLY)
    said = "import os; os.write(1, b'[\\xff]\\n')\n"  # neither text nor an answer
    for name, code in (
        ("one", said + "import costly"),
        ("two", "import costly"),
        ("faulty", "1 / 0"),
    ):
        (folder / f"{name}.py").write_text(code + PROBLEM)
        study.problems[name] = study.problems["valley"] | {"use": f"{name}.py:Mine"}
    found = time_probe.seconds_of_starts(study, ["one", "faulty", "two", "valley"])
    assert found.keys() == {"one", "two", "valley"}
    assert 0 < found["valley"] < 0.5 < min(found["one"], found["two"])
