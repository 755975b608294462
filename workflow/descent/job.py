"""The training job: one process, one run.

``python -m descent.job`` trains what its arguments say and leaves a record and its costs. A record
that stands already and has the same identity is kept as it is: a rerun that would give the same
bytes costs nothing. Divergence and the time limit are results, with exit code 0.

BLAS reads its number of threads from the environment when NumPy is imported; whoever starts the job
sets it (Snakemake does, to the threads of the rule).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from descent.machine import machine
from descent.optimizers.base import Optimizer
from descent.optimizers.entrants import load_optimizer
from descent.problems import Problem, load_problem
from descent.records import Status, read_record, write_costs, write_record
from descent.training import TimeLimitReached, train

#: A plug-in that prints without end fills its log up to this and fails; it does not fill the disk.
LARGEST_FILE = 256 * 2**20


def main(arguments: list[str] | None = None) -> int:
    """Train one run as the command line says.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; by default the process's own.

    Returns
    -------
    int
        Exit code: 0 for a record, whatever its status; 1 for an error, said on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m descent.job", description=__doc__)
    parser.add_argument("--job", required=True, type=json.loads, help="what to train, as JSON")
    parser.add_argument("--dataset", type=Path, help="manifest of the prepared dataset")
    parser.add_argument("--optimum", type=Path, help="JSON file with the least training loss")
    parser.add_argument("--choice", type=Path, help="JSON file with tuned hyper-parameters")
    parser.add_argument("--record", required=True, type=Path, help="where the record goes")
    parser.add_argument("--costs", required=True, type=Path, help="where times and machine go")
    parser.add_argument("--time-limit", type=float, default=0.0, help="seconds; 0 is no limit")
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    _limit_file_size()
    job = options.job
    try:
        problem, optimizer = load(job, options)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    identity = _identity(job, problem.fingerprint)
    if _stands(options.record, options.costs, identity):
        print(f"kept: {options.record} is the record of this very run")
        return 0
    _ring_after(options.time_limit)
    record, costs, _ = train(
        problem,
        optimizer,
        seed=job["seed"],
        epochs=job["problem"]["epochs"],
        evaluations_per_epoch=job["problem"]["evaluations_per_epoch"],
        optimizer_name=job["optimizer"]["name"],
        candidate=job["candidate"],
        identity=identity,
    )
    _ring_after(0.0)
    in_training = costs.training_seconds + costs.evaluation_seconds
    costs.startup_seconds = time.perf_counter() - began - in_training
    costs.cpu_seconds = time.process_time()
    costs.peak_memory_bytes = _peak_memory()
    costs.machine = machine()
    write_costs(options.costs, costs)
    write_record(options.record, record)
    return 0


def load(job: dict[str, Any], options: argparse.Namespace) -> tuple[Problem, Optimizer]:
    """Load what a job trains; fill in what the job leaves to files.

    Parameters
    ----------
    job : dict
        ``problem`` (name, settings, epochs, evaluations_per_epoch), ``optimizer`` (name, entry),
        ``candidate``, ``hyperparameters``, ``seed`` and ``source`` (digest of the code). The tuned
        hyper-parameters and the optimum are written into it.
    options : argparse.Namespace
        The paths of :func:`main`.

    Raises
    ------
    ValueError
        If the problem or the optimizer cannot be loaded; the message says why.
    """
    settings = job["problem"]["settings"]
    if options.choice:
        job["hyperparameters"] = _read(options.choice)["hyperparameters"]
    if options.optimum:
        settings["optimum"] = _read(options.optimum)["optimum"]
    folder = options.dataset.parent if options.dataset else None
    problem = load_problem(job["problem"]["name"], settings, folder)
    entry = {**job["optimizer"]["entry"], **job["hyperparameters"]}
    return problem, load_optimizer(entry, folder=Path.cwd())


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _identity(job: dict[str, Any], fingerprint: str) -> str:
    """Return the digest of everything that decides a record."""
    content = json.dumps([job, fingerprint], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _stands(record: Path, costs: Path, identity: str) -> bool:
    """Return whether the record of this very run is there, whole, and need not be made again."""
    if not (record.is_file() and costs.is_file()):
        return False
    try:
        found = read_record(record)
    except ValueError as error:
        print(f"made again: {error}")
        return False
    return found.identity == identity and found.status is not Status.TIMEOUT


def _ring_after(seconds: float) -> None:
    """Raise TimeLimitReached into the training after so many seconds; 0 stops the timer."""

    def ring(_signum: int, _frame: FrameType | None) -> None:
        raise TimeLimitReached

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_file_size() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))


def _peak_memory() -> int:
    """Return the process's largest resident set in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
