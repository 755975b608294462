"""A study trained in this process, file by file as the rules do it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from descent.analysis import look
from descent.analysis.tables import build, cost
from descent.data import prepare
from descent.foundation.atomic_files import write_json
from descent.problems import optimum
from descent.study import tuning
from descent.study.config.loading import validate
from descent.study.grids import with_grids
from descent.study.plan import Run, Study
from descent.training import job


def planned(raw: dict[str, Any]) -> Study:
    """Return the plan of a config, in the working directory."""
    study = Study(with_grids(validate(raw)), Path("results", raw["study"]))
    write_json(study.folder / "study.json", study.config)
    return study


def prepare_data(study: Study, dataset: str, part: str = "all") -> None:
    succeeds(
        prepare.main,
        ("--settings", json.dumps(study.dataset_settings(dataset))),
        ("--fold", "0" if part == "all" else part[-1]),
        ("--downloads", "results/downloads"),
        ("--output", study.prepared_dataset(dataset, part).parent),
    )


def train_run(study: Study, run: Run) -> None:
    """Train one run, and make what it reads if that is not there."""
    problem = study.trained[run.problem]
    part = study.part(run.problem, run.seed)
    for name, path in study.files_of(run).items():
        if path.is_file():
            continue
        if name == "dataset":
            prepare_data(study, problem["dataset"], part)
        elif name == "optimum":
            settings = json.dumps(study.problem_settings(run.problem))
            data = study.dataset_manifest(run.problem, part).parent
            words = [("--settings", settings), ("--dataset", data), ("--output", path)]
            succeeds(optimum.main, *words)
        else:
            tuned = (run.problem, run.optimizer, run.track)
            for tried in study.tuning_runs(*tuned):
                train_run(study, tried)
            names = zip(("--problem", "--optimizer", "--track"), tuned, strict=True)
            succeeds(tuning.main, *names, study=study)
    files = [(f"--{name}", path) for name, path in study.files_of(run).items()]
    succeeds(
        job.main,
        ("--job", json.dumps(study.job(run))),
        *files,
        ("--record", study.record_path(run)),
        ("--costs", study.costs_path(run)),
        ("--time-limit", study.config["time_limit_seconds"]),
    )


def train(raw: dict[str, Any]) -> Study:
    """Train every run of a config in the working directory, and write its tables."""
    study = planned(raw)
    for problem in study.trained:
        for name in study.looks(problem):
            for run in study.runs_to_look_at(problem, name):
                train_run(study, run)
            succeeds(look.main, ("--problem", problem), ("--look", name), study=study)
    for run in study.runs():
        train_run(study, run)
    for tables in (build, cost):
        assert tables.main([str(study.folder / "study.json")]) == 0
    return study


def succeeds(command, *options: tuple[str, object], study: Study | None = None) -> None:
    of_study = [] if study is None else [study.folder / "study.json"]
    words = [*of_study, *(word for option in options for word in option)]
    assert command([str(word) for word in words]) in (0, None)
