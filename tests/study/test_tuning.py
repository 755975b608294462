"""The choice of a setting."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from one_record import a_record

from descent.study import tuning
from descent.training.records import Status, write_record

GRID = {"lr-0.001": 0.001, "lr-0.01": 0.01, "lr-0.1": 0.1}
CANDIDATES = {name: {"learning_rate": rate} for name, rate in GRID.items()}


def a_run(accuracy, seed, *, loss=1.0, status=Status.FINISHED, test=0.0):
    curve = {
        "step": [0, 40],
        "epoch": [0.0, 4.0],
        "mini_batch_loss": [None, 1.0],
        "train_loss": [2.0, loss],
        "validation_loss": [2.0, loss],
        "validation_accuracy": [0.1, accuracy],
        "test_accuracy": [0.1, test],
    }
    return a_record(seed=seed, curve=curve, status=status)


def runs(*values, **same):
    return [a_run(value, seed, **same) for seed, value in enumerate(values)]


def test_the_mean_over_the_seeds_decides():
    records = {
        "lr-0.001": runs(0.99, 0.5, test=1.0),
        "lr-0.01": runs(0.8, 0.8),
        "lr-0.1": runs(0.7, 0.7),
    }
    choice = tuning.choose(CANDIDATES, records)
    assert choice["candidate"] == "lr-0.01"
    assert choice["hyperparameters"] == {"learning_rate": 0.01}
    assert choice["metric"] == "validation_accuracy"
    assert choice["on_edge"] is False
    assert choice["seeds"] == [0, 1]
    first = choice["candidates"]["lr-0.001"]
    assert first == {"mean": pytest.approx(0.745), "values": {"0": 0.99, "1": 0.5}, "diverged": 0}


@pytest.mark.parametrize("status", [Status.DIVERGED, Status.TIMEOUT])
def test_a_candidate_with_an_unfinished_run_ranks_last(status):
    records = {
        "lr-0.001": runs(0.1, 0.1),
        "lr-0.01": [a_run(0.99, 0), a_run(0.99, 1, status=status)],
        "lr-0.1": [a_run(0.99, 0, status=status), a_run(0.99, 1, status=status)],
    }
    choice = tuning.choose(CANDIDATES, records)
    assert choice["candidate"] == "lr-0.001"
    assert choice["on_edge"] is True
    assert [c["diverged"] for c in choice["candidates"].values()] == [0, 1, 2]
    assert choice["candidates"]["lr-0.1"]["mean"] is None


def test_a_tie_goes_to_the_lower_validation_loss_then_to_the_smaller_learning_rate():
    records = {name: runs(0.8, 0.8) for name in GRID}
    assert tuning.choose(CANDIDATES, records)["candidate"] == "lr-0.001"
    backwards = dict(reversed(CANDIDATES.items()))
    assert tuning.choose(backwards, records)["candidate"] == "lr-0.001"
    records["lr-0.1"] = runs(0.8, 0.8, loss=0.9)
    assert tuning.choose(CANDIDATES, records)["candidate"] == "lr-0.1"


def test_a_problem_without_validation_is_tuned_on_its_training_loss():
    def function(loss, seed):
        curve = {"step": [0, 40], "epoch": [0.0, 4.0], "train_loss": [2.0, loss]}
        return a_record(seed=seed, headline="loss", curve=curve)

    losses = {"lr-0.001": 0.3, "lr-0.01": 0.1, "lr-0.1": 0.2}
    records = {name: [function(loss, 0)] for name, loss in losses.items()}
    choice = tuning.choose(CANDIDATES, records)
    assert (choice["candidate"], choice["metric"]) == ("lr-0.01", "train_loss")


def test_when_all_diverge_at_once_the_smallest_learning_rate_is_chosen():
    records = {name: [a_record(seed=0, curve={}, status=Status.DIVERGED)] for name in GRID}
    assert tuning.choose(CANDIDATES, records)["candidate"] == "lr-0.001"


def test_random_trials_have_no_edge():
    trials = {"trial-000": {"learning_rate": 0.1}, "trial-001": {"learning_rate": 0.01}}
    choice = tuning.choose(trials, {"trial-000": runs(0.9), "trial-001": runs(0.8)})
    assert (choice["candidate"], choice["on_edge"]) == ("trial-000", False)


def test_unequal_seeds_are_refused():
    records = {name: runs(0.8, 0.8) for name in GRID}
    records["lr-0.1"] = [dataclasses.replace(r, seed=r.seed + 5) for r in records["lr-0.1"]]
    with pytest.raises(ValueError, match=r"same tuning seeds.*lr-0.1 on \[5, 6\]"):
        tuning.choose(CANDIDATES, records)
    with pytest.raises(ValueError, match="at least one candidate"):
        tuning.choose({}, {})


def test_the_command_reads_runs_and_writes_the_same_bytes_twice(tmp_path):
    for name, value in zip(GRID, (0.5, 0.9, 0.7), strict=True):
        for seed in (3, 4):
            write_record(tmp_path / "runs" / name / f"seed-{seed}.json", a_run(value, seed))
    arguments = ["--runs", str(tmp_path / "runs"), "--candidates", json.dumps(CANDIDATES)]
    outputs = [tmp_path / "a.json", tmp_path / "b.json"]
    for output in outputs:
        tuning.main([*arguments, "--seeds", "[3, 4]", "--output", str(output)])
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert json.loads(outputs[0].read_text())["candidate"] == "lr-0.01"


def test_tuning_imports_nothing_heavy():
    code = "import sys, descent.study.tuning; print(*{'pandas', 'scipy'} & set(sys.modules))"
    package = Path(tuning.__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=package, capture_output=True, text=True, check=True
    )
    assert not found.stdout.split()
