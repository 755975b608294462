"""Runs trained again, beside their records."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from descent.study.plan import Run, Study
from descent.study.status import State, state_of
from descent.training.records import Record, read_costs, read_record

#: What makes two machines of one kind: the same bits come from the same sums in the same order.
KIND = ("processor", "system", "numpy", "scipy", "blas")


@dataclass(frozen=True)
class Comparison:
    """One run beside itself trained again.

    Attributes
    ----------
    run : Run
        Which.
    same_bytes, same_kind : bool
        Whether the record has the same bytes; whether this machine is of the kind that made it.
    difference : float
        Largest relative difference between two values of the curves; infinite if the runs ended
        otherwise or their curves are of other lengths.
    record : Record
        The new record.
    """

    run: Run
    same_bytes: bool
    same_kind: bool
    difference: float
    record: Record

    def holds(self, tolerance: float) -> bool:
        """Return whether the difference is one that machines of two kinds may make."""
        return self.same_bytes or (not self.same_kind and self.difference <= tolerance)


def sample(study: Study, count: int, seed: int) -> list[Run]:
    """Return runs to train again: the problems take turns, so that each is among them.

    Parameters
    ----------
    study : Study
        The study; runs that ended at the time limit are left out.
    count : int
        How many; all if there are fewer.
    seed : int
        Another seed gives another sample.
    """
    chooser = random.Random(seed)
    by_problem: dict[str, list[Run]] = {}
    for run in dict.fromkeys(study.runs()):
        if state_of(study, run) in (State.DONE, State.DIVERGED):
            by_problem.setdefault(run.problem, []).append(run)
    queues = [chooser.sample(runs, len(runs)) for runs in by_problem.values()]
    in_turn = [
        run
        for turn in range(max(map(len, queues), default=0))
        for q in queues
        for run in q[turn : turn + 1]
    ]
    return in_turn[:count]


def compare(study: Study, run: Run) -> Comparison:
    """Train a run again, in a process of its own as it was, and compare.

    Parameters
    ----------
    study : Study
        The study.
    run : Run
        One of its finished runs.

    Raises
    ------
    RuntimeError
        If the run fails; the message has the last line of what it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        record, costs = Path(folder, "record.json"), Path(folder, "costs.json")
        files = [
            word for name, path in study.files_of(run).items() for word in (f"--{name}", str(path))
        ]
        job = ["--job", json.dumps(study.job(run)), *files]
        ended = subprocess.run(  # noqa: S603 - this package's own job
            [
                sys.executable,
                "-m",
                "descent.training.job",
                *job,
                "--record",
                record,
                "--costs",
                costs,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            said = ended.stderr.strip().rpartition("\n")[2]
            raise RuntimeError(f"{'/'.join(map(str, run))} cannot be trained again: {said}")
        before, after = study.record(run), read_record(record)
        return Comparison(
            run,
            study.record_path(run).read_bytes() == record.read_bytes(),
            kind_of_machine(read_costs(study.costs_path(run)).machine)
            == kind_of_machine(read_costs(costs).machine),
            difference(before, after),
            after,
        )


def kind_of_machine(machine: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return what decides the bits of a sum on a machine; equal for two machines of one kind."""
    return tuple(machine.get(name) for name in KIND)


def difference(a: Record, b: Record) -> float:
    """Return the largest relative difference between the curves of two records.

    Parameters
    ----------
    a, b : Record
        Two records of one run.

    Returns
    -------
    float
        0 if they are equal; infinite if the runs ended otherwise, or at another step.
    """
    if (a.status, a.steps, a.curve.keys()) != (b.status, b.steps, b.curve.keys()):
        return math.inf
    pairs = [
        pair for column in a.curve for pair in zip(a.curve[column], b.curve[column], strict=False)
    ]
    lengths = all(len(a.curve[column]) == len(b.curve[column]) for column in a.curve)
    return max((relative_difference(x, y) for x, y in pairs), default=0.0) if lengths else math.inf


def relative_difference(x: float | None, y: float | None) -> float:
    """Return the difference of two values over the larger; infinite if only one is missing."""
    if x is None or y is None:
        return 0.0 if x is y else math.inf
    largest = max(abs(x), abs(y))
    return abs(x - y) / largest if largest else 0.0
