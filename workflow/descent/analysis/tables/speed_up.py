"""How much longer the baseline runs to reach what others reach.

Tables ``horizons`` and ``speed_up``, and ``speed_up_in_seconds`` of times, which are never the same
twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from descent.analysis.results import Results
from descent.analysis.rivals import Rivals, rivals_of, scores
from descent.analysis.tables.values import Row
from descent.foundation.seeding import generator
from descent.study.horizons import baseline_of_horizons, multiples_of, name_at
from descent.study.measures import higher_is_better
from descent.verdicts.inference import mean_interval
from descent.verdicts.speed_up import SpeedUp, horizon_reached

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
                        "track": results.study.track,
                        "optimizer": optimizer,
                        "horizon": horizon,
                        "steps": steps,
                        "metric": metric,
                        "mean": mean and mean.estimate,
                        "low": mean and mean.low,
                        "high": mean and mean.high,
                        "seeds": len(values),
                        "unfinished": len(values) - len(finished),
                    }
                )
    return rows


def speed_up(results: Results) -> list[Row]:
    """Return the rows of ``speed_up``."""
    return [
        row
        for problem, of_horizon in _problems(results)
        for row in _speed_ups(results, problem, of_horizon)
    ]


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


def _speed_ups(results: Results, problem: str, of_horizon: Scores) -> Iterator[Row]:
    study = results.study
    baseline = baseline_of_horizons(study.config)
    assert baseline is not None  # the config was checked
    rivals = rivals_of(results, problem, study.track, len(of_horizon[1][baseline]))
    length, of_baseline = _taken(results, problem, baseline, 1)
    for horizon, table in of_horizon.items():
        for optimizer in (name for name in table if name != baseline):
            reached = _reached(optimizer, baseline, horizon, of_horizon, rivals)
            found = reached or SpeedUp()
            steps, gradients = _taken(results, problem, optimizer, horizon)
            row = {
                "problem": problem,
                "track": study.track,
                "optimizer": optimizer,
                "baseline": baseline,
                "metric": rivals.metric,
                "horizon": horizon,
                "steps": steps,
                "baseline_steps": found.horizon and found.horizon * length,
                "known": reached.kind if reached else "unfinished",
                "speed_up": found.horizon and found.horizon / horizon,
                "low": found.low and found.low / horizon,
                "high": found.high and found.high / horizon,
                "cost_of_step": gradients / of_baseline,
                "seeds": len(table[optimizer]),
            }
            in_gradients = _divided(row, gradients / of_baseline)
            yield row | {f"{name}_in_gradients": value for name, value in in_gradients.items()}


def _reached(
    optimizer: str, baseline: str, own: float, of_horizon: Scores, rivals: Rivals
) -> SpeedUp | None:
    """Return the horizon at which the baseline reaches another; None if too many runs were lost."""
    finished = {
        horizon: table[baseline]
        for horizon, table in of_horizon.items()
        if np.isfinite(table[baseline]).all()
    }
    other = np.array(of_horizon[own][optimizer])
    if len(finished) < 2 or not np.isfinite(other).all():
        return None
    if len(other) < 2:
        return SpeedUp()
    results = np.array(list(finished.values())).T  # (seeds, horizons)
    if not higher_is_better(rivals.metric) and max(other.max(), results.max()) < 0:
        other, results = -np.log(-other), -np.log(-results)
    return horizon_reached(
        other, results, list(finished), own, step=rivals.step, folds=rivals.folds
    )


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
