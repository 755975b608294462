"""Training runs again, and comparing them with their records."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

from descent.study.plan import Run, Study
from descent.study.status import State, state_of
from descent.training.records import Record, read_costs, read_record

#: Facts that are equal for machines with bit-identical results.
KIND = ("processor", "system", "numpy", "scipy", "blas")
#: The version of SciPy in costs of earlier versions, where the run had not imported it.
NOT_USED = "not used"


class Comparison(NamedTuple):
    """A run compared with the same run trained again.

    Attributes
    ----------
    run : Run
        The run.
    same_bytes, same_kind : bool
        Whether the record has the same bytes; whether this machine is of the kind that made it.
    difference : float
        Largest relative difference between two values of the curves; infinite if the runs ended
        differently or their curves have different lengths.
    """

    run: Run
    same_bytes: bool
    same_kind: bool
    difference: float

    def is_within(self, tolerance: float) -> bool:
        """Return whether the difference is within what machines of different kinds may cause."""
        return self.same_bytes or (not self.same_kind and self.difference <= tolerance)


def sample(study: Study, count: int, seed: int) -> list[Run]:
    """Return runs to train again, from each problem in turn.

    Parameters
    ----------
    study : Study
        The study. Whatever record is there may be chosen, also one that is not what the plan gives,
        but none of a run that ended at the time limit.
    count : int
        Number of runs; all if there are fewer.
    seed : int
        Seed of the sample.
    """
    chooser = random.Random(seed)
    by_problem: dict[str, list[Run]] = {}
    for run in dict.fromkeys(study.runs()):
        if state_of(study, run) in (State.DONE, State.DIVERGED, State.STALE):
            by_problem.setdefault(run.problem, []).append(run)
    queues = [chooser.sample(runs, len(runs)) for runs in by_problem.values()]
    in_turn = (run for turn in zip_longest(*queues) for run in turn if run is not None)
    return list(islice(in_turn, count))


def compare(study: Study, run: Run) -> Comparison:
    """Train a run again, in a separate process, and compare.

    Parameters
    ----------
    study : Study
        The study.
    run : Run
        One of its finished runs.

    Raises
    ------
    RuntimeError
        If the run fails; the message has the last line of its standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        record, costs = Path(folder, "record.json"), Path(folder, "costs.json")
        command = [sys.executable, "-m", study.trains_with(run.problem)]
        command += ["--job", json.dumps(study.job(run))]
        files = study.files_of(run) | {"record": record, "costs": costs}
        command += [word for name, path in files.items() for word in (f"--{name}", str(path))]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if ended.returncode:
            reason = ended.stderr.strip().rpartition("\n")[2]
            raise RuntimeError(f"{'/'.join(map(str, run))} cannot be trained again: {reason}")
        return Comparison(
            run,
            study.record_path(run).read_bytes() == record.read_bytes(),
            same_kind(read_costs(study.costs_path(run)).machine, read_costs(costs).machine),
            difference(study.record(run), read_record(record)),
        )


def same_kind(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether the facts of ``KIND`` are equal, as far as both have used what they name.

    The number of BLAS threads is a setting of a run, and none of the machine.
    """
    facts = (
        [kind.get(name, "unknown").partition(" threads=")[0] for kind in (one, other)]
        for name in KIND
    )
    return all(a == b or NOT_USED in (a, b) for a, b in facts)


def difference(a: Record, b: Record) -> float:
    """Return the largest relative difference between the curves of two records.

    Parameters
    ----------
    a, b : Record
        Two records of one run.

    Returns
    -------
    float
        0 if they are equal; infinite if the runs ended differently or at different steps.
    """
    if (a.status, a.steps, a.curve.keys()) != (b.status, b.steps, b.curve.keys()):
        return math.inf
    pairs = [pair for column in a.curve for pair in zip_longest(a.curve[column], b.curve[column])]
    return max((relative_difference(x, y) for x, y in pairs), default=0.0)


def relative_difference(x: float | None, y: float | None) -> float:
    """Return the difference of two values over the larger; infinite if only one is missing."""
    if x is None or y is None:
        return 0.0 if x is y else math.inf
    largest = max(abs(x), abs(y))
    return abs(x - y) / largest if largest else 0.0
