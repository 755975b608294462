"""What a run shows: one live line instead of the engine's thousands, and each failure once.

The engine's own output goes to its log in ``.snakemake/log``. Its options ``--verbose``,
``--printshellcmds``, ``--quiet`` and ``--logger`` bring it back to the terminal as it is.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from engine.progress import Kind, Progress, duration

#: Seconds between two drawings of the live line, and between two lines where there is no terminal.
REDRAW, REPEAT = 0.5, 20.0
#: Who stops a run with Ctrl-C stops its jobs with it: they have not failed.
STOPPED_WITH_IT = 2.0
#: What is shown of a failed job's log.
LAST_LINES, LAST_BYTES, LONGEST_LINE = 6, 8192, 200
#: Failures of one cause are told by one of them; so many causes are told.
CAUSES = 8

#: What the engine says on every start, whatever is asked of it.
_EVERY_TIME = ("Assuming unrestricted shared filesystem", "Building DAG of jobs")
#: Warnings that only repeat that a job failed.
_OF_A_FAILURE = (
    "Restored previous version of",
    "Cannot restore",
    "Removing output files of",
    "Exiting because a job execution failed",
)
_AT_THE_END = "At least one job did not complete successfully"
#: What the operating system says of a full disk or quota, and of files that are not to be written.
_CANNOT_WRITE = re.compile(r"\[Errno (13|28|30|122)\] [^\n]*")
#: With less room than this a job that failed had none.
LEAST_ROOM = 2**20
#: What each of the engine's reasons to run a job means.
_REASONS = {
    "Missing output files": "not made yet",
    "Incomplete output files": "cut off",
    "Params have changed since last execution": "code or settings changed",
    "Code has changed since last execution": "its rule changed",
    "Set of input files has changed since last execution": "other inputs",
    "Updated input files": "its inputs changed",
    "Input files updated by another job": "",
    "Forced execution": "forced",
}


#: What the engine adds to a record of its log: the fields of the event.
Fields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """What is kept of a job that the engine has announced."""

    kind: Kind
    wildcards: Mapping[str, str]
    outputs: Sequence[str]
    logs: Sequence[str]

    @classmethod
    def of(cls, record: logging.LogRecord) -> Job:
        """Return the job of an event that has its fields."""
        fields = vars(record)
        return cls(
            kind_of(fields["rule_name"], fields.get("wildcards") or {}),
            dict(fields.get("wildcards") or {}),
            [_plain(path) for path in fields["output"]],
            [_plain(path) for path in fields["log"]],
        )

    def __str__(self) -> str:
        return " ".join([self.kind.rule, *map(str, self.wildcards.values())])


@dataclass(frozen=True)
class Rerun:
    """The command that makes one file again, and nothing that is there already.

    Parameters
    ----------
    config_files : sequence of Path
        As the running command names them; empty for the default.
    settings : sequence of str
        ``key=value`` pairs of its ``--config``.
    """

    config_files: Sequence[Path] = ()
    settings: Sequence[str] = ()

    def command(self, target: str) -> str:
        """Return the command, quoted for a shell."""
        words = ["snakemake", "--cores", "1", target]
        if self.config_files:
            words += ["--configfile", *map(_from_here, self.config_files)]
        if self.settings:
            words += ["--config", *self.settings]
        return shlex.join(words)


def kind_of(rule: str, wildcards: Mapping[str, Any]) -> Kind:
    """Return the kind of a job from its rule and its wildcards."""
    return Kind(rule, wildcards.get("problem", ""), wildcards.get("optimizer", ""))


class Console(logging.Handler):
    """Takes the engine's events, and shows a line.

    Parameters
    ----------
    stream : text stream
        Where to; a live line if it is a terminal, a line every twenty seconds if not.
    progress : Progress
        Counts.
    planned : callable
        The kinds of all jobs that are to run, once the engine knows them.
    rerun : Rerun
        The command that a failure is shown with.
    others : sequence of int
        Other live runs in this folder.
    dry_run : bool
        Whether jobs are only announced.
    announced : callable
        Kind and reason of all jobs that a dry run announces, once the engine knows them; none if
        the engine tells of each itself.
    """

    def __init__(
        self,
        stream: TextIO,
        progress: Progress,
        planned: Callable[[], Iterable[Kind]],
        rerun: Rerun,
        others: Sequence[int] = (),
        dry_run: bool = False,
        announced: Callable[[], Iterable[tuple[Kind, str]]] = tuple,
    ) -> None:
        super().__init__()
        self._stream = stream
        self._terminal = stream.isatty()
        self._progress = progress
        self._planned = planned
        self._rerun = rerun
        self._others = others
        self._dry_run = dry_run
        self._to_announce = announced
        self._jobs: dict[int, Job] = {}
        self._failed: dict[int, tuple[Job, float]] = {}
        self._notices: list[tuple[str, float]] = []
        self._announced: Counter[Kind] = Counter()
        self._reasons: dict[Kind, Counter[str]] = {}
        self._exceptions: list[str] = []
        self._unwritable = ""
        self._started = False
        self._stopped = False
        self._drawn = ""
        self._end = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one event of the engine; called by :mod:`logging` with the handler's lock held."""
        try:
            self._take(record)
        except BrokenPipeError:
            raise
        except Exception:  # noqa: BLE001 - as every handler of `logging`: output never stops a run
            self.handleError(record)

    def _take(self, record: logging.LogRecord) -> None:
        event = str(getattr(record, "event", None) or "message")
        take = getattr(self, f"_on_{event}", None)
        if take is not None:
            take(record, vars(record))

    def _on_workflow_started(self, _record: logging.LogRecord, _fields: Fields) -> None:
        self._started = True

    def _on_resources_info(self, _record: logging.LogRecord, fields: Fields) -> None:
        self._progress.cores = fields.get("cores") or self._progress.cores

    def _on_run_info(self, _record: logging.LogRecord, _fields: Fields) -> None:
        self._plan()

    def _on_job_info(self, record: logging.LogRecord, fields: Fields) -> None:
        self._begin(fields["jobid"], Job.of(record), str(fields.get("reason", "")))

    def _on_job_finished(self, _record: logging.LogRecord, fields: Fields) -> None:
        self._finish(fields["job_id"])

    def _on_job_error(self, record: logging.LogRecord, fields: Fields) -> None:
        self._fail(fields["jobid"], Job.of(record))

    def _on_error(self, record: logging.LogRecord, fields: Fields) -> None:
        if fields.get("exception") == "RuleException":
            # The event of the failed job follows; without one it is shown at the end.
            self._exceptions.append(record.getMessage())
        else:
            self._error(fields.get("exception", ""), record.getMessage())

    def _plan(self) -> None:
        """Take note of all jobs that are to run, which the engine knows by now."""
        if self._dry_run:
            for kind, reason in self._to_announce():
                self._announce(kind, reason)
        elif not self._ticker.is_alive():
            self._progress.plan(self._planned())
            self._ticker.start()

    def _begin(self, number: int, job: Job, reason: str) -> None:
        self._jobs[number] = job
        self._failed.pop(number, None)
        if not self._dry_run:
            self._progress.start(number, job.kind)
            return
        if job.outputs:  # without them it is a target, no work
            self._announce(job.kind, reason)

    def _announce(self, kind: Kind, reason: str) -> None:
        self._announced[kind] += 1
        reasons = self._reasons.setdefault(kind._replace(optimizer=""), Counter())
        for part in reason.split("; "):
            said = part.partition(":")[0].strip()
            reasons[_REASONS.get(said, said.lower())] += 1

    def _finish(self, number: int) -> None:
        self._progress.finish(number)
        job = self._jobs.pop(number, None)
        if job is not None and job.kind.rule == "train":
            status = _status(job.outputs[0])
            self._progress.diverged += status == "diverged"
            self._progress.timed_out += status == "timeout"

    def _fail(self, number: int, job: Job) -> None:
        job = self._jobs.pop(number, job)
        self._progress.fail(number)
        self._exceptions.clear()
        if self._stopped:
            return
        now = self._progress.clock()
        if self._cause(job) not in {self._cause(other) for other, _ in self._failed.values()}:
            notice = f"failed: {job} (more of it at the end; the other jobs go on)"
            self._notices.append((notice, now))
        self._failed[number] = (job, now)

    def _cannot_write(self, why: str) -> None:
        """Say once that the disk is full, or that files may not be written."""
        if not self._unwritable:
            self._unwritable = why.partition("] ")[2].partition(": ")[0]
            self._print(
                f"Files cannot be written here: {self._unwritable}. What is finished is kept; "
                "when this is mended, the same command continues."
            )

    def engine_log_failed(self, _record: logging.LogRecord) -> None:
        """Take the place of a traceback for each line that the engine's own log cannot hold."""
        error = sys.exc_info()[1]
        with self.lock or threading.RLock():
            self._cannot_write(f"[Errno] {getattr(error, 'strerror', None) or error}")

    @staticmethod
    def _cause(job: Job) -> tuple[str, str]:
        return job.kind.rule, job.kind.optimizer

    def _stop(self, text: str) -> None:
        """Note that the run was told to stop; jobs that ended just now were stopped with it."""
        if self._stopped:
            return
        self._stopped = True
        self._print(text)
        recently = self._progress.clock() - STOPPED_WITH_IT
        self._failed = {n: (job, at) for n, (job, at) in self._failed.items() if at < recently}
        self._notices.clear()

    def _error(self, exception: str, message: str) -> None:
        if exception == "LockException" and self._others:
            self._print(
                f"Another run (process {', '.join(map(str, self._others))}) is at work on these "
                "files. A second one can look (--dry-run) but not run: wait for it, or stop it."
            )
        elif exception == "KeyboardInterrupt":
            self._stop("Stopping.")
        elif cannot := _CANNOT_WRITE.search(message):
            self._cannot_write(cannot[0])
        elif not (exception == "WorkflowError" and _AT_THE_END in message):
            self._print(message)

    def _on_message(self, record: logging.LogRecord, _fields: Fields) -> None:
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            if not message.startswith(_OF_A_FAILURE):
                self._print(message)
        elif message.startswith("Will exit after finishing"):
            self._stop("Stopping: no further job is started, those that run are finished.")
        elif message.startswith("Terminating processes on user request"):
            self._stop("Stopping: waiting for the jobs that run.")
        elif message.startswith("Nothing to be done") or not (
            self._started or message.startswith(_EVERY_TIME)
        ):
            self._print(message)

    def close(self) -> None:
        """Take the live line away and say how the run ended, failures last."""
        with self.lock or threading.RLock():
            if self._end.is_set():
                return
            self._end.set()
            self._draw("")
            for message in [] if self._stopped else self._exceptions:
                self._print(message)
            if self._dry_run:
                self._show_plan()
            else:
                self._show_end()
            self.flush()
        super().close()

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def _show_end(self) -> None:
        p = self._progress
        if self._stopped:
            kept = f" {p.done} jobs are done and kept." if p.done else ""
            self._print(f"Stopped.{kept} The same command continues.")
        elif p.done and not p.failed:
            notes = [f"{p.diverged} runs diverged"] if p.diverged else []
            notes += [f"{p.timed_out} runs reached the time limit"] if p.timed_out else []
            done = "1 job" if p.done == 1 else f"{p.done} jobs"
            self._print(", ".join([f"{done} done in {duration(p.elapsed())}", *notes]) + ".")
        if not self._failed:
            return
        self._print(f"\n{len(self._failed)} of {p.total} jobs failed; {p.done} are done and kept.")
        causes: dict[tuple[str, ...], list[Job]] = {}
        for job, _ in self._failed.values():
            causes.setdefault((job.kind.rule, job.kind.optimizer, *last_lines(job)), []).append(job)
        for jobs in list(causes.values())[:CAUSES]:
            self._show_failure(jobs[0], others=len(jobs) - 1)
        if len(causes) > CAUSES:
            self._print(f"\nand {len(causes) - CAUSES} more of other causes, in their logs.")
        self._print("")
        if any(_room(job) < LEAST_ROOM for job, _ in self._failed.values()):
            self._cannot_write("[Errno] No space left on device")
        elif not self._unwritable:
            self._print("The same command tries the failed jobs again and goes on.")

    def _show_failure(self, job: Job, others: int) -> None:
        also = f" (and {others} more like it)" if others else ""
        self._print(f"\n{job}{also}")
        self._print("  log    " + (", ".join(job.logs) or "none"))
        for line in last_lines(job):
            self._print(f"       | {line}")
        if job.outputs:
            self._print("  again  " + self._rerun.command(job.outputs[0]))

    def _show_plan(self) -> None:
        """Show how many jobs of each kind would run, why, and about how long they take."""
        total = self._announced.total()
        if not total:
            return
        self._progress.plan(self._announced.elements())
        left = duration(self._progress.seconds_left())
        cores = self._progress.cores
        on = "one core" if cores == 1 else f"{cores} cores"
        jobs = "1 job" if total == 1 else f"{total} jobs"
        guessed = sum(
            count
            for kind, count in self._announced.items()
            if kind.rule == "train" and not self._progress.is_known(kind)
        )
        guess = f" (a guess for {guessed} of them, new problems)" if guessed else ""
        self._print(f"{jobs} would run, about {left} on {on}{guess}:")
        rows: dict[Kind, tuple[int, float]] = {}
        for kind, count in self._announced.items():
            key = kind._replace(optimizer="")
            number, seconds = rows.get(key, (0, 0.0))
            rows[key] = (number + count, seconds + count * self._progress.expected(kind))
        width = max(len(f"{kind.rule} {kind.problem}") for kind in rows)
        for kind, (number, seconds) in rows.items():
            reasons = self._reasons[kind]
            why = ", ".join(
                f"{said} ({count})" if count < number else said
                for said, count in reasons.most_common()
                if said
            )
            line = f"  {f'{kind.rule} {kind.problem}':<{width}}  {number:>5}"
            self._print(f"{line}  {duration(seconds):>10}  {why}".rstrip())

    def _tick(self) -> None:
        shown = self._progress.clock()
        while not self._end.wait(REDRAW):
            with self.lock or threading.RLock():
                if self._end.is_set():
                    return
                now = self._progress.clock()
                while self._notices and self._notices[0][1] < now - STOPPED_WITH_IT:
                    self._print(self._notices.pop(0)[0])
                if self._terminal or now - shown >= REPEAT:
                    shown = now
                    self._draw(self._progress.line())

    def _draw(self, line: str) -> None:
        """Show the live line, in place of the one before where there is a terminal."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._drawn = line[:width]
            self._stream.write(f"\r\033[K{self._drawn}")
        elif line:
            self._stream.write(line + "\n")
        self.flush()

    def _print(self, text: str) -> None:
        """Show text that stays, above the live line."""
        drawn = self._drawn
        if self._terminal:
            self._stream.write("\r\033[K")
        self._stream.write(text + "\n")
        if self._terminal and drawn:
            self._stream.write(drawn)
        self.flush()


def take_console(
    logger: logging.Logger, make: Callable[[TextIO], Console], settings: Any
) -> Console | None:
    """Put a console in the place of the engine's own.

    Parameters
    ----------
    logger : Logger
        The engine's.
    make : callable
        From a stream to the console.
    settings : object
        The engine's output settings.

    Returns
    -------
    Console or None
        None if the user has asked for the engine's own output, or for another logger's.
    """
    if settings.verbose or settings.printshellcmds or settings.debug_dag or settings.quiet:
        return None
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            console = make(sys.stdout if settings.stdout else sys.stderr)
            logger.removeHandler(handler)
            logger.addHandler(console)
            for other in logger.handlers:
                if isinstance(other, logging.FileHandler):
                    other.handleError = console.engine_log_failed  # type: ignore[method-assign, assignment]
            return console
    return None


def last_lines(job: Job) -> list[str]:
    """Return the last lines of a job's logs, what is not printable replaced."""
    lines: list[str] = []
    for path in map(Path, job.logs):
        if path.is_file():
            with path.open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - LAST_BYTES))
                text = file.read().decode(errors="replace")
            lines += [
                "".join(c if c.isprintable() else " " for c in line)[:LONGEST_LINE]
                for line in text.splitlines()
                if line.strip()
            ][-LAST_LINES:]
    return lines


def _room(job: Job) -> int:
    """Return how many bytes are free where a job writes."""
    for path in map(Path, job.outputs):
        folder = next(parent for parent in path.absolute().parents if parent.is_dir())
        return shutil.disk_usage(folder).free
    return LEAST_ROOM


def _status(path: str) -> str:
    """Return the status in a record; empty if it cannot be read."""
    try:
        return str(json.loads(Path(path).read_text(encoding="utf-8")).get("status", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _from_here(path: Path) -> str:
    """Return a path as a person would type it here."""
    here = Path.cwd()
    path = Path(path)
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _plain(path: str) -> str:
    """Return a path without the remarks that the engine adds: ``file (update)``."""
    return path.partition(" (")[0]
