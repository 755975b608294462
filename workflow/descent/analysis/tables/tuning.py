"""What tuning chose, how sharply, and what it cost.

Tables ``tuned``, ``tuning_stability``, ``learning_rates``, ``sensitivity``, ``tuning_budget`` and
``crossings``.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from scipy import stats

from descent.analysis.results import Results
from descent.analysis.tables.values import Row, joined, learning_rate, mean_of_present
from descent.analysis.tuning_stability import tuning_stability
from descent.study import measures
from descent.study.measures import higher_is_better
from descent.training.records import Record


def tuned(results: Results) -> list[Row]:
    """Return the rows of ``tuned``."""
    rows = []
    for (problem, optimizer, track), choice in results.choices.items():
        rates = [
            overrides["learning_rate"]
            for overrides in results.study.candidates(problem, optimizer, track).values()
            if "learning_rate" in overrides
        ]
        chosen = choice["candidates"][choice["candidate"]]
        rows.append(
            {
                "problem": problem,
                "track": track,
                "optimizer": optimizer,
                "candidate": choice["candidate"],
                "learning_rate": choice["hyperparameters"].get("learning_rate"),
                "hyperparameters": json.dumps(choice["hyperparameters"], sort_keys=True),
                "metric": choice["metric"],
                "mean": chosen["mean"],
                "candidates": len(choice["candidates"]),
                "decades": math.log10(max(rates) / min(rates)) if track == "tuned" else None,
                "on_edge": choice["on_edge"],
                "unfinished_candidates": sum(
                    c["diverged"] > 0 for c in choice["candidates"].values()
                ),
                "tuning_seeds": joined(choice["seeds"]),
            }
        )
    return rows


class _Point(NamedTuple):
    """A candidate of the grid."""

    learning_rate: float
    candidate: str
    others: dict[str, Any]
    records: list[Record]
    values: list[float]


def _grid(results: Results, problem: str, optimizer: str, metric: str) -> list[_Point]:
    """Return the grid by increasing learning rate, the values being those of finished runs."""
    grid = []
    for candidate, (settings, records) in results.tuning(problem, optimizer, "tuned").items():
        values = [v for r in records if (v := measures.final(r, metric)) is not None]
        others = {key: value for key, value in settings.items() if key != "learning_rate"}
        grid.append(_Point(settings["learning_rate"], candidate, others, records, values))
    return sorted(grid, key=lambda point: point.learning_rate)


def _others_chosen(results: Results, problem: str, optimizer: str) -> dict[str, Any]:
    """Return the chosen values of all hyper-parameters of the grid but the learning rate."""
    chosen = results.choices[problem, optimizer, "tuned"]["hyperparameters"]
    return {key: value for key, value in chosen.items() if key != "learning_rate"}


def stability(results: Results) -> list[Row]:
    """Return the rows of ``tuning_stability``."""
    rows = []
    for (problem, optimizer, track), choice in results.choices.items():
        sign = 1.0 if higher_is_better(choice["metric"]) else -1.0
        # the first of equals wins: the choice itself, then the others in their order
        names = sorted(choice["candidates"], key=lambda name: name != choice["candidate"])
        values = {
            name: [
                -math.inf if value is None else sign * value
                for value in choice["candidates"][name]["values"].values()
            ]
            for name in names
        }
        found = tuning_stability(values)
        others = [] if found is None else [n for n in found.winners if n != choice["candidate"]]
        rows.append(
            {
                "problem": problem,
                "track": track,
                "optimizer": optimizer,
                "candidate": choice["candidate"],
                "metric": choice["metric"],
                "same_choice": found and found.winners.get(choice["candidate"], 0.0),
                "other_choice": others[0] if others else None,
                "other_share": found.winners[others[0]] if found and others else None,
                "expected_cost": found and found.expected_cost,
                "largest_cost": found and found.largest_cost,
                "tuning_seeds": len(choice["seeds"]),
            }
        )
    return rows


def learning_rates(results: Results) -> list[Row]:
    """Return the rows of ``learning_rates``."""
    rows = []
    for (problem, optimizer, track), choice in results.choices.items():
        if track != "tuned":
            continue
        metric = results.selection_metric(problem)
        chosen = _others_chosen(results, problem, optimizer)
        rows += [
            {
                "problem": problem,
                "optimizer": optimizer,
                "candidate": point.candidate,
                "learning_rate": point.learning_rate,
                "hyperparameters": json.dumps(point.others, sort_keys=True),
                "metric": metric,
                "mean": mean_of_present(point.values),
                "least": min(point.values, default=None),
                "greatest": max(point.values, default=None),
                "runs": len(point.records),
                "unfinished": len(point.records) - len(point.values),
                "chosen": point.candidate == choice["candidate"],
                "others_chosen": point.others == chosen,
            }
            for point in _grid(results, problem, optimizer, metric)
        ]
    return rows


def sensitivity(results: Results) -> list[Row]:
    """Return the rows of ``sensitivity``."""
    rows: list[Row] = []
    for problem in results.study.problems:
        metric = results.selection_metric(problem)
        better = max if higher_is_better(metric) else min
        worse = min if higher_is_better(metric) else max
        grids: dict[str, list[tuple[float, float | None, int, int]]] = {}
        for name, optimizer, track in results.choices:
            if (name, track) == (problem, "tuned"):
                chosen = _others_chosen(results, problem, optimizer)
                grids[optimizer] = [
                    (
                        p.learning_rate,
                        mean_of_present(p.values) if len(p.values) == len(p.records) else None,
                        len(p.records),
                        len(p.records) - len(p.values),
                    )
                    for p in _grid(results, problem, optimizer, metric)
                    if p.others == chosen
                ]
        every = [mean for grid in grids.values() for _, mean, _, _ in grid if mean is not None]
        for optimizer, grid in grids.items():
            rates, means = [p[0] for p in grid], [p[1] for p in grid]
            finite = [m for m in means if m is not None]
            own = measures.robust_range(rates, means, metric)
            competitive = measures.robust_range(rates, means, metric, better(every, default=None))
            runs, unfinished = sum(p[2] for p in grid), sum(p[3] for p in grid)
            choice = results.choices[problem, optimizer, "tuned"]
            default = (
                learning_rate(results.evaluated(problem, optimizer, "default")[0])
                if "default" in results.study.tracks
                else None
            )
            rows.append(
                {
                    "problem": problem,
                    "optimizer": optimizer,
                    "metric": metric,
                    "best_learning_rate": choice["hyperparameters"]["learning_rate"],
                    "best": better(finite, default=None),
                    "worst": worse(finite, default=None),
                    "robust_decades": own.decades if own else 0.0,
                    "robust_low": own and own.low,
                    "robust_high": own and own.high,
                    "robust_censored": bool(own and own.censored),
                    "competitive_decades": competitive.decades if competitive else 0.0,
                    "default_learning_rate": default,
                    "runs": runs,
                    "unfinished": unfinished,
                    "divergence_rate": unfinished / runs,
                }
            )
    return rows


def tuning_budget(results: Results) -> list[Row]:
    """Return the rows of ``tuning_budget``."""
    rows = []
    for problem, track in results.groups():
        metric = results.selection_metric(problem)
        untrained = mean_of_present(
            measures.initial(r, metric) for r in results.of_problem(problem)
        )
        expected: dict[str, list[float]] = {}
        none_finishes: dict[str, list[float]] = {}
        for optimizer in results.study.optimizers:
            choice = results.choices.get((problem, optimizer, track))
            if choice is None or untrained is None:
                continue
            trials = choice["candidates"].values()
            values = [untrained if t["diverged"] else t["mean"] for t in trials]
            failed = sum(t["diverged"] > 0 for t in trials)
            expected[optimizer] = measures.expected_best(values, metric)
            none_finishes[optimizer] = measures.probability_none_finishes(failed, len(values))
        sign = -1.0 if higher_is_better(metric) else 1.0
        for k in range(max(map(len, expected.values()), default=0)):
            present = [name for name, values in expected.items() if k < len(values)]
            ranks = stats.rankdata([sign * expected[name][k] for name in present])
            for optimizer, rank in zip(present, ranks, strict=True):
                rows.append(
                    {
                        "problem": problem,
                        "track": track,
                        "optimizer": optimizer,
                        "metric": metric,
                        "trials": k + 1,
                        "expected_best": expected[optimizer][k],
                        "rank": float(rank),
                        "probability_none_finishes": none_finishes[optimizer][k],
                    }
                )
    return rows


def crossings(budget: Sequence[Row]) -> list[Row]:
    """Return the rows of ``crossings``, from those of ``tuning_budget``."""
    by_trials: dict[tuple[str, str], dict[int, dict[str, float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in budget:
        by_trials[row["problem"], row["track"]][row["trials"]][row["optimizer"]] = row["rank"]
    rows = []
    for (problem, track), ranks in by_trials.items():
        ahead: dict[tuple[str, str], bool] = {}
        for trials in sorted(ranks):
            of_now = ranks[trials]
            for a in of_now:
                for b in of_now:
                    if of_now[a] < of_now[b]:
                        if ahead.get((a, b)) is False:
                            rows.append(
                                {
                                    "problem": problem,
                                    "track": track,
                                    "trials": trials,
                                    "optimizer": a,
                                    "overtakes": b,
                                }
                            )
                        ahead[a, b], ahead[b, a] = True, False
    return rows
