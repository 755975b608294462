"""The training job: one process, one run. That of a command is :mod:`.command_job`.

``python -m descent.training.job`` trains one run and writes its record and its costs, and a copy of
each beside it (``.kept``). The engine removes the outputs of a job before it starts and when it, or
the group it belongs to, has failed. The next job of the same identity puts the copies back, since
training again would give the same bytes. Divergence and a reached time limit are results, with exit
code 0.

BLAS and NumPy read the number of threads and the kernels to use from the environment when NumPy is
imported. Both decide the last bits of a sum, so they are set to what the study says before NumPy is
imported, whatever the engine or a shell has set. Only the functions that train import NumPy and
what needs it: a job that keeps its record does not load them.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeAlias

from descent.foundation.atomic_files import write_atomically
from descent.foundation.command_line import command_parser
from descent.training.identity import complete_job, identity_of
from descent.training.records import Costs, Record, Status, read_record, write_costs, write_record

if TYPE_CHECKING:
    from descent.optimizers.base import Optimizer
    from descent.problems.base import Problem

#: Environment variable with the number of the process that runs the workflow.
MAIN_PROCESS = "DESCENT_MAIN_PROCESS"
#: Seconds between two checks that the process that started this one is alive.
PARENT_CHECK_SECONDS = 0.25
#: Where the libraries behind NumPy look for their number of threads.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
#: What makes OpenBLAS and NumPy run the kernels of every x86-64 processor since 2013 (AVX2),
#: whatever newer instructions this one has: the same bits on all of them.
PORTABLE_KERNELS = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
#: Bytes of a log: a plug-in that prints without end while it is loaded or trains fails there
#: before it fills the disk.
LARGEST_FILE = 64 * 2**20
#: Bytes that are kept of such a log.
SHORTENED_LOG = 64 * 2**10


#: Trains the run of a job, of the files that it reads, its identity and a limit in seconds.
Train: TypeAlias = "Callable[[dict[str, Any], dict[str, Path], str, float], tuple[Record, Costs]]"


class RunFailedError(Exception):
    """A run that leaves no record; the message gives the reason."""


def main(arguments: list[str] | None = None, train: Train | None = None) -> int:
    """Train one run.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; by default the process's own.
    train : callable, optional
        What trains it; by default our training loop.

    Returns
    -------
    int
        Exit code: 0 for a record of any status; 1 for an error, with a message on standard error.
    """
    parser = command_parser("descent.training.job", __doc__)
    parser.add_argument("--job", required=True, type=json.loads, help="what to train, as JSON")
    parser.add_argument("--dataset", type=Path, help="manifest of the prepared dataset")
    parser.add_argument("--optimum", type=Path, help="JSON file with the least training loss")
    parser.add_argument("--choice", type=Path, help="JSON file with tuned hyper-parameters")
    parser.add_argument("--record", required=True, type=Path, help="where the record goes")
    parser.add_argument("--costs", required=True, type=Path, help="where times and machine go")
    parser.add_argument("--time-limit", type=float, default=0.0, help="seconds; 0 is no limit")
    options = parser.parse_args(arguments)
    for name in ("record", "costs"):  # a rule may change the working directory
        setattr(options, name, getattr(options, name).absolute())
    files = {
        name: path
        for name in ("dataset", "optimum", "choice")
        if (path := getattr(options, name)) is not None
    }
    job = complete_job(options.job, files)
    identity = identity_of(job)
    outputs = (options.costs, options.record)
    if _is_current(_copy_of(options.record), _copy_of(options.costs), identity):
        for path in outputs:
            write_atomically(path, _copy_of(path).read_bytes())
        print(f"kept: {options.record} is up to date")
        return 0
    os.environ |= dict.fromkeys(THREADS, str(job["threads"])) | kernel_environment(job["kernels"])
    try:
        record, costs = (train or _train)(job, files, identity, options.time_limit)
    except RunFailedError as error:
        sys.stdout.flush()  # the reason is the last line of the log
        print(error, file=sys.stderr)
        return 1
    write_costs(options.costs, costs)
    write_record(options.record, record)
    for path in outputs:
        _copy_of(path).write_bytes(path.read_bytes())
    print(f"{record.status}: {record.steps} steps in {costs.training_seconds:.3g} s")
    return 0


def kernel_environment(kernels: str) -> dict[str, str]:
    """Return the environment variables of the kernels of a study; see ``kernels`` of a config."""
    is_x86 = os.uname().machine in {"x86_64", "amd64"}
    return PORTABLE_KERNELS if kernels == "portable" and is_x86 else {}


def load(job: dict[str, Any], files: dict[str, Path]) -> tuple[Problem, Optimizer]:
    """Load the problem and the optimizer of a job.

    Parameters
    ----------
    job : dict
        What :func:`descent.training.identity.complete_job` returns.
    files : dict of str to Path
        ``dataset``: the manifest of the prepared dataset, for a problem that has one.

    Raises
    ------
    ValueError
        If the problem or the optimizer cannot be loaded; the message gives the reason.
    """
    from descent.optimizers.loading import load_optimizer, with_settings  # noqa: PLC0415
    from descent.problems.loading import load_problem  # noqa: PLC0415

    folder = files["dataset"].parent if "dataset" in files else None
    problem = load_problem(job["problem"]["name"], job["problem"]["settings"], folder)
    entry = with_settings(job["optimizer"]["entry"], job["hyperparameters"])
    return problem, load_optimizer(entry, folder=Path.cwd())


def _train(
    job: dict[str, Any], files: dict[str, Path], identity: str, time_limit: float
) -> tuple[Record, Costs]:
    """Load the problem and the optimizer of a job and train the run."""
    try:
        with _limited_files():
            try:
                problem, optimizer = load(job, files)
            except ValueError as error:
                raise RunFailedError(str(error)) from error
            with _not_ended():
                return _train_loaded(problem, optimizer, job, identity, time_limit)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        _shorten_log()
        limit = LARGEST_FILE >> 20
        raise RunFailedError(
            f"The run wrote more than {limit} MiB into its log and was stopped."
        ) from error


def _train_loaded(
    problem: Problem,
    optimizer: Optimizer,
    job: dict[str, Any],
    identity: str,
    time_limit: float,
) -> tuple[Record, Costs]:
    from descent.training.loop import TimeLimitReached, train  # noqa: PLC0415
    from descent.training.machine import machine  # noqa: PLC0415

    reached: list[int] = []

    def raise_time_limit(signum: int, _frame: FrameType | None) -> None:
        reached.append(signum)
        raise TimeLimitReached

    signal.signal(signal.SIGALRM, raise_time_limit)
    signal.setitimer(signal.ITIMER_REAL, time_limit)
    record, costs, _ = train(
        problem,
        optimizer,
        seed=job["seed"],
        epochs=job["problem"]["epochs"],
        evaluations_per_epoch=job["problem"]["evaluations_per_epoch"],
        for_tuning=job["for_tuning"],
        optimizer_name=job["optimizer"]["name"],
        candidate=job["candidate"],
        identity=identity,
    )
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    taken = signal.getsignal(signal.SIGALRM) is not raise_time_limit
    if taken or (reached and record.status is not Status.TIMEOUT):
        raise RunFailedError("The rule or the problem took SIGALRM, by which the time is limited.")
    in_training = costs.training_seconds + costs.evaluation_seconds
    costs.startup_seconds = time.thread_time() - in_training
    costs.cpu_seconds = time.process_time()
    costs.peak_memory_bytes = peak_memory(resource.RUSAGE_SELF)
    costs.machine = machine()
    return record, costs


def _copy_of(path: Path) -> Path:
    return path.with_suffix(".kept")


def _is_current(record: Path, costs: Path, identity: str) -> bool:
    """Return whether a complete record of this identity exists that did not time out."""
    if not (record.is_file() and costs.is_file()):
        return False
    try:
        found = read_record(record)
        json.loads(costs.read_text(encoding="utf-8"))  # whole, too
    except ValueError as error:
        print(f"made again: {error}")
        return False
    return found.identity == identity and found.status is not Status.TIMEOUT


@contextmanager
def _not_ended() -> Iterator[None]:
    """Let a rule or a problem in the block not end the process as if all were done."""

    def refuse(code: object = None) -> None:
        raise RunFailedError(f"The rule or the problem ended the process, with exit code {code}.")

    ends = os._exit
    os._exit = refuse  # type: ignore[assignment]
    try:
        yield
    except SystemExit as error:
        refuse(error.code)
    finally:
        os._exit = ends


@contextmanager
def _limited_files() -> Iterator[None]:
    """Let this process write no file larger than ``LARGEST_FILE`` in the block."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


def _shorten_log() -> None:
    """Truncate standard output, if it is a file, and continue writing at its end."""
    try:
        os.ftruncate(sys.stdout.fileno(), SHORTENED_LOG)
        os.lseek(sys.stdout.fileno(), 0, os.SEEK_END)
    except OSError:  # a terminal or a pipe has no length
        return
    print()


def peak_memory(whose: int) -> int:
    """Return the largest resident set, in bytes, of the process or of its children."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(whose).ru_maxrss


def end_with_main_process() -> None:
    """End this process when the one that started it has ended, or had ended before this one ran.

    After a workflow is killed, no job may go on and later overwrite the results of the next one.
    """
    parent = os.getppid()
    try:
        os.kill(int(os.environ.get(MAIN_PROCESS, parent)), 0)
    except ProcessLookupError:
        sys.exit("The run that this job belongs to has ended.")

    end = os._exit  # which training replaces

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        end(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    end_with_main_process()
    sys.exit(main())
