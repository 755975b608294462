"""Every benchmark, the module that measures it, and the problem of a study that it needs."""

from __future__ import annotations

import json
from pathlib import Path

from descent.study.plan import Study

#: By name: a module of this package, and a value of ``use`` (None: no problem is needed).
BENCHMARKS: dict[str, tuple[str, str | None]] = {
    "mlp_epoch": ("image_epoch", "mlp"),
    "softmax_epoch": ("image_epoch", "softmax_regression"),
    "mlp_run": ("whole_run", "mlp"),
    "language_model_run": ("whole_run", "language_model"),
    "optimizer_step": ("optimizer_step", None),
}


def benchmarks_of(study: Study) -> list[str]:
    """Return the benchmarks that a study has a problem for, and those that need none."""
    uses = {None, *(problem["use"] for problem in study.problems.values())}
    return [name for name, (_, use) in BENCHMARKS.items() if use in uses]


def problem_of(study: Study, benchmark: str) -> tuple[list[str], list[Path]]:
    """Return the options that tell a benchmark its problem, and the manifest of the dataset.

    Parameters
    ----------
    study : Study
        Its first problem of the right ``use`` is taken.
    benchmark : str
        A key of ``BENCHMARKS``; both lists are empty if it needs no problem.
    """
    use = BENCHMARKS[benchmark][1]
    for name in (name for name, problem in study.problems.items() if problem["use"] == use):
        manifest = study.dataset_manifest(name, study.part(name, 0))
        assert manifest is not None
        settings = json.dumps(study.problem_settings(name))
        return ["--problem", settings, "--dataset", str(manifest)], [manifest]
    return [], []
