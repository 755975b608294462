"""A small comparison of optimizers in one call: tuned, run on fresh seeds, judged pair by pair."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from descent.analysis.results import Results
from descent.analysis.tables import comparisons, runs, tuning
from descent.analysis.tables.build import frame
from descent.analysis.tables.study_tables import with_titles
from descent.data.corpus import FOLDS
from descent.notebook.problem import Given as GivenProblem
from descent.notebook.problem import Task, task_of
from descent.notebook.rules import Entrant, entrants_of
from descent.notebook.rules import Given as GivenRule
from descent.problems.base import Problem
from descent.study.config.loading import validate
from descent.study.grids import log_grid
from descent.study.plan import Run, Study
from descent.study.tuning import look_at_grids, screen_runs
from descent.training.identity import tuned_hyperparameters
from descent.training.loop import train
from descent.training.records import Record

TRACK = "tuned"
TUNING_SEEDS = (0,)
FIRST_EVALUATION_SEED = 10
#: Width in decades between two learning rates.
SPACING = 0.5
#: Evaluations in a run of many epochs.
EVALUATIONS = 20
#: Columns of the data frame, as in the table ``leaderboard`` of a study.
VERDICTS = ("better_than", "worse_than", "equivalent_to", "undecided_with")
COLUMNS = (
    "metric", "mean", "low", "high", "seeds", "unfinished", *VERDICTS, "learning_rate", "on_edge",
)  # fmt: skip


def compare(
    optimizers: Sequence[GivenRule] | Mapping[str, GivenRule],
    problem: GivenProblem = "digits",
    *,
    epochs: float | None = None,
    seeds: int = 10,
    learning_rates: int = 7,
    schedule: Mapping[str, Any] | None = None,
    draw: bool = True,
) -> pd.DataFrame:
    """Compare optimizers on a small problem, as a study does.

    Learning rates are screened by the validation metric on one seed; each of the fresh seeds trains
    the best three and chooses its own, and every pair is judged: one is better, both are
    equivalent, or it is undecided.

    Parameters
    ----------
    optimizers : sequence, or mapping of str
        Each a name (``"rmsprop"``, ``"my_rules/sophia.py:Sophia"``, ``"torch:RAdam"``), a class
        (``RMSprop``), or a rule with its hyper-parameters (``RMSprop(decay_rate=0.9)``). The keys
        of a mapping are their names, for two rules of one class.
    problem : str, mapping, class or Problem, default "digits"
        ``"digits"``: a perceptron on scikit-learn's digits. ``"reviews"``: logistic regression on
        generated reviews. The name of any built-in problem (``"rosenbrock"``), or of one's own
        (``"my_problems/net.py:Net"``, ``"torch:my_models.py:Net"``). A mapping as in a config, with
        an entry of ``datasets`` in place of a name:
        ``{"use": "mlp", "hidden": [8], "dataset": {"use": "npz", "file": "my.npz"}}``. A class; or
        a problem ready to train, for which all seeds share its data. Where no data are named, they
        are the digits or the generated reviews.
    epochs : float, optional
        Length of a run, > 0. Default: 10, and 200 steps for a problem without data.
    seeds : int, default 10
        Fresh seeds for each optimizer, >= 1.
    learning_rates : int, default 7
        Learning rates that are tried for each, >= 1, half a decade apart. In their middle is the
        learning rate of a rule, or what is typical of a name or class. With 1 nothing is tuned.
    schedule : mapping, optional
        As in a config, ``{"use": "cosine"}``, for every rule that has none and brings none of its
        own. Default: a study's, a short warm-up and linear decay to zero.
    draw : bool, default True
        Whether a figure is drawn with pyplot: a notebook shows it, elsewhere
        ``matplotlib.pyplot.show()`` does.

    Returns
    -------
    DataFrame
        A row for each optimizer, best first, with columns of the table ``leaderboard``: metric,
        mean and its 95 % interval, seeds and runs that did not finish, the verdicts, and the
        learning rate and whether it is at an end of those tried, so that a better one may be
        beyond.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the message says which, and what was received.

    Examples
    --------
    >>> table = compare(["sgd", "rmsprop"], "rosenbrock", epochs=50, seeds=2, draw=False)
    >>> sorted(table.index)
    ['RMSprop', 'SGD']
    """
    for name, count in (("seeds", seeds), ("learning_rates", learning_rates)):
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} must be an integer >= 1. Received: {count!r}")
    entrants, task = entrants_of(optimizers), task_of(problem)
    length = task.epochs if epochs is None else epochs
    if not 0 < length < math.inf:
        raise ValueError(f"epochs must be in (0, inf). Received: {epochs!r}")
    with TemporaryDirectory() as folder:
        study = _plan(entrants, task, length, seeds, learning_rates, schedule, Path(folder))
        entrants = {
            name: entrant.under(study.config["schedule"]) for name, entrant in entrants.items()
        }
        tables = _tables(_run(study, entrants, task))
    if draw:
        from descent.notebook.figure import draw_comparison  # noqa: PLC0415 - costly to import

        draw_comparison(tables, study.optimizer_titles, task.title)
    board = with_titles(tables["leaderboard"], study.problem_titles, study.optimizer_titles)
    board = board.sort_values("rank").set_index("optimizer")[list(COLUMNS)]
    verdicts = board[list(VERDICTS)].map(lambda cell: cell if isinstance(cell, str) else "")
    return board.assign(**{name: verdicts[name] for name in VERDICTS})


def _plan(
    entrants: Mapping[str, Entrant],
    task: Task,
    epochs: float,
    seeds: int,
    learning_rates: int,
    schedule: Mapping[str, Any] | None,
    folder: Path,
) -> Study:
    """Return the plan of the comparison, in which every default is that of a study."""
    evaluation = {"first": FIRST_EVALUATION_SEED, "count": seeds, "at_most": seeds}
    defaults = validate(
        {
            "study": "comparison",
            "tracks": [TRACK],
            "seeds": {"tuning": list(TUNING_SEEDS), "evaluation": evaluation},
            "problems": {"any": {"use": "parabola", "epochs": 1}},
            "optimizers": {"any": {"use": "sgd"}},
            **({} if schedule is None else {"schedule": dict(schedule)}),
        }
    )
    of_problem = {
        **task.entry,
        **({} if task.dataset is None else {"dataset": task.name}),
        "title": task.title,
        "epochs": epochs,
        "evaluations_per_epoch": min(1.0, EVALUATIONS / epochs),
        "target": None,
    }
    decades = SPACING * (learning_rates - 1)
    grids = {name: log_grid(e.centre, decades, learning_rates) for name, e in entrants.items()}
    for name, grid in grids.items():
        if min(grid) <= 0:
            raise ValueError(f"learning_rate of {name} must be in (0, inf). Received: {grid[0]}")
    return Study(
        {
            **defaults,
            "datasets": {} if task.dataset is None else {task.name: dict(task.dataset)},
            "problems": {task.name: of_problem},
            "optimizers": {n: {"use": n, "title": e.title} for n, e in entrants.items()},
            "grids": {task.name: grids},
        },
        folder,
    )


def _run(study: Study, entrants: Mapping[str, Entrant], task: Task) -> Results:
    """Train every run of the plan, tuning before evaluation."""
    problems: dict[str, Problem] = {}
    records: dict[Run, Record] = {}
    choices: dict[tuple[str, str, str], dict[str, Any]] = {}

    def record(run: Run) -> Record:
        if run not in records:
            records[run] = trained(run)
        return records[run]

    def trained(run: Run) -> Record:
        part = study.part(task.name, run.seed)
        if part not in problems:
            manifest = study.dataset_manifest(task.name, part)
            if manifest is not None:
                task.prepare(manifest.parent, run.seed % FOLDS)
            problems[part] = task.load(manifest and manifest.parent)
        entry = study.problems[task.name]
        if run.is_evaluation:
            choice = choices[task.name, run.optimizer, TRACK]
            settings = tuned_hyperparameters(choice, run.candidate)
        else:
            settings = study.candidates(task.name, run.optimizer, TRACK)[run.candidate]
        record, _, _ = train(
            problems[part],
            entrants[run.optimizer].at(settings["learning_rate"]),
            seed=run.seed,
            epochs=entry["epochs"],
            evaluations_per_epoch=entry["evaluations_per_epoch"],
            for_tuning=not run.is_evaluation,
            optimizer_name=run.optimizer,
            candidate=run.candidate,
        )
        return record

    for look in study.looks(task.name):
        study.decide(task.name, look, json.dumps(look_at_grids(study, task.name, look, record)))
    for optimizer in study.optimizers:
        tuned = (task.name, optimizer, TRACK)
        choices[tuned] = screen_runs(study, *tuned, record=record)
        for run in study.evaluation_runs(*tuned):
            record(run)
    return Results(study, {run: records[run] for run in study.runs()}, choices)


def _tables(results: Results) -> dict[str, pd.DataFrame]:
    """Return the tables of a study that the comparison shows."""
    judged = comparisons.judge(results)
    rows = {
        "leaderboard": comparisons.leaderboard(results, judged),
        "learning_curves": runs.learning_curves(results),
        "learning_rates": tuning.learning_rates(results),
        "runs": [runs.run_row(results, run, record) for run, record in results.records.items()],
    }
    return {name: frame(name, of_table) for name, of_table in rows.items()}
