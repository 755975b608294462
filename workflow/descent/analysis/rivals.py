"""The optimizers of one problem and track as rivals: what their verdicts are made from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from descent.analysis.results import Results
from descent.analysis.tables.values import mean_of_present
from descent.data.corpus import FOLDS
from descent.data.dataset import count_examples
from descent.study import measures
from descent.study.measures import higher_is_better
from descent.study.plan import schedule_pairs
from descent.verdicts.folds import Folds
from descent.verdicts.looks import Look
from descent.verdicts.lost_runs import counted
from descent.verdicts.pairs import Comparison, Pair, compare_all
from descent.verdicts.sampling_error import mean_correctness
from descent.verdicts.simultaneous import FloatArray, deviation_within, seed_groups

#: Of ten folds one tests and one validates.
TEST_SHARE = 1 / (FOLDS - 2)


@dataclass(frozen=True)
class Rivals:
    """The optimizers of a problem and track, ready to be compared.

    Attributes
    ----------
    metric : str
        What is compared, e.g. ``test_accuracy``.
    scores : dict of str to list of float
        By optimizer and evaluation seed, higher is better; ``-inf`` for a lost run.
    worst : float
        What a lost run counts as: the untrained model.
    margin : float
        The smallest difference that matters, in the unit of the scores.
    looks : tuple of Look
        When they are looked at.
    step : float
        The least amount by which two scores can differ.
    examples : int or None
        Test examples that an accuracy counts; None for any other metric.
    folds : Folds or None
        Where the seeds share the folds of one corpus.
    named : list of str
        The focus and the baseline of the study.
    schedules : list of (str, str)
        Each optimizer and itself with another schedule.
    correct : dict of str to list of (str or None)
        By optimizer and seed, which test examples are right: ``test_correct`` of the record.
    """

    metric: str
    scores: dict[str, list[float]]
    worst: float
    margin: float
    looks: tuple[Look, ...]
    step: float
    examples: int | None
    folds: Folds | None
    named: list[str]
    schedules: list[Pair]
    correct: dict[str, list[str | None]] = field(default_factory=dict)

    def compare(self) -> list[Comparison]:
        """Return the verdict on every pair."""
        return compare_all(
            self.scores,
            self.margin,
            self.looks,
            worst=self.worst,
            step=self.step,
            folds=self.folds,
            named=self.named,
            apart=self.schedules,
        )

    @cached_property
    def counted(self) -> dict[str, FloatArray]:
        """The scores with what lost runs count as."""
        return counted(self.scores, self.worst)

    def correctness(self, name: str, seeds: int) -> FloatArray | None:
        """Return how often each test example is right, mean over seeds; None if not known.

        A lost run counts as what it counts as elsewhere, on every example alike.
        """
        runs: list[str | float] = []
        of = self.correct[name], self.scores[name], self.counted[name]
        for bits, score, value in zip(*of, strict=True):
            if bits is None and score > -math.inf:
                return None
            runs.append(bits or float(value))
        return mean_correctness(tuple(runs[:seeds]), self.examples)

    def alpha(self, seeds: int) -> float:
        """Return the error rate of the look at so many seeds."""
        return next(look.alpha for look in self.looks if look.seeds == seeds)

    def deviation(self, differences: ArrayLike) -> float:
        """Return the standard deviation of paired differences, within folds where there are."""
        d = np.atleast_2d(np.asarray(differences, dtype=float))
        return float(deviation_within(d, seed_groups(d.shape[1], self.folds))[0])


def scores(
    results: Results, problem: str, track: str, seeds: int | None = None
) -> dict[str, list[float]]:
    """Return the reported metric by optimizer and evaluation seed, turned so that higher is better.

    Parameters
    ----------
    results : Results
        What the study found.
    problem, track : str
        Which comparison.
    seeds : int or None, default None
        Only those up to the look at so many seeds.

    Returns
    -------
    dict of str to list of float
        ``-inf`` for a lost run: one that diverged or ran out of time.
    """
    metric = results.reported_metric(problem)
    sign = 1.0 if higher_is_better(metric) else -1.0
    table = {}
    for optimizer in results.study.optimizers_on(problem):
        records = results.evaluated(problem, optimizer, track, seeds)
        values = [measures.final(record, metric) for record in records]
        table[optimizer] = [-math.inf if v is None else sign * v for v in values]
    return table


def rivals_of(results: Results, problem: str, track: str, seeds: int | None = None) -> Rivals:
    """Return the optimizers of a problem and track as rivals.

    Parameters
    ----------
    results : Results
        What the study found.
    problem, track : str
        Which comparison.
    seeds : int or None, default None
        Only what there was at the look at so many seeds.
    """
    study = results.study
    metric = results.reported_metric(problem)
    start = untrained(results, problem)
    manifest = study.dataset_manifest(problem, study.part(problem, study.evaluation_seeds[0]))
    split, _, kind = metric.partition("_")
    of_examples = manifest is not None and kind == "accuracy"
    examples = count_examples(manifest.parent, split) if manifest and of_examples else None
    return Rivals(
        metric,
        scores(results, problem, track, seeds),
        start if higher_is_better(metric) else -start,
        margin_of(results, problem),
        study.looks_of(problem, track),
        1 / examples if examples else 0.0,
        examples,
        folds_of(results, problem),
        study.named,
        schedule_pairs(study.config),
        {
            name: [record.test_correct for record in results.evaluated(problem, name, track, seeds)]
            for name in study.optimizers_on(problem)
        },
    )


def untrained(results: Results, problem: str) -> float:
    """Return the reported metric of the untrained model, mean over the seeds of the first look.

    0 if no run on them came as far as its first evaluation.
    """
    metric = results.reported_metric(problem)
    seeds = results.study.evaluation_seeds[: results.study.first_seeds]
    of_seed = {
        record.seed: value
        for record in results.of_problem(problem)
        if record.seed in seeds and (value := measures.initial(record, metric)) is not None
    }
    return mean_of_present(of_seed[seed] for seed in sorted(of_seed)) or 0.0


def folds_of(results: Results, problem: str) -> Folds | None:
    """Return how the seeds of a problem share a corpus; None for one without folds."""
    study = results.study
    parts = [study.part(problem, seed) for seed in study.evaluation_seeds]
    if parts[0] == "all":
        return None
    return Folds(tuple(int(part.removeprefix("fold-")) for part in parts), TEST_SHARE)


def margin_of(results: Results, problem: str) -> float:
    """Return the smallest difference that matters on a problem, in the unit of its metric.

    Its own margin, or the study's: of an accuracy as it is, of a loss as a share of what training
    can take away from it, the untrained model's loss less the least possible one where it is known.
    """
    config = results.study.config
    metric = results.reported_metric(problem)
    own = results.study.problems[problem].get("margin")
    if own is not None:
        return float(own)
    if higher_is_better(metric):
        return float(config["margin"]["accuracy"])
    optimum = results.of_problem(problem)[0].optimum if metric == "train_loss" else None
    return float(config["margin"]["loss"]) * abs(untrained(results, problem) - (optimum or 0.0))
