"""The optimizers of one problem beside each other: tables ``comparisons`` and ``leaderboard``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from descent.analysis import inference, measures
from descent.analysis.measures import higher_is_better
from descent.analysis.results import Results
from descent.analysis.tables.rows import Row, learning_rate, mean_of_present
from descent.foundation.seeding import generator
from descent.training.records import Record


def scores(results: Results, problem: str, track: str) -> dict[str, list[float]]:
    """Return the reported metric by optimizer and evaluation seed, turned so that higher is better.

    Parameters
    ----------
    results : Results
        What the study found.
    problem, track : str
        Which comparison.

    Returns
    -------
    dict of str to list of float
        ``-inf`` for a run that did not finish.
    """
    metric = results.reported_metric(problem)
    sign = 1.0 if higher_is_better(metric) else -1.0
    table = {}
    for optimizer in results.study.optimizers:
        values = [measures.final(r, metric) for r in results.evaluated(problem, optimizer, track)]
        table[optimizer] = [-math.inf if v is None else sign * v for v in values]
    return table


def comparisons(
    results: Results,
) -> tuple[list[Row], dict[tuple[str, str], list[list[str]]]]:
    """Return the rows of ``comparisons``, and the tie groups by problem and track."""
    rows: list[Row] = []
    ties = {}
    for problem, track in results.groups():
        rng = generator(f"{problem}/{track}", 0, "analysis")
        table = scores(results, problem, track)
        ties[problem, track] = inference.tie_groups(table, rng)
        best, p_values = inference.compare_with_best(table, rng)
        adjusted = inference.holm(list(p_values.values()))
        for (optimizer, p), p_holm in zip(p_values.items(), adjusted, strict=True):
            d = inference.paired_differences(table[best], table[optimizer])
            finite = bool(np.isfinite([table[best], table[optimizer]]).all())
            mean = inference.mean_interval(d, rng) if finite else None
            wins = inference.probability_of_beating(d)
            seeds = (
                inference.seeds_to_separate(d, inference.ALPHA / len(p_values))
                if finite and len(d) > 1
                else None
            )
            rows.append(
                {
                    "problem": problem,
                    "track": track,
                    "best": best,
                    "optimizer": optimizer,
                    "metric": results.reported_metric(problem),
                    "seeds": len(d),
                    "difference": mean and mean.estimate,
                    "low": mean and mean.low,
                    "high": mean and mean.high,
                    "p_value": p,
                    "p_holm": p_holm,
                    "tie": bool(p_holm > inference.ALPHA),
                    "probability": wins.estimate,
                    "probability_low": wins.low,
                    "probability_high": wins.high,
                    "seeds_to_separate": seeds,
                    "more_seeds": None if seeds is None else max(0, seeds - len(d)),
                }
            )
    return rows, ties


def leaderboard(results: Results, ties: Mapping[tuple[str, str], list[list[str]]]) -> list[Row]:
    """Return the rows of ``leaderboard``."""
    rows = []
    for problem, track in results.groups():
        metric = results.reported_metric(problem)
        table = scores(results, problem, track)
        group = {name: i for i, names in enumerate(ties[problem, track], 1) for name in names}
        for rank, optimizer in enumerate(inference.rank(table), 1):
            records = results.evaluated(problem, optimizer, track)
            choice = results.choices.get((problem, optimizer, track))
            values = [v for r in records if (v := measures.final(r, metric)) is not None]
            rng = generator(f"{problem}/{track}/{optimizer}", 0, "analysis")
            mean = inference.mean_interval(values, rng) if values else None
            rows.append(
                {
                    "problem": problem,
                    "track": track,
                    "rank": rank,
                    "tie_group": group[optimizer],
                    "optimizer": optimizer,
                    "metric": metric,
                    "mean": mean and mean.estimate,
                    "low": mean and mean.low,
                    "high": mean and mean.high,
                    "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                    "seeds": len(records),
                    "unfinished": len(records) - len(values),
                    "learning_rate": learning_rate(records[0]),
                    "on_edge": bool(choice and choice["on_edge"]),
                    **_leaderboard_means(records),
                    **_leaderboard_target(records, results.study.problems[problem].get("target")),
                }
            )
    return rows


def _leaderboard_means(records: Sequence[Record]) -> Row:
    headline = records[0].headline
    return {
        "train_loss": mean_of_present(measures.final(r, "train_loss") for r in records),
        "validation_metric": mean_of_present(
            measures.final(r, f"validation_{headline}") for r in records
        ),
        "area_log_loss": mean_of_present(map(measures.area_log_loss, records)),
        "distance": mean_of_present(map(measures.distance_to_optimum, records)),
    }


def _leaderboard_target(records: Sequence[Record], target: Mapping[str, Any] | None) -> Row:
    if not target:
        return {}
    times = [measures.time_to_target(r, target) for r in records]
    median = float(np.median([t.steps if t.reached else math.inf for t in times]))
    found = math.isfinite(median)
    return {
        "target_reached": sum(t.reached for t in times),
        "median_steps_to_target": median if found else None,
        "median_epochs_to_target": median / records[0].steps_per_epoch if found else None,
    }
