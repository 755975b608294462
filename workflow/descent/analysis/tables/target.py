"""What reaches the target first.

Tables ``steps_to_target`` and ``gradients_to_target``, which differ for a rule that takes more than
one gradient a step, and ``seconds_to_target`` of times, which are never the same twice.

Of a run that missed its target it is known that it takes longer than it was given. Means are
therefore restricted: a time counts up to the least that any run was given in vain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from descent.analysis.results import Results
from descent.analysis.rivals import Rivals, folds_of
from descent.analysis.tables.values import Row, finite
from descent.study.measures import TimeToTarget, time_to_target
from descent.study.plan import Run, schedule_pairs
from descent.training.records import Costs, Record

#: A ratio further out, of an interval that says nothing, is left out.
LARGEST_LOGARITHM = 100.0


#: What a run took to its target, or was given in vain.
Taken = Callable[[Run, TimeToTarget], float]


def steps_to_target(results: Results) -> list[Row]:
    """Return the rows of ``steps_to_target``."""
    return _rows(results, lambda _run, met: met.steps)


def gradients_to_target(results: Results) -> list[Row]:
    """Return the rows of ``gradients_to_target``."""
    return _rows(results, lambda _run, met: met.gradient_evaluations)


def seconds_to_target(results: Results, costs: Mapping[Run, Costs]) -> list[Row]:
    """Return the rows of ``seconds_to_target``.

    Parameters
    ----------
    results : Results
        What the study found.
    costs : mapping of Run to Costs
        What every run cost.
    """
    return _rows(
        results, lambda run, met: max(met.steps, 1) * _seconds_per_step(results, costs, run)
    )


def _rows(results: Results, taken: Taken) -> list[Row]:
    rows = []
    for problem, track in results.groups():
        target = results.study.problems[problem].get("target")
        if not target:
            continue
        counting = {
            optimizer: results.counting(problem, optimizer, track)
            for optimizer in results.study.optimizers
        }
        met = {
            name: [(run, time_to_target(record, target)) for run, record in of]
            for name, of in counting.items()
        }
        times = {
            # a run that starts on target took no step; a ratio needs at least something
            name: [taken(run, time) or 1.0 if time.reached else math.inf for run, time in of]
            for name, of in met.items()
        }
        in_vain = [taken(run, time) for of in met.values() for run, time in of if not time.reached]
        horizon = min(in_vain, default=math.inf)
        steps = [time.steps for of in met.values() for _, time in of if time.reached]
        rivals = Rivals(
            "time to target",
            # a ratio of times is a lead in their logarithms
            {
                name: [-math.log(time) if time <= horizon else -math.inf for time in of]
                for name, of in times.items()
            },
            -math.log(horizon),
            math.log1p(results.study.config["margin"]["time"]),
            results.study.looks_of(problem, track),
            _unseen(next(iter(counting.values()))[0][1], steps),
            None,
            folds_of(results, problem),
            results.study.named,
            schedule_pairs(results.study.config),
        )
        medians = {name: finite(float(np.median(of))) for name, of in times.items()}
        rows += [
            {
                "problem": problem,
                "track": track,
                "optimizer": pair.first,
                "rival": pair.second,
                "verdict": pair.verdict,
                "ratio": _ratio(pair.difference),
                "low": _ratio(pair.low),
                "high": _ratio(pair.high),
                "margin": math.exp(pair.margin),
                "seeds": pair.seeds,
                "median": medians[pair.first],
                "rival_median": medians[pair.second],
            }
            for pair in rivals.compare()
        ]
    return rows


def _seconds_per_step(results: Results, costs: Mapping[Run, Costs], run: Run) -> float:
    return costs[run].training_seconds / max(results.records[run].steps, 1)


def _unseen(record: Record, steps: Sequence[int]) -> float:
    """Return what lies between two evaluations, as a lead in the logarithm of the steps."""
    spacing = np.diff([step for step in record.curve.get("step", []) if step is not None])
    if not steps or not spacing.size:
        return 0.0
    return math.log1p(float(spacing.min()) / max(float(np.median(steps)), 1.0))


def _ratio(logarithm: float | None) -> float | None:
    known = finite(logarithm)
    return None if known is None or abs(known) > LARGEST_LOGARITHM else math.exp(known)
