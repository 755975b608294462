"""Our ``quadratic_deep`` against the published runs: published, ours, difference.

``python -m descent.analysis.published_results --output STEM`` writes ``STEM.csv`` and ``STEM.md``.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean, stdev

from descent.foundation.atomic_files import replaced_whole
from descent.foundation.command_line import command_parser
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


@dataclass(frozen=True)
class Published:
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


@dataclass(frozen=True)
class Row:
    """One line of the table; losses are test losses of ``quadratic_deep``.

    Attributes
    ----------
    optimizer, setting : str
        What was run; empty for the loss before the first step.
    batch_order : str
        ``fixed``, as in the published runs, or ``reshuffled`` in every epoch.
    published, published_deviation : float
        Mean and standard deviation over ten seeds.
    ours, our_deviation : float
        The same of our runs.
    difference_percent : float
        Ours less published, in percent of published.
    """

    optimizer: str
    setting: str
    batch_order: str
    published: float
    published_deviation: float
    ours: float
    our_deviation: float
    difference_percent: float


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


def compare() -> list[Row]:
    """Return the table: the initial loss, then every published run under both batch orders."""
    start = initial_test_loss()
    rows = [_row("", "before the first step", "", PUBLISHED_INITIAL, 0.0, [start, start])]
    for batch_order in reversed(BATCH_ORDERS):
        for name, published in PUBLISHED.items():
            losses = final_test_losses(name, batch_order)
            rows.append(
                _row(
                    name,
                    published.setting,
                    batch_order,
                    published.mean,
                    published.deviation,
                    losses,
                )
            )
    return rows


def _row(
    optimizer: str,
    setting: str,
    batch_order: str,
    published: float,
    deviation: float,
    losses: list[float],
) -> Row:
    ours = fmean(losses)
    difference = 100.0 * (ours / published - 1.0)
    return Row(
        optimizer, setting, batch_order, published, deviation, ours, stdev(losses), difference
    )


def write_csv(rows: list[Row], path: Path) -> None:
    """Write the table with every digit."""
    columns = [field.name for field in fields(Row)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([getattr(row, column) for column in columns] for row in rows)


def write_markdown(rows: list[Row], path: Path) -> None:
    """Write the table for a page."""
    lines = [
        "| optimizer | setting | batch order | published | ours | difference |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    for row in rows:
        if row.optimizer:
            published = f"{row.published:.3f} ± {row.published_deviation:.3f}"
            ours = f"{row.ours:.3f} ± {row.our_deviation:.3f}"
        else:
            published, ours = f"{row.published:.10f}", f"{row.ours:.10f}"
        cells = [row.optimizer, row.setting, row.batch_order, published, ours]
        lines.append(f"| {' | '.join(cells)} | {row.difference_percent:+z.2f} % |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Write the table as CSV and Markdown."""
    parser = command_parser("descent.analysis.published_results", __doc__)
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    stem: Path = parser.parse_args().output
    rows = compare()
    for suffix, write in ((".csv", write_csv), (".md", write_markdown)):
        path = stem.parent / (stem.name + suffix)
        with replaced_whole(path) as temporary:
            write(rows, temporary)


if __name__ == "__main__":
    main()
