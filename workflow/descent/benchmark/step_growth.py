"""The time of a step as the network or the mini-batch grows."""

from __future__ import annotations

from descent.benchmark.ours import epoch_of
from descent.benchmark.rows import OURS, Row, rows_of
from descent.benchmark.setting import Setting
from descent.benchmark.timing import alternate

RULE = "rmsprop"


def measure(setting: Setting) -> list[Row]:
    """Measure a step of the perceptron at several widths, and at several mini-batches."""
    rows: list[Row] = []
    wider = [setting.load(hidden=[units]) for units in setting.size.growth_units]
    larger = {count: setting.load(mini_batch=count) for count in setting.size.growth_mini_batches}
    for case, problems in (
        ("parameters", {problem.size: problem for problem in wider}),
        ("mini-batch", larger),
    ):
        epochs = {str(size): epoch_of(problem, RULE) for size, problem in problems.items()}
        seconds = alternate(epochs, min(3, setting.size.rounds))
        for size, problem in problems.items():
            rows += rows_of(
                "step_growth",
                case,
                {OURS: seconds[str(size)]},
                scale=1e6 / problem.steps_per_epoch,
                unit="us per step",
                size=size,
            )
    return rows
