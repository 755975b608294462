"""How much longer the baseline runs to reach what others reach.

Tables ``horizons`` and ``speed_up``, and ``speed_up_in_seconds`` of times, which are never the same
twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from descent.analysis.results import Results
from descent.analysis.rivals import rivals_of, scores
from descent.analysis.tables.values import Row
from descent.foundation.seeding import generator
from descent.study.horizons import baseline_of_horizons, multiples_of, name_at
from descent.study.measures import higher_is_better
from descent.verdicts.inference import FloatArray, mean_interval
from descent.verdicts.speed_up import horizon_reached

#: The columns of a speed-up, in steps or in anything that they cost.
FACTORS = ("speed_up", "low", "high")
#: Scores by horizon and optimizer, one a seed.
Scores = Mapping[float, Mapping[str, Sequence[float]]]


def horizons(results: Results) -> list[Row]:
    """Return the rows of ``horizons``."""
    rows = []
    for problem, of_horizon in _problems(results):
        metric = results.reported_metric(problem)
        sign = 1.0 if higher_is_better(metric) else -1.0
        for horizon, table in of_horizon.items():
            for optimizer, values in table.items():
                finished = [sign * value for value in values if math.isfinite(value)]
                rng = generator(f"{problem}/{horizon:g}/{optimizer}", 0, "analysis")
                mean = mean_interval(finished, rng) if finished else None
                steps, _ = _taken(results, problem, optimizer, horizon)
                rows.append(
                    {
                        "problem": problem,
                        "optimizer": optimizer,
                        "horizon": horizon,
                        "steps": steps,
                        "metric": metric,
                        "mean": mean and mean.estimate,
                        "low": mean and mean.low,
                        "high": mean and mean.high,
                    }
                )
    return rows


def speed_up(results: Results) -> list[Row]:
    """Return the rows of ``speed_up``."""
    track, baseline = results.study.track, baseline_of_horizons(results.study.config)
    rows = []
    for problem, of_horizon in _problems(results):
        assert baseline is not None  # the config was checked
        of_baseline = [table[baseline] for table in of_horizon.values()]
        rivals = rivals_of(results, problem, track, len(of_baseline[0]))
        length, gradients = _taken(results, problem, baseline, 1)
        for horizon, table in of_horizon.items():
            for optimizer in (name for name in table if name != baseline):
                found = horizon_reached(
                    *_on_log_scale(rivals.metric, np.array([table[optimizer], *of_baseline])),
                    list(of_horizon),
                    horizon,
                    step=rivals.step,
                    folds=rivals.folds,
                )
                steps, own_gradients = _taken(results, problem, optimizer, horizon)
                row = {
                    "problem": problem,
                    "track": track,
                    "optimizer": optimizer,
                    "baseline": baseline,
                    "metric": rivals.metric,
                    "horizon": horizon,
                    "steps": steps,
                    "baseline_steps": found.horizon and found.horizon * length,
                    "known": found.known,
                    "speed_up": found.horizon and found.horizon / horizon,
                    "low": found.low and found.low / horizon,
                    "high": found.high and found.high / horizon,
                    "cost_of_step": own_gradients / gradients,
                }
                in_gradients = _divided(row, own_gradients / gradients)
                rows.append(row | {f"{name}_in_gradients": v for name, v in in_gradients.items()})
    return rows


def speed_up_in_seconds(speed_ups: Sequence[Row], cost: Sequence[Row]) -> list[Row]:
    """Return the rows of ``speed_up_in_seconds``.

    Parameters
    ----------
    speed_ups, cost : sequence of mapping
        The rows of these tables.
    """
    per_step = {(row["problem"], row["optimizer"]): row["milliseconds_per_step"] for row in cost}
    rows = []
    for row in speed_ups:
        baseline, own = (per_step[row["problem"], row[who]] for who in ("baseline", "optimizer"))
        rows.append({**row, "cost_of_step": own / baseline, **_divided(row, own / baseline)})
    return rows


def _problems(results: Results) -> Iterator[tuple[str, Scores]]:
    """Yield each problem with several horizons, and the scores of the first look at each."""
    study = results.study
    for problem, entry in study.problems.items():
        multiples = multiples_of(entry)
        if len(multiples) > 1:
            first = study.looks_of(problem, study.track)[0].seeds
            yield (
                problem,
                {m: scores(results, name_at(problem, m), study.track, first) for m in multiples},
            )


def _on_log_scale(metric: str, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the scores of the other, and by seed and horizon of the baseline; (1 + h, n)."""
    if not higher_is_better(metric) and scores.max() < 0:
        scores = -np.log(-scores)
    return scores[0], scores[1:].T


def _taken(results: Results, problem: str, optimizer: str, horizon: float) -> tuple[int, float]:
    """Return the steps of a run, and the gradients that a step takes."""
    track = results.study.track
    records = results.evaluated(name_at(problem, horizon), optimizer, track)
    steps = sum(record.steps for record in records)
    gradients = sum(record.gradient_evaluations for record in records)
    return max(record.steps for record in records), gradients / steps if gradients else 1.0


def _divided(row: Row, cost: float) -> Row:
    """Return a speed-up and its interval in what a step costs, in that of the baseline."""
    return {name: row[name] and row[name] / cost for name in FACTORS}
