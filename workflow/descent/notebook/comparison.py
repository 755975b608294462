"""A small comparison of optimizers in one call: tuned, run on fresh seeds, judged pair by pair."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from tqdm import tqdm

from descent.analysis.results import Results
from descent.analysis.tables import comparisons, runs, tuning
from descent.analysis.tables.build import frame
from descent.analysis.tables.study_tables import rows_of, with_titles
from descent.data.corpus import FOLDS
from descent.notebook.own_training import Train, compare_by
from descent.notebook.problem import Given as GivenProblem
from descent.notebook.problem import Task, task_of
from descent.notebook.result import ComparisonTable, result
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
from descent.verdicts.sentences import who_is_better

TRACK = "tuned"
TUNING_SEEDS = (0,)
FIRST_EVALUATION_SEED = 10
#: Width in decades between two learning rates.
SPACING = 0.5
#: Evaluations in a run of many epochs.
EVALUATIONS = 20
#: Columns of the data frame after the verdicts, as in the table ``leaderboard`` of a study.
COLUMNS = ("metric", "mean", "low", "high", "seeds", "unfinished", "learning_rate", "on_edge")


def compare(
    optimizers: Sequence[GivenRule] | Mapping[str, Any],
    problem: GivenProblem | Train = "digits",
    *,
    epochs: float | None = None,
    seeds: int = 10,
    learning_rates: int | Sequence[float] = 7,
    schedule: str | Mapping[str, Any] | None = None,
    margin: float | None = None,
    lower_is_better: bool = False,
    progress: bool = True,
    draw: bool = True,
) -> ComparisonTable:
    """Compare optimizers on a small problem, as a study does.

    Learning rates are screened by the validation metric on one seed; each of the fresh seeds trains
    the best three and chooses its own, and every pair is judged: one is better, both are
    equivalent, or it is undecided.

    Parameters
    ----------
    optimizers : sequence, or mapping of str
        Each a name (``"rmsprop"``, ``"my_rules/sophia.py:Sophia"``, ``"torch:RAdam"``), a class
        (``RMSprop``, ``torch.optim.RAdam``), a function of Optax (``optax.lion``), a rule with its
        hyper-parameters (``RMSprop(decay_rate=0.9)``), or an entry as in a config with a grid of
        its own: ``{"use": "adamw", "learning_rates": [1e-3, 1e-2], "grid": {"weight_decay": [0,
        0.1]}}``. The keys of a mapping are their names, for two of one class.
    problem : str, mapping, class, Problem or callable, default "digits"
        ``"digits"``: a perceptron on scikit-learn's digits. ``"reviews"``: logistic regression on
        generated reviews. The name of any built-in problem (``"rosenbrock"``), or of one's own
        (``"my_problems/net.py:Net"``, ``"torch:my_models.py:Net"``). A mapping as in a config, with
        an entry of ``datasets`` in place of a name:
        ``{"use": "mlp", "hidden": [8], "dataset": {"use": "npz", "file": "my.npz"}}``. A class; or
        a problem ready to train, for which all seeds share its data. Where no data are named, they
        are the digits or the generated reviews. Or a function of one's own, ``train(optimizer,
        learning_rate, seed) -> score``, NaN for a lost run: it is handed the optimizers as they
        are given, or the key of a list of learning rates; a seed keeps the best score of three
        rates.
    epochs : float, optional
        Length of a run, > 0. Default: 10, and 200 steps for a problem without data.
    seeds : int, default 10
        Fresh seeds for each optimizer, >= 1.
    learning_rates : int or sequence of float, default 7
        Learning rates that are tried for each without a grid of its own: a list of them, or their
        number, >= 1, half a decade apart. In their middle is the learning rate of a rule, or, of a
        name or class, three times what is typical at a constant rate if the schedule decays. With 1
        nothing is tuned. A function of one's own takes lists alone.
    schedule : str or mapping, optional
        As in a config, ``"cosine"`` or ``{"use": "cosine", "warmup_fraction": 0.1}``, for every
        rule that has none and brings none of its own. Default: a study's, a short warm-up and
        linear decay to zero.
    margin : float, optional
        The smallest difference that matters, > 0, as ``margin`` of a problem in a config. For a
        function of one's own in the unit of its score; without it, nothing is equivalent.
    lower_is_better : bool, default False
        Of the score of a function of one's own.
    progress : bool, default True
        Whether a bar on standard error counts the runs.
    draw : bool, default True
        Whether a figure is drawn with pyplot: a notebook shows it, a script saves it with
        ``result.figure.savefig("comparison.png")``. There is none for a function of one's own.

    Returns
    -------
    ComparisonTable
        A data frame whose print begins with the answer in a sentence. A row for each optimizer,
        best first, with columns of the table ``leaderboard``: the verdicts, metric, mean and its
        95 % interval, seeds and runs that did not finish, the learning rate and whether it is at an
        end of those tried, so that a better one may be beyond. ``answer``, ``comparisons`` (a row
        for each pair) and ``figure`` are its attributes.

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
    rates = len(learning_rates) if isinstance(learning_rates, Sequence) else learning_rates
    for name, count in (("seeds", seeds), ("learning_rates", rates)):
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} must be an integer >= 1. Received: {count!r}")
    number = len(optimizers) * (rates + min(rates, 3) * seeds)
    with tqdm(total=number, unit=" runs", disable=not progress, leave=False) as bar:
        if callable(problem) and not isinstance(problem, type | Problem):
            fresh = range(FIRST_EVALUATION_SEED, FIRST_EVALUATION_SEED + seeds)
            return compare_by(
                problem,
                optimizers,
                learning_rates,
                TUNING_SEEDS[0],
                fresh,
                bar.update,
                margin=margin,
                lower_is_better=lower_is_better,
            )
        entrants, task = entrants_of(optimizers), task_of(problem)
        length = task.epochs if epochs is None else epochs
        if not 0 < length < math.inf:
            raise ValueError(f"epochs must be in (0, inf). Received: {epochs!r}")
        with TemporaryDirectory() as folder:
            defaults = _defaults(seeds, schedule)
            entrants = {
                name: entrant.under(defaults["schedule"], tuned=rates > 1)
                for name, entrant in entrants.items()
            }
            study = _plan(defaults, entrants, task, length, learning_rates, margin, Path(folder))
            found = _run(study, entrants, task, bar.update)
            tables = _tables(found)
    figure = None
    if draw:
        from descent.notebook.figure import draw_comparison  # noqa: PLC0415 - costly to import

        figure = draw_comparison(tables, study.optimizer_titles, task.title)
    titled = {
        name: with_titles(tables[name], study.problem_titles, study.optimizer_titles)
        for name in ("leaderboard", "comparisons")
    }
    board = titled["leaderboard"].sort_values("rank")
    pairs = titled["comparisons"].rename(columns={"optimizer": "first", "rival": "second"})
    answer = who_is_better(rows_of(board), rows_of(titled["comparisons"]))
    return result(board.set_index("optimizer"), COLUMNS, answer, pairs, figure)


def _defaults(seeds: int, schedule: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a config in which every default is that of a study."""
    evaluation = {"first": FIRST_EVALUATION_SEED, "count": seeds, "at_most": seeds}
    entry = {"use": schedule} if isinstance(schedule, str) else schedule
    return validate(
        {
            "study": "comparison",
            "tracks": [TRACK],
            "seeds": {"tuning": list(TUNING_SEEDS), "evaluation": evaluation},
            "problems": {"any": {"use": "parabola", "epochs": 1}},
            "optimizers": {"any": {"use": "sgd"}},
            **({} if entry is None else {"schedule": dict(entry)}),
        }
    )


def _plan(
    defaults: Mapping[str, Any],
    entrants: Mapping[str, Entrant],
    task: Task,
    epochs: float,
    learning_rates: int | Sequence[float],
    margin: float | None,
    folder: Path,
) -> Study:
    """Return the plan of the comparison."""
    of_problem = {
        **task.entry,
        **({} if task.dataset is None else {"dataset": task.name}),
        "title": task.title,
        "epochs": epochs,
        "evaluations_per_epoch": min(1.0, EVALUATIONS / epochs),
        "target": None,
        **({} if margin is None else {"margin": margin}),
    }
    if isinstance(learning_rates, int):
        width = SPACING * (learning_rates - 1)
        usual = {name: log_grid(e.centre, width, learning_rates) for name, e in entrants.items()}
    else:
        usual = {name: [float(rate) for rate in learning_rates] for name in entrants}
    grids = {name: sorted(e.rates) or usual[name] for name, e in entrants.items()}
    for name, grid in grids.items():
        if min(grid) <= 0:
            raise ValueError(f"learning_rate of {name} must be in (0, inf). Received: {grid[0]}")
    return Study(
        {
            **defaults,
            "datasets": {} if task.dataset is None else {task.name: dict(task.dataset)},
            "problems": {task.name: of_problem},
            "optimizers": {
                name: {"use": name, "title": entrant.title, "grid": entrant.grid}
                for name, entrant in entrants.items()
            },
            "grids": {task.name: grids},
        },
        folder,
    )


def _run(
    study: Study, entrants: Mapping[str, Entrant], task: Task, progress: Callable[[], object]
) -> Results:
    """Train every run of the plan, tuning before evaluation."""
    problems: dict[str, Problem] = {}
    records: dict[Run, Record] = {}
    choices: dict[tuple[str, str, str], dict[str, Any]] = {}

    def record(run: Run) -> Record:
        if run not in records:
            records[run] = trained(run)
            progress()
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
            entrants[run.optimizer].at(settings),
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
        "comparisons": comparisons.comparisons(judged),
        "learning_curves": runs.learning_curves(results),
        "learning_rates": tuning.learning_rates(results),
        "runs": [runs.run_row(results, run, record) for run, record in results.records.items()],
    }
    return {name: frame(name, of_table) for name, of_table in rows.items()}
