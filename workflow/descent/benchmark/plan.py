"""The problem and the dataset of a study that a measurement uses."""

from __future__ import annotations

import json
from pathlib import Path

from descent.benchmark.__main__ import MEASUREMENTS
from descent.study.plan import Study


def measurements_of(study: Study) -> list[str]:
    """Return the measurements that a study has a problem for, and those that need none."""
    kinds = {problem["use"] for problem in study.problems.values()}
    return [name for name, kind in MEASUREMENTS.items() if kind is None or kind in kinds]


def problem_for(study: Study, measurement: str) -> str | None:
    """Return the study's first problem of the kind that is measured; None if none is needed."""
    kind = MEASUREMENTS[measurement]
    named = (name for name, problem in study.problems.items() if problem["use"] == kind)
    return next(named, None)


def dataset_for(study: Study, measurement: str) -> list[Path]:
    """Return the manifest of that problem's dataset, if it has one."""
    problem = problem_for(study, measurement)
    manifest = study.dataset_manifest(problem, study.part(problem, 0)) if problem else None
    return [manifest] if manifest else []


def options_for(study: Study, measurement: str) -> list[str]:
    """Return the options of ``python -m descent.benchmark`` for problem and dataset."""
    problem = problem_for(study, measurement)
    if problem is None:
        return []
    options = ["--problem", json.dumps(study.problem_settings(problem))]
    for manifest in dataset_for(study, measurement):
        options += ["--dataset", str(manifest)]
    return options
