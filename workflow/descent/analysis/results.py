"""All records of a study, read and found fit to be compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from descent.data.corpus import FOLDS
from descent.study.horizons import problem_of
from descent.study.measures import reported_metric, selection_metric
from descent.study.plan import Run, Study
from descent.study.tuning import choose
from descent.training.records import Record


@dataclass(frozen=True)
class Results:
    """What a study has found.

    Attributes
    ----------
    study : Study
        The plan.
    records : dict of Run to Record
        Every run of the plan, in its order.
    choices : dict of (problem, optimizer, track) to dict
        What :func:`descent.study.tuning.screen` found, for the tracks that tune.
    """

    study: Study
    records: dict[Run, Record]
    choices: dict[tuple[str, str, str], dict[str, Any]]

    def groups(self) -> Iterator[tuple[str, str]]:
        """Yield every problem with every track."""
        for problem in self.study.problems:
            for track in self.study.tracks:
                yield problem, track

    def evaluated(
        self, problem: str, optimizer: str, track: str, seeds: int | None = None
    ) -> list[Record]:
        """Return the run of each evaluation seed that counts, in the order of the seeds.

        Parameters
        ----------
        problem, optimizer, track : str
            Which runs.
        seeds : int or None, default None
            Only those of the look at so many seeds and of the looks before it.
        """
        return [record for _, record in self.counting(problem, optimizer, track, seeds)]

    def counting(
        self, problem: str, optimizer: str, track: str, seeds: int | None = None
    ) -> list[tuple[Run, Record]]:
        """Return the same with the runs: of its finalists each seed chooses one."""
        of_seed: dict[int, list[Run]] = {}
        for run in self.study.evaluation_runs(problem, optimizer, track, seeds):
            of_seed.setdefault(run.seed, []).append(run)
        chosen = []
        for seed, runs in of_seed.items():
            finalists = [self.records[run] for run in runs]
            record = finalists[0]
            if len(finalists) > 1:
                record = choose(finalists, self.study.validation_examples(problem, seed))
            chosen += [(run, record) for run in runs if self.records[run] is record]
        return chosen

    @cached_property
    def counted(self) -> set[Run]:
        """The evaluation runs that count."""
        return {run for training in self.study.trainings() for run, _ in self.counting(*training)}

    def tuning(
        self, problem: str, optimizer: str, track: str
    ) -> dict[str, tuple[dict[str, float], list[Record]]]:
        """Return for each candidate what it sets, and its runs on the tuning seeds."""
        return {
            candidate: (
                overrides,
                [
                    self.records[Run(problem, optimizer, candidate, seed)]
                    for seed in self.study.tuning_seeds
                ],
            )
            for candidate, overrides in self.study.candidates(problem, optimizer, track).items()
        }

    def of_problem(self, problem: str) -> list[Record]:
        """Return all runs of a problem."""
        return [record for run, record in self.records.items() if run.problem == problem]

    def reported_metric(self, problem: str) -> str:
        """Return the column that the leaderboard of a problem reports."""
        return self._metric(problem, reported_metric, evaluated=True)

    def selection_metric(self, problem: str) -> str:
        """Return the column that tuning looks at on a problem."""
        return self._metric(problem, selection_metric)

    def _metric(
        self, problem: str, of: Callable[[Record], str | None], *, evaluated: bool = False
    ) -> str:
        """Return the first metric of the problem's runs, of its evaluation runs or of all."""
        found = (
            of(record)
            for run, record in self.records.items()
            if run.problem == problem and (run.is_evaluation or not evaluated)
        )
        return next((metric for metric in found if metric is not None), "train_loss")


def load_results(study: Study) -> Results:
    """Read every record and every choice of a study, and check that they may be compared.

    Parameters
    ----------
    study : Study
        The plan.

    Returns
    -------
    Results
        All of it.

    Raises
    ------
    FileNotFoundError
        If a run or a choice is missing; the message says how many and names the first.
    ValueError
        If a file is not a record, or the runs of a problem may not be compared.
    """
    _check_present(study.look_paths(), study)
    runs = list(dict.fromkeys(study.runs()))
    tuned = [training for training in study.trainings() if study.candidates(*training)]
    _check_present([study.record_path(run) for run in runs], study)
    _check_present([study.tuned_path(*key) for key in tuned], study)
    records = _comparable_records(study, runs)
    choices = {key: json.loads(study.tuned_path(*key).read_text(encoding="utf-8")) for key in tuned}
    return Results(study, records, choices)


def load_evaluated(study: Study, problem: str, track: str, seeds: int) -> Results:
    """Read the evaluated runs of one problem and track up to a look, and no choices.

    Parameters
    ----------
    study : Study
        The plan.
    problem, track : str
        Which runs.
    seeds : int
        Seeds of the look.

    Returns
    -------
    Results
        Of these runs alone.

    Raises
    ------
    FileNotFoundError
        If a run is missing.
    ValueError
        If a file is not a record, or the runs may not be compared.
    """
    runs = [
        run
        for optimizer in study.optimizers
        for run in study.evaluation_runs(problem, optimizer, track, seeds)
    ]
    _check_present([study.record_path(run) for run in runs], study)
    return Results(study, _comparable_records(study, runs), {})


def _comparable_records(study: Study, runs: list[Run]) -> dict[Run, Record]:
    records = {run: study.record(run) for run in runs}
    for problem in study.problems:
        check_comparable([r for run, r in records.items() if problem_of(run.problem) == problem])
    return records


def _check_present(paths: list[Path], study: Study) -> None:
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise FileNotFoundError(
            f"study {study.name!r} is not complete: {len(missing)} of {len(paths)} files are "
            f"missing, the first is {missing[0]}. Run the workflow again to make them"
        )


def check_comparable(records: Iterable[Record]) -> None:
    """Refuse runs of one problem that did not face the same task.

    All runs on a seed must agree in the fingerprint of the problem, the hash of the initial
    parameters and the hashes of the batch orders of the epochs that they finished. Across seeds the
    fingerprints must agree too, unless every fold of the data has its own.

    Parameters
    ----------
    records : iterable of Record
        All runs of one problem.

    Raises
    ------
    ValueError
        If two runs differ; the message names both and what to do.
    """
    of_seed: dict[int, Record] = {}
    of_fold: dict[int, Record] = {}
    orders: dict[tuple[int, int], tuple[str, Record]] = {}
    for record in records:
        first = of_seed.setdefault(record.seed, record)
        fold = of_fold.setdefault(record.seed % FOLDS, record)
        for other in (first, fold):
            if record.fingerprint != other.fingerprint:
                raise _not_comparable("problem fingerprints", record, other)
        if record.initial_parameters != first.initial_parameters:
            raise _not_comparable("initial parameters", record, first)
        whole_epochs = record.steps // record.steps_per_epoch
        for epoch, order in enumerate(record.batch_order[:whole_epochs]):
            known, earlier = orders.setdefault((record.seed, epoch), (order, record))
            if order != known:
                raise _not_comparable(f"batch orders in epoch {epoch}", record, earlier)
    fingerprints = {record.fingerprint: record for record in of_fold.values()}
    if len(fingerprints) not in (0, 1, len(of_fold)):
        a, b, *_ = fingerprints.values()
        raise _not_comparable("problem fingerprints", a, b)


def _not_comparable(what: str, a: Record, b: Record) -> ValueError:
    def label(record: Record) -> str:
        return f"{record.optimizer}/{record.candidate}/seed-{record.seed}"

    return ValueError(
        f"runs of {a.problem} have different {what} and may not be compared: {label(a)} and "
        f"{label(b)}. Delete the one that was made from other data or settings and run again"
    )
