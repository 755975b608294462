"""The optimizers of one problem and track as rivals: what their verdicts are made from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from descent.analysis.results import Results
from descent.data.corpus import FOLDS
from descent.data.dataset import count_examples
from descent.study import measures
from descent.study.measures import higher_is_better
from descent.study.plan import schedule_pairs
from descent.verdicts.folds import Folds
from descent.verdicts.looks import Look
from descent.verdicts.pairs import Comparison, Pair, compare_all
from descent.verdicts.simultaneous import deviation_within, seed_groups

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
        By optimizer and evaluation seed, higher is better; ``-inf`` for a run that did not finish.
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
    """

    metric: str
    scores: dict[str, list[float]]
    margin: float
    looks: tuple[Look, ...]
    step: float
    examples: int | None
    folds: Folds | None
    named: list[str]
    schedules: list[Pair]

    def compare(self) -> list[Comparison]:
        """Return the verdict on every pair."""
        return compare_all(
            self.scores,
            self.margin,
            self.looks,
            step=self.step,
            folds=self.folds,
            named=self.named,
            apart=self.schedules,
        )

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
        ``-inf`` for a run that did not finish.
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
    table = scores(results, problem, track, seeds)
    manifest = study.dataset_manifest(problem, study.part(problem, study.evaluation_seeds[0]))
    split, _, kind = metric.partition("_")
    counted = manifest is not None and kind == "accuracy"
    examples = count_examples(manifest.parent, split) if manifest and counted else None
    return Rivals(
        metric,
        table,
        margin_of(results, problem, table),
        study.looks_of(problem, track),
        1 / examples if examples else 0.0,
        examples,
        folds_of(results, problem),
        study.named,
        schedule_pairs(study.config),
    )


def folds_of(results: Results, problem: str) -> Folds | None:
    """Return how the seeds of a problem share a corpus; None for one without folds."""
    study = results.study
    parts = [study.part(problem, seed) for seed in study.evaluation_seeds]
    if parts[0] == "all":
        return None
    return Folds(tuple(int(part.removeprefix("fold-")) for part in parts), TEST_SHARE)


def margin_of(results: Results, problem: str, table: dict[str, list[float]]) -> float:
    """Return the smallest difference that matters on a problem, in the unit of its metric.

    Parameters
    ----------
    results : Results
        What the study found.
    problem : str
        Name of the problem.
    table : dict of str to list of float
        Its scores. The margin of a loss is a share of the best mean.
    """
    config = results.study.config
    metric = results.reported_metric(problem)
    kind = "accuracy" if higher_is_better(metric) else "loss"
    margin = float(results.study.problems[problem].get("margin", config["margin"][kind]))
    if kind == "accuracy":
        return margin
    finished = [row for row in table.values() if row and math.isfinite(min(row))]
    best = max((math.fsum(row) / len(row) for row in finished), default=0.0)
    return margin * abs(best)
