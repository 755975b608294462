"""Estimates of runs before the first one, beside what the runs then took."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

from descent.benchmark.rows import OURS, Row
from descent.benchmark.setting import Setting
from descent.benchmark.workflow_run import run_workflow
from descent.problems.built_in import PROBLEMS
from descent.study.config.loading import validate
from descent.study.grids import with_grids
from descent.study.plan import Study
from descent.study.time_estimates import Durations

#: Rules that cost little, more, and much; of dimensions of thousands SOAP would take hours.
RULES: dict[str, dict[str, Any]] = {
    "sgd": {"use": "sgd"},
    "adam": {"use": "adam"},
    "soap": {"use": "soap", "largest_dimension": 1000},
}
#: Data of either kind: published ones, whose estimates are made before they are there.
DATASETS: dict[str, dict[str, Any]] = {"dense": {"use": "mnist"}, "reviews": {"use": "reviews"}}
#: Data that need no download.
SMALL: dict[str, dict[str, Any]] = {
    "dense": {"use": "digits"},
    "reviews": {"use": "generated_reviews"},
}


def measure(setting: Setting) -> list[Row]:
    """Estimate the runs of every built-in problem with data and of two without, then run them."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw = _study(DATASETS if setting.size.real_data else SMALL)
        study = Study(
            with_grids(validate(raw, base_folder=folder), folder),
            folder / "results" / raw["study"],
        )
        durations = Durations(study)
        durations.probe()
        pairs = [(p, o) for p in study.problems for o in study.optimizers]
        estimates = {pair: durations.seconds(*pair) for pair in pairs}
        run_workflow(setting, folder, raw, "tables")
        taken = Durations(study)
        for problem in study.problems:
            before = [estimates[problem, rule] for rule in RULES]
            after = [taken.seconds(problem, rule) for rule in RULES]
            if None in before or None in after:
                raise RuntimeError(f"{problem}: there is no estimate, or no run. {before}, {after}")
            mean = fmean(value for value in after if value is not None)
            ratio = fmean(value for value in before if value is not None) / mean
            note = f"{mean:.2f} s a run, mean of {', '.join(RULES)}"
            rows.append(Row("estimates", problem, OURS, ratio, "estimated / taken", note=note))
    return rows


def _study(datasets: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the config of a study of all kinds of problem; of the functions one stands for all."""
    problems: dict[str, dict[str, Any]] = {}
    for use, entry in PROBLEMS.items():
        if entry.fixed and use != "rosenbrock":
            continue
        problems[use] = {"use": use, "epochs": 2, "evaluations_per_epoch": 2}
        if entry.dataset is not None:
            problems[use]["dataset"] = entry.dataset
        else:
            problems[use]["epochs"] = 1000
            problems[use]["evaluations_per_epoch"] = 0.1
    kinds = dict.fromkeys(entry.dataset for entry in PROBLEMS.values() if entry.dataset)
    return {
        "study": "estimates",
        "seeds": {"tuning": [0], "evaluation": {"first": 10, "count": 2}},
        "tracks": ["tuned"],
        "learning_rates": {"decades": 2, "points": 3},
        "datasets": {kind: datasets[kind] for kind in kinds},
        "problems": problems,
        "optimizers": RULES,
    }
