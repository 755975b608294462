"""All problems together: table ``across_problems``."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from descent.analysis.results import Results
from descent.analysis.rivals import scores, untrained
from descent.analysis.tables.values import Row, mean_of_present
from descent.study.measures import higher_is_better
from descent.verdicts import inference


def normalised_scores(results: Results, problem: str, track: str) -> dict[str, list[float]]:
    """Return scores that can be averaged over problems.

    Parameters
    ----------
    results : Results
        What the study found.
    problem, track : str
        Which comparison.

    Returns
    -------
    dict of str to list of float
        By optimizer and seed, of the seeds that all optimizers have: 0 is the untrained model, 1
        the best mean of any optimizer and track on the problem. Where the optimum is known and
        the training loss is reported, on the scale of its logarithm. A run that did not finish
        scores 0.
    """
    metric = results.reported_metric(problem)
    records = results.of_problem(problem)
    optimum = records[0].optimum if metric == "train_loss" else None
    start = untrained(results, problem)
    sign = 1.0 if higher_is_better(metric) else -1.0

    def height(score: float) -> float:
        if score == -math.inf:
            return 0.0
        if optimum is None:
            return score - sign * start
        first = start - optimum
        return -math.log10(max(-score - optimum, 1e-16 * first) / first)

    heights = {
        name: {
            optimizer: [height(score) for score in of[: results.study.first_seeds]]
            for optimizer, of in scores(results, problem, name, results.study.first_seeds).items()
        }
        for name in results.study.tracks
    }
    top = max(float(np.mean(of)) for table in heights.values() for of in table.values())
    return {
        optimizer: [h / top if top > 0 else 0.0 for h in of]
        for optimizer, of in heights[track].items()
    }


def across_problems(results: Results, leaderboard: Sequence[Row]) -> list[Row]:
    """Return the rows of ``across_problems``."""
    rows = []
    study = results.study
    for track in study.tracks:
        by_problem = {p: normalised_scores(results, p, track) for p in study.problems}
        for optimizer in study.optimizers:
            of_this = [
                row for row in leaderboard if (row["track"], row["optimizer"]) == (track, optimizer)
            ]
            table = np.array([by_problem[problem][optimizer] for problem in study.problems]).T
            mean = inference.mean_over_problems(table)
            worst = int(table.mean(axis=0).argmin())
            # any of the problems might have been the worst
            alpha = inference.ALPHA / len(study.problems)
            least = inference.student_interval(table[:, worst], alpha)
            rows.append(
                {
                    "track": track,
                    "optimizer": optimizer,
                    "problems": len(study.problems),
                    "mean": mean.estimate,
                    "low": mean.low,
                    "high": mean.high,
                    "shortfall": 1 - least.estimate,
                    "shortfall_low": None if least.high is None else 1 - least.high,
                    "shortfall_high": None if least.low is None else 1 - least.low,
                    "worst_problem": list(study.problems)[worst],
                    "mean_rank": mean_of_present(row["rank"] for row in of_this),
                    "contender": sum(row["contender"] for row in of_this),
                    "unfinished": sum(row["unfinished"] for row in of_this),
                }
            )
    return rows
