"""Screening, the choice of each seed, and grids that grow."""

import dataclasses
import json
import math
import subprocess
import sys
from pathlib import Path

import fabricated_study
import pytest
from one_record import a_record

from descent.study import tuning
from descent.training.records import Status

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
    choice = tuning.screen(CANDIDATES, records, finalists=2)
    assert choice["finalists"] == [
        {"candidate": "lr-0.01", "hyperparameters": {"learning_rate": 0.01}},
        {"candidate": "lr-0.001", "hyperparameters": {"learning_rate": 0.001}},
    ]
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
    choice = tuning.screen(CANDIDATES, records)
    assert choice["finalists"][0]["candidate"] == "lr-0.001"
    assert choice["on_edge"] is True
    assert [c["diverged"] for c in choice["candidates"].values()] == [0, 1, 2]
    assert choice["candidates"]["lr-0.1"]["mean"] is None


def test_a_tie_goes_to_the_lower_validation_loss_then_to_the_smaller_learning_rate():
    records = {name: runs(0.8, 0.8) for name in GRID}
    assert tuning.screen(CANDIDATES, records)["finalists"][0]["candidate"] == "lr-0.001"
    backwards = dict(reversed(CANDIDATES.items()))
    assert tuning.screen(backwards, records)["finalists"][0]["candidate"] == "lr-0.001"
    records["lr-0.1"] = runs(0.8, 0.8, loss=0.9)
    assert tuning.screen(CANDIDATES, records)["finalists"][0]["candidate"] == "lr-0.1"


def test_a_problem_without_validation_is_tuned_on_its_training_loss():
    def function(loss, seed):
        curve = {"step": [0, 40], "epoch": [0.0, 4.0], "train_loss": [2.0, loss]}
        return a_record(seed=seed, headline="loss", curve=curve)

    losses = {"lr-0.001": 0.3, "lr-0.01": 0.1, "lr-0.1": 0.2}
    records = {name: [function(loss, 0)] for name, loss in losses.items()}
    choice = tuning.screen(CANDIDATES, records)
    assert (choice["finalists"][0]["candidate"], choice["metric"]) == ("lr-0.01", "train_loss")


def test_when_all_diverge_at_once_the_smallest_learning_rate_is_chosen():
    records = {name: [a_record(seed=0, curve={}, status=Status.DIVERGED)] for name in GRID}
    assert tuning.screen(CANDIDATES, records)["finalists"][0]["candidate"] == "lr-0.001"


def test_random_trials_have_no_edge():
    trials = {"trial-000": {"learning_rate": 0.1}, "trial-001": {"learning_rate": 0.01}}
    choice = tuning.screen(trials, {"trial-000": runs(0.9), "trial-001": runs(0.8)})
    assert (choice["finalists"][0]["candidate"], choice["on_edge"]) == ("trial-000", False)


def test_unequal_seeds_are_refused():
    records = {name: runs(0.8, 0.8) for name in GRID}
    records["lr-0.1"] = [dataclasses.replace(r, seed=r.seed + 5) for r in records["lr-0.1"]]
    with pytest.raises(ValueError, match=r"same tuning seeds.*lr-0.1 on \[5, 6\]"):
        tuning.screen(CANDIDATES, records)
    with pytest.raises(ValueError, match="at least one candidate"):
        tuning.screen({}, {})


def test_each_seed_counts_its_best_finalist_on_validation():
    finalists = [a_run(0.8, 10, test=0.9), a_run(0.9, 10, test=0.7), a_run(0.9, 10, test=0.8)]
    assert tuning.choose(finalists) is finalists[1]  # of equals the first of the screening
    lost = [a_run(0.99, 10, status=Status.DIVERGED), a_run(0.1, 10)]
    assert tuning.choose(lost) is lost[1]
    assert tuning.choose(lost[:1]) is lost[0]


@pytest.mark.parametrize(
    ("grid", "best", "added"),
    [
        ([0.001, 0.00316, 0.01], 0.001, [0.000316, 0.0001]),
        ([0.01, 0.001, 0.1], 0.1, [1.0, 10.0]),
        ([0.001, 0.01, 0.1], 0.01, []),
        ([0.01], 0.01, []),
        ([0.1, 0.2], 0.2, [0.4, 0.8]),
    ],
)
def test_a_grid_grows_at_the_end_where_the_best_lies(grid, best, added):
    assert tuning.grown(grid, best) == added


def test_a_grid_grows_until_the_best_lies_inside_it(tmp_path):
    """The first look adds 3 and 10, which is the best, and the second 30 and 100."""
    study = fabricated_study.fabricate(
        tmp_path, problems=("network",), optimizers=("sgd", "adam"), points=3
    )

    def record(run):
        rate = study.candidates("network", run.optimizer, "tuned")[run.candidate]["learning_rate"]
        best = math.log10(12.0 if run.optimizer == "sgd" else 0.001)
        return a_run(0.9 - 0.01 * abs(math.log10(rate) - best), run.seed)

    grid = sorted(study.config["grids"]["network"]["sgd"])
    for look, added in [("grid-1", 2), ("grid-2", 0)]:
        decided = tuning.look_at_grids(study, "network", look, record)
        assert "adam" not in decided["grown"]
        assert len(decided["grown"].get("sgd", [])) == added
        study.decide("network", look, json.dumps(decided))
    rates = [c["learning_rate"] for c in study.candidates("network", "sgd", "tuned").values()]
    assert rates == [*grid, *(pytest.approx(grid[-1] * 10 ** (1.5 * i), rel=0.02) for i in (1, 2))]
    screened = tuning.screen_runs(study, "network", "sgd", "tuned", record=record)
    assert not screened["on_edge"]
    assert len(screened["finalists"]) == study.config["finalists"]


def test_the_command_reads_runs_and_writes_the_same_bytes_twice(tmp_path):
    study = fabricated_study.fabricate(
        tmp_path, problems=("network",), optimizers=("adam",), tracks=("tuned",)
    )
    output = study.tuned_path("network", "adam", "tuned")
    written = output.read_bytes()
    names = ["--problem", "network", "--optimizer", "adam", "--track", "tuned"]
    for _ in range(2):
        output.unlink()
        tuning.main([str(tmp_path / "study.json"), *names])
        assert json.loads(output.read_text()) == json.loads(written)


def test_tuning_imports_nothing_heavy():
    code = "import sys, descent.study.tuning; print(*{'pandas', 'scipy'} & set(sys.modules))"
    package = Path(tuning.__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=package, capture_output=True, text=True, check=True
    )
    assert not found.stdout.split()
