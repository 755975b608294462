"""Measures of one run, or of one grid of learning rates; None where a number does not exist."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.training.records import Record, Status

#: Splits in the order in which a curve has them.
SPLITS = ("train", "validation", "test")
#: Endings of the metrics that are better the lower they are; all others are better the higher.
LOWER_IS_BETTER = ("loss", "error", "distance", "perplexity", "bits_per_byte")
#: Endings of metrics that are known to be better the higher they are.
HIGHER_IS_BETTER = ("accuracy", "score", "reward", "precision", "recall", "bleu")
#: How far from the best a learning rate may be and still count as robust: 5 % of a loss,
#: half a point of an accuracy.
LOSS_TOLERANCE = 0.05
ACCURACY_TOLERANCE = 0.005


def higher_is_better(metric: str) -> bool:
    """Return whether a metric, with or without its split, is better the higher it is."""
    return not metric.endswith(LOWER_IS_BETTER)


def selection_metric(record: Record) -> str | None:
    """Return the column that tuning looks at, e.g. ``validation_accuracy``.

    Parameters
    ----------
    record : Record
        A run.

    Returns
    -------
    str or None
        The headline metric on the validation split; the training loss of a problem that has no
        such split; None for a run that diverged before its first evaluation.
    """
    return _first_present(record, f"validation_{record.headline}", "train_loss")


def reported_metric(record: Record) -> str | None:
    """Return the column that the leaderboard reports, e.g. ``test_accuracy``.

    Parameters
    ----------
    record : Record
        A run.

    Returns
    -------
    str or None
        The headline metric on the test split, else on the validation split, else the training
        loss; None for a run that diverged before its first evaluation.
    """
    h = record.headline
    return _first_present(record, f"test_{h}", f"validation_{h}", "train_loss")


def _first_present(record: Record, *columns: str) -> str | None:
    present = record.curve.keys() | record.final_whole.keys()
    return next((column for column in columns if column in present), None)


def final(record: Record, column: str) -> float | None:
    """Return a metric at the end of a run.

    Parameters
    ----------
    record : Record
        A run.
    column : str
        A column of its curve.

    Returns
    -------
    float or None
        None if the run did not finish, or has no such column.
    """
    if record.status is not Status.FINISHED:
        return None
    values = record.curve.get(column)
    return record.final_whole.get(column, values[-1] if values else None)


def initial(record: Record, column: str) -> float | None:
    """Return a metric before the first step, or None if the run has no such column.

    For a test metric that a command reports at its end alone, the validation metric stands.
    """
    beside = f"validation_{record.headline}" if column in record.final_whole else column
    values = record.curve.get(column, record.curve.get(beside))
    return values[0] if values else None


def best(record: Record, column: str) -> tuple[float, float] | None:
    """Return the best value of a metric over a run and the epoch that first reached it.

    Parameters
    ----------
    record : Record
        A run; one that did not finish has a best value too.
    column : str
        A column of its curve.

    Returns
    -------
    (value, epoch) or None
        None if the run has no such column.
    """
    values = record.curve.get(column)
    if not values:
        return None
    curve = np.array(values, dtype=float)
    i = int(np.argmax(curve) if higher_is_better(column) else np.argmin(curve))
    return float(curve[i]), float(np.array(record.curve["epoch"], dtype=float)[i])


def distance_to_optimum(record: Record) -> float | None:
    """Return the final training loss minus the least possible one, or None if it is not known."""
    loss = final(record, "train_loss")
    return None if loss is None or record.optimum is None else loss - record.optimum


def area_log_loss(record: Record) -> float | None:
    """Return the mean height of the training loss on a log scale over the run.

    Parameters
    ----------
    record : Record
        A run.

    Returns
    -------
    float or None
        ``1 / epochs * integral of log10(loss) d epoch`` by the trapezoidal rule; where the optimum
        is known, of ``log10(loss - optimum)``, cut at 1e-16 of its first value. None if the run
        did not finish, if it has one evaluation alone, or if the logarithm does not exist.
    """
    values = record.curve.get("train_loss", ())
    if len(values) < 2 or record.status is not Status.FINISHED:
        return None
    gap = np.array(values, dtype=float) - (record.optimum or 0.0)
    if record.optimum is not None:
        gap = np.maximum(gap, 1e-16 * gap[0])
    if gap.min() <= 0:
        return None
    epoch = np.array(record.curve["epoch"], dtype=float)
    heights = [math.log10(height) for height in gap]  # NumPy's last bit depends on its kernels
    return float(np.trapezoid(heights, epoch) / (epoch[-1] - epoch[0]))


@dataclass(frozen=True)
class TimeToTarget:
    """When a run first met its target.

    Attributes
    ----------
    reached : bool
        False: the run missed it, and the times are where it was censored.
    steps : int
        Steps taken at the first evaluation that met the target, or in all.
    epochs : float
        The same in epochs.
    gradient_evaluations : int
        Gradients evaluated until then; of a miss, in the whole budget.
    """

    reached: bool
    steps: int
    epochs: float
    gradient_evaluations: int


def time_to_target(record: Record, target: Mapping[str, Any]) -> TimeToTarget:
    """Return when a run first met a target, to the resolution of its evaluations.

    Parameters
    ----------
    record : Record
        A run.
    target : mapping
        ``metric``, a column of the curve, and ``value``.

    Returns
    -------
    TimeToTarget
        A run that missed the target is censored at the whole budget, wherever it ended: one that
        diverged early has not come closer to the target by it.

    Raises
    ------
    ValueError
        If the curve has no such column.
    """
    metric, value = str(target["metric"]), float(target["value"])
    if record.curve and metric not in record.curve:
        known = ", ".join(c for c in record.curve if c.startswith(SPLITS))
        raise ValueError(
            f"the target of {record.problem} must be one of {known}. Received: {metric!r}"
        )
    curve = np.array(record.curve.get(metric, []), dtype=float)
    met = np.flatnonzero(curve >= value if higher_is_better(metric) else curve <= value)
    if met.size == 0:
        budget = round(record.epochs * record.steps_per_epoch)
        a_step = max(1.0, record.gradient_evaluations / max(record.steps, 1))
        return TimeToTarget(False, budget, record.epochs, round(budget * a_step))
    i = int(met[0])
    step, epoch, gradients = (
        record.curve[column][i] for column in ("step", "epoch", "gradient_evaluations")
    )
    return TimeToTarget(True, int(step or 0), float(epoch or 0.0), int(gradients or 0))


@dataclass(frozen=True)
class RobustRange:
    """The learning rates around the best one that do nearly as well.

    Attributes
    ----------
    low, high : float
        The ends; between grid points, interpolated on the logarithm of the learning rate.
    decades : float
        ``log10(high / low)``.
    censored : bool
        Whether the range reaches an end of the grid, so that it may be wider than it seems.
    """

    low: float
    high: float
    decades: float
    censored: bool


def tolerance(metric: str, best_value: float) -> float:
    """Return how much worse than the best value still counts as nearly as good.

    Parameters
    ----------
    metric : str
        A metric that ends in ``loss``, ``error`` or ``distance`` is given 5 % of the best value's
        size, any other 0.005, half a point of an accuracy.
    best_value : float
        The best value.
    """
    return ACCURACY_TOLERANCE if higher_is_better(metric) else LOSS_TOLERANCE * abs(best_value)


def robust_range(
    learning_rates: Sequence[float], values: Sequence[float | None], metric: str
) -> RobustRange | None:
    """Return the range of learning rates, in one piece around the best, that do nearly as well.

    Parameters
    ----------
    learning_rates : sequence of float
        The grid, increasing.
    values : sequence of float or None
        The metric at each; None where a run diverged, which ends the range at its neighbour.
    metric : str
        Name of the metric.

    Returns
    -------
    RobustRange or None
        None if all diverged.
    """
    x = np.log10(np.array(learning_rates, dtype=float))
    sign = 1.0 if higher_is_better(metric) else -1.0
    y = np.array([math.nan if v is None else sign * v for v in values])
    if np.isnan(y).all():
        return None
    top = int(np.nanargmax(y))
    floor = float(y[top]) - tolerance(metric, float(y[top]))

    def edge(step: int) -> float:
        i = top
        while 0 <= i + step < len(x) and y[i + step] >= floor:
            i += step
        j = i + step
        if not 0 <= j < len(x) or math.isnan(y[j]):
            return float(x[i])
        share = (y[i] - floor) / (y[i] - y[j])
        return float(x[i] + share * (x[j] - x[i]))

    low, high = edge(-1), edge(+1)
    censored = bool(low <= x[0] or high >= x[-1])
    return RobustRange(10**low, 10**high, high - low, censored)


def expected_best(values: Sequence[float], metric: str) -> list[float]:
    """Return the expected best of k of the trials, for every k.

    The unbiased estimator of Tang et al. 2020: the mean of the best over all subsets of k trials,
    in closed form ``sum_i C(i - 1, k - 1) / C(n, k) v_(i)`` with the values in order from worst
    to best.

    Parameters
    ----------
    values : sequence of float
        One value a trial.
    metric : str
        Name of the metric; decides which is best.

    Returns
    -------
    list of float
        Entry k - 1 belongs to k trials.
    """
    worst_first = sorted(values, reverse=not higher_is_better(metric))
    n = len(worst_first)
    return [
        math.fsum(math.comb(i, k - 1) * v for i, v in enumerate(worst_first)) / math.comb(n, k)
        for k in range(1, n + 1)
    ]
