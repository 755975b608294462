"""The cost of the workflow itself: overhead, growth, plans, finished studies."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from descent.benchmark.rows import OURS, Row
from descent.benchmark.setting import Setting
from descent.benchmark.workflow_run import Elapsed, run_workflow
from descent.optimizers import OPTIMIZERS
from descent.problems.loading import load_problem
from descent.training.loop import train
from descent.training.records import read_costs

#: Steps in an epoch, about as many as the problems of a study have. A record keeps a hash an epoch.
STEPS = 100
#: The problem of all studies here: it needs no data, and its length can be set.
PROBLEM = {"use": "rosenbrock", "iterations": STEPS, "evaluations_per_epoch": 1}
#: Epochs of a run that is all overhead: ten steps.
SHORT = 10 / STEPS
OPTIMIZER = "rmsprop"
#: The rule of runs that tune nothing.
TRAINING = "evaluation_run"


def measure(setting: Setting) -> list[Row]:
    """Measure the overhead of long runs, the cost of short ones, a plan, and nothing to do."""
    size = setting.size
    with tempfile.TemporaryDirectory() as folder:
        rows = [_overhead(setting, Path(folder) / "overhead")]
        for runs in size.runs:
            study = Path(folder) / str(runs)
            elapsed = _run(setting, study, runs, SHORT, "--until", TRAINING)
            rows.append(
                Row(
                    "study_cost",
                    "a run of no length",
                    OURS,
                    1e3 * elapsed.wall * setting.cores / runs,
                    "ms of a core",
                    size=runs,
                    note=f"{1e3 * elapsed.processor / runs:.0f} ms of processor time",
                )
            )
        _run(setting, study, runs, SHORT, "tables")
        elapsed = _run(setting, study, runs, SHORT, "tables")
        rows.append(_row(f"nothing to do, {runs:,} runs", elapsed))
        elapsed = _run(setting, Path(folder) / "dry", size.dry_runs, SHORT, "--dry-run", "tables")
        rows.append(_row(f"dry run, {size.dry_runs:,} runs", elapsed))
    return rows


def _row(case: str, elapsed: Elapsed) -> Row:
    note = f"{elapsed.processor:.1f} s of processor time"
    return Row("study_cost", case, OURS, elapsed.wall, "s", note=note)


def _overhead(setting: Setting, study: Path) -> Row:
    """Return wall time times cores over the sum of the trainings' own time."""
    runs = setting.size.overhead_runs
    epochs = _epochs_in(setting.size.run_seconds)
    elapsed = _run(setting, study, runs, epochs, "--until", TRAINING)
    costs = [read_costs(file) for file in study.glob("results/*/costs/**/*.json")]
    if len(costs) != runs:
        raise RuntimeError(f"{runs} runs must leave {runs} costs. Found: {len(costs)}")
    training = sum(c.training_seconds + c.evaluation_seconds for c in costs)
    return Row(
        "study_cost",
        f"overhead, {runs:,} runs",
        OURS,
        elapsed.wall * setting.cores / training,
        "wall time x cores / training time",
        note=f"{training / runs:.2f} s of training a run, {setting.cores} cores; processor time"
        f" {elapsed.processor / training:.2f} of training time",
    )


def _epochs_in(seconds: float) -> int:
    """Return the number of epochs of the problem that take ``seconds`` on a core."""
    problem = load_problem("benchmark", {"use": PROBLEM["use"], "iterations": STEPS}, None)
    rule = OPTIMIZERS[OPTIMIZER](learning_rate=1e-3)
    train(problem, rule, seed=0, epochs=1)  # warms up
    epochs = 100
    _, costs, _ = train(problem, rule, seed=0, epochs=epochs)
    taken = costs.training_seconds + costs.evaluation_seconds
    return max(1, round(epochs * seconds / taken))


def _run(setting: Setting, folder: Path, runs: int, epochs: float, *arguments: str) -> Elapsed:
    return run_workflow(setting, folder, _study(runs, epochs), *arguments)


def _study(runs: int, epochs: float) -> dict[str, Any]:
    """Return the config of a study of so many runs."""
    return {
        "study": "overhead",
        "seeds": {"tuning": [0], "evaluation": {"first": 10, "count": runs}},
        "tracks": ["default"],
        "problems": {"benchmark": {**PROBLEM, "epochs": epochs}},
        "optimizers": {OPTIMIZER: {"use": OPTIMIZER, "learning_rates": {"centre": 1e-3}}},
    }
