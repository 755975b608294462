"""What tuning chose, how sharply, and what it cost.

Tables ``tuned``, ``learning_rates``, ``sensitivity`` and ``tuning_budget``.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from scipy import stats

from descent.analysis.results import Results
from descent.analysis.tables.values import (
    Row,
    joined,
    mean_of_present,
    without_rate,
)
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
        best = choice["finalists"][0]
        chosen = Counter(run.candidate for run, _ in results.counting(problem, optimizer, track))
        rows.append(
            {
                "problem": problem,
                "track": track,
                "optimizer": optimizer,
                "candidate": best["candidate"],
                "learning_rate": best["hyperparameters"].get("learning_rate"),
                "hyperparameters": json.dumps(best["hyperparameters"], sort_keys=True),
                "metric": choice["metric"],
                "mean": choice["candidates"][best["candidate"]]["mean"],
                "finalists": joined(finalist["candidate"] for finalist in choice["finalists"]),
                "seeds_by_finalist": joined(
                    chosen[name] for name in results.study.evaluated_as(problem, optimizer, track)
                ),
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


def learning_rates(results: Results) -> list[Row]:
    """Return the rows of ``learning_rates``, each grid by increasing learning rate."""
    rows = []
    for (problem, optimizer, track), choice in results.choices.items():
        if track != "tuned":
            continue
        metric = results.selection_metric(problem)
        best = choice["finalists"][0]
        candidates = results.tuning(problem, optimizer, track).items()
        for candidate, (settings, records) in sorted(candidates, key=_rate):
            finals = [measures.final(record, metric) for record in records]
            values = [value for value in finals if value is not None]
            rows.append(
                {
                    "problem": problem,
                    "optimizer": optimizer,
                    "candidate": candidate,
                    "learning_rate": settings["learning_rate"],
                    "hyperparameters": json.dumps(without_rate(settings), sort_keys=True),
                    "metric": metric,
                    "mean": mean_of_present(values),
                    "least": min(values, default=None),
                    "greatest": max(values, default=None),
                    "runs": len(records),
                    "unfinished": len(records) - len(values),
                    "chosen": candidate == best["candidate"],
                }
            )
    return rows


def _rate(candidate: tuple[str, tuple[dict[str, float], list[Record]]]) -> float:
    return candidate[1][0]["learning_rate"]


def sensitivity(results: Results, points: Sequence[Row]) -> list[Row]:
    """Return the rows of ``sensitivity``, from those of ``learning_rates``."""
    rows: list[Row] = []
    for problem in results.study.problems:
        grids: dict[str, list[Row]] = defaultdict(list)
        for point in points:
            if point["problem"] == problem:
                whole = None if point["unfinished"] else point["mean"]
                grids[point["optimizer"]].append({**point, "mean": whole})
        metric = results.selection_metric(problem)
        better, worse = (max, min) if higher_is_better(metric) else (min, max)
        means = {
            optimizer: [point["mean"] for point in grid if point["mean"] is not None]
            for optimizer, grid in grids.items()
        }
        for optimizer, grid in grids.items():
            curve = [p["learning_rate"] for p in grid], [p["mean"] for p in grid]
            own = measures.robust_range(*curve, metric)
            runs, unfinished = (sum(p[count] for p in grid) for count in ("runs", "unfinished"))
            best = results.choices[problem, optimizer, "tuned"]["finalists"][0]
            rows.append(
                {
                    "problem": problem,
                    "optimizer": optimizer,
                    "metric": metric,
                    "best_learning_rate": best["hyperparameters"]["learning_rate"],
                    "best": better(means[optimizer], default=None),
                    "worst": worse(means[optimizer], default=None),
                    "robust_decades": own.decades if own else 0.0,
                    "robust_low": own and own.low,
                    "robust_high": own and own.high,
                    "robust_censored": bool(own and own.censored),
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
        sign = -1.0 if higher_is_better(metric) else 1.0
        untrained = mean_of_present(
            measures.initial(r, metric) for r in results.of_problem(problem)
        )
        expected: dict[str, list[float]] = {}
        for optimizer in results.study.optimizers:
            choice = results.choices.get((problem, optimizer, track))
            if choice is None or untrained is None:
                continue
            trials = choice["candidates"].values()
            values = [untrained if t["diverged"] else t["mean"] for t in trials]
            expected[optimizer] = measures.expected_best(values, metric)
        for k in range(max(map(len, expected.values()), default=0)):
            present = {name: of[k] for name, of in expected.items() if k < len(of)}
            ranks = stats.rankdata([sign * best for best in present.values()])
            for (optimizer, best_of_k), rank in zip(present.items(), ranks, strict=True):
                rows.append(
                    {
                        "problem": problem,
                        "track": track,
                        "optimizer": optimizer,
                        "metric": metric,
                        "trials": k + 1,
                        "expected_best": best_of_k,
                        "rank": float(rank),
                    }
                )
    return rows
