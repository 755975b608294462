"""The optimizers of one problem beside each other.

Tables ``comparisons``, ``resolution`` and ``leaderboard``.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from descent.analysis.results import Results
from descent.analysis.rivals import Rivals, rivals_of, untrained
from descent.analysis.tables.values import (
    Row,
    finite,
    learning_rate,
    mean_of_present,
    without_rate,
)
from descent.foundation.seeding import generator
from descent.study import measures
from descent.study.measures import higher_is_better
from descent.training.records import Record
from descent.verdicts import inference
from descent.verdicts import resolution as planning
from descent.verdicts.contenders import contenders, relations
from descent.verdicts.pairs import Comparison
from descent.verdicts.sampling_error import error_over_examples
from descent.verdicts.simultaneous import FloatArray, typical_critical_value

#: Rivals and the verdicts on every pair of them, by problem and track.
Judged = Mapping[tuple[str, str], tuple[Rivals, list[Comparison]]]


def judge(results: Results) -> Judged:
    """Return the rivals of every problem and track with the verdicts on their pairs."""
    every = {key: rivals_of(results, *key) for key in results.groups()}
    return {key: (rivals, rivals.compare()) for key, rivals in every.items()}


def comparisons(judged: Judged) -> list[Row]:
    """Return the rows of ``comparisons``, the pairs of each problem in the order of the ranks."""
    rows = []
    for (problem, track), (rivals, pairs) in judged.items():
        place = {name: i for i, name in enumerate(inference.rank(rivals.counted))}
        rows += [
            {"problem": problem, "track": track, **_pair_row(rivals, pair)}
            for pair in sorted(pairs, key=lambda p: (place[p.first], place[p.second]))
        ]
    return rows


def _pair_row(rivals: Rivals, pair: Comparison) -> Row:
    d = _differences(rivals, pair)
    low, high = _on_other_data(rivals, pair)
    return {
        "optimizer": pair.first,
        "rival": pair.second,
        "metric": rivals.metric,
        "verdict": pair.verdict,
        "difference": pair.difference,
        "low": finite(pair.low),
        "high": finite(pair.high),
        "margin": pair.margin,
        "seeds": pair.seeds,
        "wins": float(np.mean(np.sign(d) / 2 + 0.5)),
        "low_other_data": low,
        "high_other_data": high,
    }


def _differences(rivals: Rivals, pair: Comparison) -> FloatArray:
    first, second = (rivals.counted[name][: pair.seeds] for name in (pair.first, pair.second))
    return first - second


def _on_other_data(rivals: Rivals, pair: Comparison) -> tuple[float | None, float | None]:
    """Return the ends of the interval for other test examples, or for other corpora of this size.

    None where the metric is no accuracy, or the records do not say which examples are right.
    """
    if rivals.examples is None or not math.isfinite(pair.high - pair.low):
        return None, None
    alpha = rivals.alpha(pair.seeds)
    if rivals.folds is not None:
        folds = len(rivals.folds.groups(pair.seeds))
        critical = typical_critical_value(folds, len(rivals.scores), alpha)
        half = critical * rivals.folds.error_for_other_corpora(_differences(rivals, pair))
        return min(pair.low, pair.difference - half), max(pair.high, pair.difference + half)
    first, second = (rivals.correctness(name, pair.seeds) for name in (pair.first, pair.second))
    if first is None or second is None:
        return None, None
    critical = typical_critical_value(math.inf, len(rivals.scores), alpha)
    half = critical * error_over_examples(first, second)
    below, above = (math.hypot(end - pair.difference, half) for end in (pair.low, pair.high))
    return pair.difference - below, pair.difference + above


def resolution(judged: Judged) -> list[Row]:
    """Return the rows of ``resolution``."""
    rows = []
    for (problem, track), (rivals, pairs) in judged.items():
        lost = {name for name, of in rivals.scores.items() if -math.inf in of}
        known = [pair for pair in pairs if pair.seeds > 1 and not lost & {pair.first, pair.second}]
        if not known:
            continue
        matter = set(contenders(rivals.scores, pairs))
        close = [pair for pair in known if {pair.first, pair.second} <= matter] or known
        deviation = float(
            np.median([rivals.deviation(_differences(rivals, pair)) for pair in close])
        )
        seeds = max(pair.seeds for pair in close)
        margin, number = close[0].margin, len(rivals.scores)
        last = rivals.looks[-1].alpha
        rows.append(
            {
                "problem": problem,
                "track": track,
                "metric": rivals.metric,
                "seeds": seeds,
                "deviation": deviation,
                "least_difference": _least_difference(rivals, deviation, seeds),
                "margin": margin,
                "seeds_for_margin": planning.seeds_to_differ(margin, deviation, number, last),
                "seeds_for_equivalence": planning.seeds_to_be_equivalent(
                    margin, deviation, number, last
                ),
                "at_most": rivals.looks[-1].seeds,
                "undecided": sum(pair.verdict == "undecided" for pair in pairs),
                "pairs": len(pairs),
                "saturated": _saturated(rivals, matter),
            }
        )
    return rows


def _saturated(rivals: Rivals, leaders: Collection[str]) -> bool:
    """Return whether two leaders or more get every example right on every seed."""
    perfect = [name for name in leaders if (rivals.counted[name] > 1 - rivals.step / 2).all()]
    return rivals.examples is not None and len(perfect) > 1


def _least_difference(rivals: Rivals, deviation: float, seeds: int) -> float | None:
    if seeds < 2:
        return None
    return planning.least_difference(deviation, seeds, len(rivals.scores), rivals.alpha(seeds))


def leaderboard(results: Results, judged: Judged) -> list[Row]:
    """Return the rows of ``leaderboard``."""
    rows = []
    for (problem, track), (rivals, pairs) in judged.items():
        order = inference.rank(rivals.counted)
        in_front = contenders(order, pairs)
        sign = 1.0 if higher_is_better(rivals.metric) else -1.0
        start = untrained(results, problem)
        for rank, optimizer in enumerate(order, 1):
            records = results.evaluated(problem, optimizer, track)
            choice = results.choices.get((problem, optimizer, track))
            lost = rivals.scores[optimizer].count(-math.inf)
            values = sign * rivals.counted[optimizer]
            rng = generator(f"{problem}/{track}/{optimizer}", 0, "analysis")
            mean = inference.mean_interval(values, rng)
            ((rate, seeds_of_rate),) = Counter(map(learning_rate, records)).most_common(1)
            rows.append(
                {
                    "problem": problem,
                    "track": track,
                    "rank": rank,
                    "optimizer": optimizer,
                    "contender": optimizer in in_front,
                    "metric": rivals.metric,
                    "mean": mean.estimate,
                    "low": mean.low,
                    "high": mean.high,
                    "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                    "seeds": len(records),
                    "unfinished": lost,
                    "untrained": start,
                    "learned": _learned(rivals, mean, start),
                    **{k: of or None for k, of in relations(optimizer, order, pairs).items()},
                    "learning_rate": rate,
                    "chosen_by": seeds_of_rate,
                    "hyperparameters": _others_of(choice, rate),
                    "on_edge": bool(choice and choice["on_edge"]),
                    **_leaderboard_means(records),
                    **_leaderboard_target(records, results.study.problems[problem].get("target")),
                }
            )
    return rows


def _others_of(choice: Mapping[str, Any] | None, rate: float | None) -> str | None:
    """Return what the finalist with a learning rate sets besides it, as JSON; None if nothing."""
    finalists = [finalist["hyperparameters"] for finalist in (choice or {}).get("finalists", [])]
    others = next((without_rate(of) for of in finalists if of.get("learning_rate") == rate), {})
    return json.dumps(others, sort_keys=True) if others else None


def _learned(rivals: Rivals, mean: inference.Interval, start: float) -> bool:
    """Return whether the whole interval is better than the untrained model by the margin."""
    up = higher_is_better(rivals.metric)
    end = mean.low if up else mean.high
    gain = (mean.estimate if end is None else end) - start
    return (gain if up else -gain) > rivals.margin


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
