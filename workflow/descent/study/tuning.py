"""Choose the setting of an optimizer by the validation metric of its runs on the tuning seeds.

The test split is never read. Run as
``python -m descent.study.tuning --runs FOLDER --candidates JSON --seeds JSON --output FILE``,
where the folder is that of one problem and optimizer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from descent.foundation.atomic_files import write_json
from descent.foundation.command_line import command_parser
from descent.study.measures import final, higher_is_better, selection_metric
from descent.training.records import Record, Status, read_record

#: The overrides of a candidate: hyper-parameter to value.
Overrides = Mapping[str, Any]


def choose(
    candidates: Mapping[str, Overrides], records: Mapping[str, Sequence[Record]]
) -> dict[str, Any]:
    """Choose among the candidates of one optimizer on one problem.

    Parameters
    ----------
    candidates : mapping of str to mapping
        The hyper-parameters that each candidate sets.
    records : mapping of str to sequence of Record
        The runs of each candidate, one a tuning seed, the same seeds for all.

    Returns
    -------
    dict
        Of JSON types: ``candidate`` and its ``hyperparameters``; ``metric``, the column it
        was chosen by; ``on_edge``, whether it is an end of a grid of learning rates; ``seeds``;
        and for each of ``candidates`` its ``mean``, its ``values`` by seed and how many of its
        runs ``diverged``, a timeout included. A missing value is None.

    Raises
    ------
    ValueError
        If there are no candidates, or if their runs are not on the same seeds.

    Notes
    -----
    A candidate with a run that did not finish ranks behind all that have none. Then decide, in
    this order: the mean of the metric over the seeds, the mean validation loss, the smaller
    learning rate, the candidate's place in the study.
    """
    if not candidates:
        raise ValueError("there must be at least one candidate to choose from. Received: none")
    seeds = {name: [record.seed for record in records[name]] for name in candidates}
    first = next(iter(seeds.values()))
    for name, of_this in seeds.items():
        if of_this != first or not first:
            raise ValueError(
                f"every candidate must have run on the same tuning seeds. "
                f"Received: {name} on {of_this}, {next(iter(seeds))} on {first}"
            )
    every = [record for name in candidates for record in records[name]]
    metric = next((m for m in map(selection_metric, every) if m is not None), "train_loss")
    loss = "validation_loss" if metric.startswith("validation_") else "train_loss"
    sign = -1.0 if higher_is_better(metric) else 1.0

    summary: dict[str, dict[str, Any]] = {}
    order: dict[str, tuple[float, ...]] = {}
    for place, name in enumerate(candidates):
        runs = records[name]
        failed = sum(record.status is not Status.FINISHED for record in runs)
        values = {str(record.seed): final(record, metric) for record in runs}
        mean = _mean(values.values())
        mean_loss = _mean(final(record, loss) for record in runs)
        summary[name] = {"mean": mean, "values": values, "diverged": failed}
        order[name] = (
            failed,
            math.inf if mean is None else sign * mean,
            math.inf if mean_loss is None else mean_loss,
            float(candidates[name].get("learning_rate", math.inf)),
            place,
        )
    winner = min(order, key=order.__getitem__)
    return {
        "candidate": winner,
        "hyperparameters": dict(candidates[winner]),
        "on_edge": on_edge(winner, candidates),
        "metric": metric,
        "candidates": summary,
        "seeds": first,
    }


def on_edge(chosen: str, candidates: Mapping[str, Overrides]) -> bool:
    """Return whether a candidate is an end of the grid, so that a better one may be outside it.

    Parameters
    ----------
    chosen : str
        Name of the candidate.
    candidates : mapping of str to mapping
        All of them. Random trials have no grid and no edge.
    """
    if not all(name.startswith("lr-") for name in candidates) or len(candidates) == 1:
        return False
    grid = [overrides["learning_rate"] for overrides in candidates.values()]
    return candidates[chosen]["learning_rate"] in (min(grid), max(grid))


def _mean(values: Any) -> float | None:
    present = [value for value in values if value is not None]
    return math.fsum(present) / len(present) if present else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the runs, choose, write the choice."""
    parser = command_parser("descent.study.tuning", __doc__)
    parser.add_argument(
        "--runs", type=Path, required=True, help="folder of one problem and optimizer"
    )
    parser.add_argument(
        "--candidates",
        type=json.loads,
        required=True,
        help='JSON: {"lr-0.001": {"learning_rate": 0.001}, ...}',
    )
    parser.add_argument("--seeds", type=json.loads, required=True, help="JSON: [0, 1, 2]")
    parser.add_argument("--output", type=Path, required=True, help="JSON file of the choice")
    given = parser.parse_args(arguments)
    records = {
        name: [read_record(given.runs / name / f"seed-{seed}.json") for seed in given.seeds]
        for name in given.candidates
    }
    write_json(given.output, choose(given.candidates, records))


if __name__ == "__main__":
    main()
