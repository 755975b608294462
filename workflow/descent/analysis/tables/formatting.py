"""How values are written for a person: a number, a metric, a difference, an interval."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from descent.analysis.tables.values import Row
from descent.foundation.wording import counted, metric_difference, missing
from descent.study.measures import higher_is_better

MISSING = "-"
MINUS = "\N{MINUS SIGN}"


def number(value: Any, spec: str = ".3g") -> str:
    """Return a number, or a dash where there is none."""
    return MISSING if missing(value) else f"{value:{spec}}"


def metric_words(metric: str) -> str:
    """Return ``test_accuracy`` as ``test accuracy``."""
    return metric.replace("_", " ")


def metric_name(metric: str) -> str:
    """Return ``test_accuracy`` as ``test accuracy (%)``; only an accuracy has a unit."""
    return metric_words(metric) + (" (%)" if metric.endswith("accuracy") else "")


def better_word(metric: str) -> str:
    """Return which direction of a metric is better: ``higher is better``."""
    return "higher is better" if higher_is_better(metric) else "lower is better"


def scale(metric: str) -> float:
    """Return the factor by which a metric is shown: 100 for an accuracy, else 1."""
    return 100.0 if metric.endswith("accuracy") else 1.0


def metric_value(value: Any, metric: str) -> str:
    """Return a value of a metric: an accuracy in percent with two decimals."""
    if missing(value):
        return MISSING
    return f"{100 * value:.2f}" if metric.endswith("accuracy") else f"{value:.4g}"


def signed_difference(value: float, metric: str) -> str:
    """Return a difference of a metric with its sign and unit: ``+0.12 points``."""
    return ("+" if value >= 0 else MINUS) + metric_difference(abs(value), metric)


def interval(low: Any, high: Any, metric: str) -> str:
    """Return an interval of a metric: ``95.77 to 96.28``; a dash where there is none."""
    if missing(low) or missing(high):
        return MISSING
    return f"{metric_value(low, metric)} to {metric_value(high, metric)}"


def mean_and_lost(row: Row) -> str:
    """Return the mean of a row of ``leaderboard``: ``96.04``, ``96.04 (2 of 10 lost)``."""
    lost = f" ({row['unfinished']} of {row['seeds']} lost)" if row["unfinished"] else ""
    return metric_value(row["mean"], row["metric"]) + lost


def learning_rate(row: Row) -> str:
    """Return the setting of a row: ``0.01``, ``0.01 (edge), weight_decay 0.1``."""
    rate = number(row["learning_rate"]) + (" (edge)" if row["on_edge"] else "")
    others = json.loads(row["hyperparameters"] or "{}")
    return ", ".join([rate, *(f"{name} {value}" for name, value in others.items())])


def schedule_words(schedule: Mapping[str, Any]) -> str:
    """Return a schedule of a config in words: ``linear, after a warm-up over 5 % of the run``."""
    told = [str(schedule["use"]).rpartition(":")[2].replace("_", " ")]
    warm_up = {"warmup_fraction", "warmup_steps"}
    rest = {key: value for key, value in schedule.items() if key not in {"use", *warm_up}}
    told += [f"{key} {json.dumps(value)}" for key, value in rest.items()]
    if fraction := schedule.get("warmup_fraction"):
        told.append(f"after a warm-up over {100 * fraction:g} % of the run")
    elif steps := schedule.get("warmup_steps"):
        told.append(f"after a warm-up over {counted(steps, 'step')}")
    return ", ".join(told)


def robust_decades(row: Row) -> str:
    """Return the robust decades of a row of ``sensitivity``; ``≥`` if the grid cuts the range."""
    return ("≥ " if row["robust_censored"] else "") + number(row["robust_decades"], ".2f")


def speed_up(row: Row) -> str:
    """Return a speed-up of a row of ``speed_up``: ``1.31 (1.24 to 1.39)``, ``at least 2.20``."""
    low, high = number(row["low"], ".2f"), number(row["high"], ".2f")
    if row["known"] == "between":
        reach = f"{low} to {high}"
        return reach if missing(row["speed_up"]) else f"{row['speed_up']:.2f} ({reach})"
    return {"at least": f"at least {low}", "at most": f"at most {high}"}.get(
        row["known"], str(row["known"])
    )
