"""Our ``quadratic_deep`` against the runs published with DeepOBS: published, ours, difference."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean, stdev
from typing import NamedTuple

import pandas as pd

from descent.analysis.tables.study_tables import rows_of
from descent.foundation.seeding import generator
from descent.optimizers.base import Optimizer
from descent.optimizers.rules.adam import Adam
from descent.optimizers.rules.momentum import Momentum
from descent.optimizers.rules.sgd import SGD
from descent.problems.quadratic_deep import BATCH_ORDERS, QuadraticDeep
from descent.training.loop import train

SEEDS = range(10)
EPOCHS = 100

#: Test loss before the first step, as published with DeepOBS.
PUBLISHED_INITIAL = 353.4467642648


class Published(NamedTuple):
    """A published result: final test loss over ten seeds, and the rule that gave it."""

    rule: Callable[[], Optimizer]
    setting: str
    mean: float
    deviation: float


#: The published runs, by optimizer (Schneider, Balles, Hennig 2019).
PUBLISHED = {
    "sgd": Published(lambda: SGD(1.585e-2), "learning rate 0.01585", 87.397, 0.169),
    "momentum": Published(
        lambda: Momentum(2.512e-3, momentum=0.99),
        "learning rate 0.002512, momentum 0.99",
        87.045,
        0.025,
    ),
    "adam": Published(lambda: Adam(3.981e-2), "learning rate 0.03981", 87.112, 0.024),
}


def initial_test_loss() -> float:
    """Return the test loss at the start; every seed starts at the same point."""
    problem = QuadraticDeep("quadratic_deep")
    theta = problem.init(generator(problem.name, 0, "initial_parameters"))
    return problem.evaluate(theta, "test")["loss"]


def final_test_losses(optimizer: str, batch_order: str) -> list[float]:
    """Return the test losses after 100 epochs, one for each of ten seeds.

    Parameters
    ----------
    optimizer : {"sgd", "momentum", "adam"}
        A key of ``PUBLISHED``.
    batch_order : {"fixed", "reshuffled"}
        See :class:`~descent.problems.quadratic_deep.QuadraticDeep`.
    """
    problem = QuadraticDeep("quadratic_deep", batch_order=batch_order)
    losses = []
    for seed in SEEDS:
        rule = PUBLISHED[optimizer].rule()
        _, _, theta = train(
            problem, rule, seed=seed, epochs=EPOCHS, evaluations_per_epoch=1 / EPOCHS
        )
        losses.append(problem.evaluate(theta, "test")["loss"])
    return losses


def compare() -> pd.DataFrame:
    """Return the table: the initial loss, then every published run under both batch orders.

    Returns
    -------
    DataFrame
        Optimizer, setting and batch order (``fixed``, as in the published runs, or ``reshuffled``
        in every epoch); mean and standard deviation of the test loss over ten seeds, as published
        and of our runs; our mean less the published one, in percent of the latter.
    """
    start = initial_test_loss()
    rows = [("", "before the first step", "", PUBLISHED_INITIAL, 0.0, start, 0.0)]
    for batch_order in reversed(BATCH_ORDERS):
        for name, (_, setting, mean, deviation) in PUBLISHED.items():
            losses = final_test_losses(name, batch_order)
            ours = fmean(losses), stdev(losses)
            rows.append((name, setting, batch_order, mean, deviation, *ours))
    columns = (
        *("optimizer", "setting", "batch_order", "published", "published_deviation"),
        *("ours", "our_deviation"),
    )
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(difference_percent=100.0 * (table["ours"] / table["published"] - 1.0))


def markdown(table: pd.DataFrame) -> str:
    """Return the table for a page."""
    lines = [
        "| optimizer | setting | batch order | published | ours | difference |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    for row in rows_of(table):
        shown = [
            f"{row[mean]:.3f} ± {row[sd]:.3f}" if row["optimizer"] else f"{row[mean]:.10f}"
            for mean, sd in (("published", "published_deviation"), ("ours", "our_deviation"))
        ]
        cells = [row["optimizer"], row["setting"], row["batch_order"], *shown]
        lines.append(f"| {' | '.join(cells)} | {row['difference_percent']:+z.2f} % |")
    return "\n".join(lines) + "\n"
