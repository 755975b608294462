"""The parameters at the end of a run of a study, which its record does not keep."""

from __future__ import annotations

import json
from pathlib import Path

from descent.arrays import Array
from descent.optimizers.loading import load_optimizer, with_settings
from descent.problems.base import Problem
from descent.problems.loading import load_problem
from descent.study.plan import TUNED_TRACKS, Study
from descent.training.loop import train


def data_folder(study: Study, problem: str) -> Path:
    """Return the folder of the prepared data of a problem's first evaluation seed."""
    part = study.part(problem, study.evaluation_seeds[0])
    return study.prepared_dataset(study.problems[problem]["dataset"], part).parent


def train_again(study: Study, problem: str, optimizer: str, track: str) -> tuple[Problem, Array]:
    """Train a run of the first evaluation seed once more.

    Parameters
    ----------
    study : Study
        The plan.
    problem, optimizer, track : str
        Which run; of a tuned track the first finalist.

    Returns
    -------
    problem : Problem
        The problem.
    theta : ndarray of shape (size,)
        The parameters at the end.
    """
    entry = study.optimizer_entry(optimizer)
    if track in TUNED_TRACKS:
        choice = json.loads(study.tuned_path(problem, optimizer, track).read_text("utf-8"))
        entry = with_settings(entry, choice["finalists"][0]["hyperparameters"])
    loaded = load_problem(problem, study.problem_settings(problem), data_folder(study, problem))
    epochs = study.problems[problem]["epochs"]
    _, _, theta = train(
        loaded,
        load_optimizer(entry, folder=Path.cwd()),
        seed=study.evaluation_seeds[0],
        epochs=epochs,
        evaluations_per_epoch=1 / epochs,
    )
    return loaded, theta
