"""The training job of a problem that is a command: a script in any language.

``python -m descent.training.command_job`` is called as :mod:`descent.training.job` and leaves the
same files. It runs the command without a shell, reads its metrics as they come, and writes what
else it prints into the log: the first megabyte at once, and at the end the last lines.

A metric that is not finite, and a reached time limit, end the command and are results. An exit code
other than 0, or no line with the metric that the study compares, is an error.

The command has a process group of its own, and all that is left of it is killed with the job,
however that ends: another process waits for it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, Self

from descent.foundation.command_template import filled, values_of, with_hyperparameters
from descent.foundation.suggestions import listed
from descent.training.job import RunFailedError, end_with_main_process, main, peak_memory
from descent.training.machine import host
from descent.training.records import Costs, Record, Status

#: Bytes of the beginning and of the end of a command's output that its log keeps.
FIRST_BYTES, LAST_BYTES = 2**20, 2**16
#: A longer line, in bytes, has no metrics.
LONGEST_LINE = 2**16
#: Seconds between two looks at the file of metrics.
POLL_SECONDS = 0.5
#: Evaluations of a run: more are no curve that anybody draws.
MOST_EVALUATIONS = 100_000
#: The names of metrics; ``loss`` is that of the mini-batches.
METRIC = re.compile(r"(train|validation|test)_\w+|loss")
#: How a split may be called instead.
OTHER_NAME = re.compile(r"^(val|valid|dev)_")
#: What Python and the libraries for GPUs say when memory runs out.
NO_MEMORY = re.compile(rb"MemoryError|OutOfMemory|out of memory", re.IGNORECASE)
#: Ends a process group, whose number is its argument, unless it reads a line first.
GUARD = 'read -r ended || kill -KILL "-$0"'


class Report:
    """What a command reports: metrics by step.

    Parameters
    ----------
    metric : str
        What the study compares: ``test_loss``.
    steps : int
        Length of the run, also the step of a line that names none.

    Attributes
    ----------
    diverged : bool
        Whether a metric was not finite.
    latest : dict of str to float
        The last value of each metric.
    """

    def __init__(self, metric: str, steps: int) -> None:
        self._metric, self._steps = metric, steps
        self._rows: dict[int, dict[str, float]] = {}
        self.diverged = False
        self.latest: dict[str, float] = {}

    def take(self, line: bytes) -> None:
        """Take a line of output; what is not a JSON object with metrics is nothing.

        Raises
        ------
        RunFailedError
            If its step is not one of the run's.
        """
        line = line.rpartition(b"\r")[2].strip()  # a progress bar may stand before it
        if self.diverged or not (line.startswith(b"{") and line.endswith(b"}")):
            return
        try:
            found = json.loads(line, parse_int=float)
        except (ValueError, RecursionError):
            return
        named = {OTHER_NAME.sub("validation_", name): value for name, value in found.items()}
        values = {
            name: value
            for name, value in named.items()
            if METRIC.fullmatch(name) and isinstance(value, float)
        }
        if not values:
            return
        step = found.get("step", self._steps)
        if not (isinstance(step, float | int) and step % 1 == 0 and 0 <= step <= self._steps):
            raise RunFailedError(
                f"a step must be a whole number from 0 to {self._steps}, the entry's `steps`. "
                f"Received: {step!r}"
            )
        if all(map(math.isfinite, values.values())):
            self._rows.setdefault(int(step), {}).update(values)
            self.latest.update(values)
            if len(self._rows) > MOST_EVALUATIONS:
                raise RunFailedError(f"metrics may stand at {MOST_EVALUATIONS:,} steps at most")
        else:
            self.diverged = True

    @property
    def last_step(self) -> int:
        """The last step with a metric; 0 if there is none."""
        return max(self._rows, default=0)

    @property
    def selection(self) -> str:
        """The metric by which tuning chooses."""
        return f"validation_{self._metric.partition('_')[2]}"

    def curve(self, *, for_tuning: bool) -> dict[str, list[float | None]]:
        """Return the columns of a record's curve: a row for each value that tuning looks at.

        A metric that is missing in one of these rows is left out, and so are those on the test
        split from a run for tuning.
        """
        steps = [step for step, row in sorted(self._rows.items()) if self.selection in row]
        rows = [self._rows[step] for step in steps]
        if not rows:
            return {}
        columns = [
            name
            for name in dict.fromkeys(chain.from_iterable(rows))
            if name != "loss" and all(name in row for row in rows)
            if not (for_tuning and name.startswith("test_"))
        ]
        return {
            "step": list(steps),
            "epoch": [float(step) for step in steps],
            "gradient_evaluations": list(steps),
            "mini_batch_loss": [row.get("loss") for row in rows],
            **{name: [row[name] for row in rows] for name in sorted(columns)},
        }


def run_command(
    job: dict[str, Any], _files: dict[str, Path], identity: str, time_limit: float
) -> tuple[Record, Costs]:
    """Run the command of a job to its end and return its record and its costs.

    Parameters
    ----------
    job : dict
        What :func:`descent.training.identity.complete_job` returns.
    identity : str
        The identity of the job.
    time_limit : float
        Seconds; 0 is no limit.

    Raises
    ------
    RunFailedError
        If the command fails or does not report what it must.
    """
    problem, settings = job["problem"], job["problem"]["settings"]
    entry = with_hyperparameters(job["optimizer"]["entry"], job["hyperparameters"])
    metric, steps = settings["metric"], round(problem["epochs"])
    report = Report(metric, steps)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "metrics.jsonl")
        of_run = {"seed": job["seed"], "output": str(output), "folder": folder}
        words = filled(settings["run"], values_of(settings, entry, steps=steps, **of_run))
        status = _follow(words, report, output, time_limit)
    seconds = time.monotonic() - began
    if status is Status.FINISHED:
        for name, why in ((metric, "compares"), (report.selection, "chooses settings by")):
            if name not in report.latest:
                raise RunFailedError(
                    f"the command ended without a line that has {name}, which the study {why}. "
                    f"Received: {listed(report.latest)}"
                )
    else:
        report.latest[metric] = math.nan
    in_the_end = {
        name: value if math.isfinite(value) else None
        for name, value in report.latest.items()
        if name.startswith("test_") and not job["for_tuning"]
    }
    record = Record(
        problem=problem["name"],
        optimizer=job["optimizer"]["name"],
        candidate=job["candidate"],
        seed=job["seed"],
        hyperparameters={key: value for key, value in entry.items() if key != "use"},
        epochs=problem["epochs"],
        steps_per_epoch=1,
        parameters=0,
        fingerprint=hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest(),
        identity=identity,
        headline=metric.partition("_")[2],
        optimum=None,
        status=status,
        steps=steps if status is Status.FINISHED else report.last_step,
        gradient_evaluations=steps if status is Status.FINISHED else report.last_step,
        curve=report.curve(for_tuning=job["for_tuning"]),
        final_whole=in_the_end,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return record, Costs(
        training_seconds=seconds,
        cpu_seconds=used.ru_utime + used.ru_stime,
        peak_memory_bytes=peak_memory(resource.RUSAGE_CHILDREN),
        machine=host(),
    )


def _follow(words: list[str], report: Report, output: Path, time_limit: float) -> Status:
    """Run a command, read what it reports, and return how it ended."""
    deadline = time.monotonic() + (time_limit or math.inf)
    log = _Log()
    with log, _started(words) as process, selectors.DefaultSelector() as selector:
        assert process.stdout is not None
        assert process.stderr is not None
        printed, written = _Lines(report.take), _Lines(report.take)
        selector.register(process.stdout, selectors.EVENT_READ, printed)
        selector.register(process.stderr, selectors.EVENT_READ, None)
        position, ended = 0, False
        while not ended:
            left = deadline - time.monotonic()
            if left <= 0:
                return Status.TIMEOUT
            ready = selector.select(min(POLL_SECONDS, left)) if selector.get_map() else []
            for key, _ in ready:
                chunk = os.read(key.fd, 2**16)
                log.write(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.data:
                    key.data.feed(chunk)
            if not (selector.get_map() or ready):
                time.sleep(min(POLL_SECONDS, left) / 10)
            # a process that it has left behind may keep the pipes open
            ended = process.poll() is not None and not ready
            position += written.feed_file(output, position)
            if report.diverged:
                return Status.DIVERGED
        for lines in (printed, written):
            lines.feed(b"\n")
    if report.diverged:
        return Status.DIVERGED
    _check_exit_code(process.returncode, log.end)
    return Status.FINISHED


@contextmanager
def _started(words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command in a process group of its own, which is killed when the block or we end."""
    try:
        process = subprocess.Popen(  # noqa: S603 - words of the user's config, and no shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise RunFailedError(f"{words[0]} cannot be run: {error.strerror}") from error
    guard = subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", GUARD, str(process.pid)], stdin=subprocess.PIPE, start_new_session=True
    )
    assert guard.stdin is not None
    try:
        yield process
    finally:
        with suppress(ProcessLookupError, PermissionError):  # nothing of it is left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        guard.communicate(b"ended\n")


def _environment() -> dict[str, str]:
    """Return the environment of a command, in which Python's lines come when they are printed."""
    # a script imports from its own folder
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    return kept | {"PYTHONUNBUFFERED": "1"}


def _check_exit_code(code: int, end: bytes) -> None:
    """Raise an error for an exit code other than 0, with what it is likely to mean."""
    if code == 0:
        return
    code = code if code > 0 else 128 - code  # as a shell gives the number of a signal
    if code == 128 + signal.SIGKILL:
        why = ": it was killed, as the system does when memory runs out. See `mem_mb` of the entry"
    elif NO_MEMORY.search(end):
        why = ": it ran out of memory"
    else:
        why = ""
    raise RunFailedError(f"the command ended with exit code {code}{why}.")


class _Lines:
    """Cuts bytes into lines, for a function that takes one."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        *lines, rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take(line)
        self._rest = rest[-LONGEST_LINE:]

    def feed_file(self, path: Path, position: int) -> int:
        """Feed what a file has behind a position, and return how many bytes."""
        if not path.is_file():
            return 0
        fed = 0
        with path.open("rb") as file:
            file.seek(position)
            while chunk := file.read(2**16):
                self.feed(chunk)
                fed += len(chunk)
        return fed


class _Log:
    """Standard output: the beginning of what is written, and at the end of the block its end."""

    def __init__(self) -> None:
        self._written = self._left_out = 0
        self.end = b""

    def write(self, chunk: bytes) -> None:
        first = chunk[: max(0, FIRST_BYTES - self._written)]
        sys.stdout.buffer.write(first)
        sys.stdout.buffer.flush()
        self._written += len(first)
        self._left_out += len(chunk) - len(first)
        self.end = (self.end + chunk)[-LAST_BYTES:]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        ended = b"" if self.end.endswith(b"\n") or not self.end else b"\n"
        if self._left_out > LAST_BYTES:
            sys.stdout.buffer.write(b"\n[%d bytes are left out]\n" % (self._left_out - LAST_BYTES))
        sys.stdout.buffer.write(self.end[-self._left_out :] * bool(self._left_out) + ended)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    end_with_main_process()
    sys.exit(main(train=run_command))
