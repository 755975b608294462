"""What a run shows: one live line instead of thousands, and each failure once.

Snakemake's own output goes to its log in ``.snakemake/log``. Its options ``--verbose``,
``--printshellcmds``, ``--debug-dag`` and ``--quiet`` bring it back to the terminal as it is.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import threading
from collections.abc import Mapping
from typing import Any, TypeAlias

from snakemake_interface_logger_plugins.base import LogHandlerBase

from snakemake_logger_plugin_descent import command
from snakemake_logger_plugin_descent.job import Job
from snakemake_logger_plugin_descent.progress import EVALUATION, Plan, Progress, duration
from snakemake_logger_plugin_descent.screen import Screen

# Sentences of Snakemake for which it has no event; a test fails when it words one differently.
#: Said at every start.
CHATTER = ("Assuming unrestricted shared filesystem", "Building DAG of jobs")
#: Warnings that repeat that a job failed.
OF_A_FAILURE = ("Removing output files of",)
AT_THE_END = ("At least one job did not complete", "Exiting because a job execution failed")
NOTHING_TO_DO = "Nothing to be done"
#: Said when a run is told to stop.
STOPPING = ("Will exit after finishing", "Terminating processes on user request")

#: Errors of the operating system for a full disk or quota, and for files that may not be written.
CANNOT_WRITE = re.compile(r"\[Errno (?:13|28|30|122)\] ([^:\n]*)")
#: If less space is free than this, in bytes, a failed job had none.
LEAST_SPACE = 2**20
#: Ctrl-C stops the jobs too: those that ended in so many seconds before it have not failed.
STOPPED_WITH_IT = 2.0

#: What Snakemake adds to a record of its log: the fields of the event.
Fields: TypeAlias = Mapping[str, Any]


class LogHandler(LogHandlerBase):
    """Takes Snakemake's events and the workflow's event ``study``, and shows a line.

    The field ``study`` of that event tells what Snakemake does not know: ``seconds(problem,
    optimizer)`` of a training; ``missing()``, the trainings without a record; ``added(problem,
    seeds)``, those that may follow a look; ``notes()`` for a dry run; and
    ``summary(up_to_date)``, the answer of a finished study.
    """

    writes_to_stream = True
    writes_to_file = False
    # Snakemake's own filter and format serve those who ask for its output as it is.
    has_filter = False
    has_formatter = False
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """Make what the events change."""
        settings = self.common_settings
        self._stream = sys.stdout if settings.stdout else sys.stderr
        asked = (settings.verbose, settings.printshellcmds, settings.debug_dag, settings.quiet)
        self._verbatim = any(asked)
        self._screen = Screen(self._stream)
        self._progress = Progress(cores=command.cores(sys.argv[1:]), processors=os.cpu_count())
        self._began = self._progress.clock()
        self._plan = Plan(self._progress)
        self._study: Any = None
        self._jobs: dict[int, Job] = {}
        self._failed: dict[int, tuple[Job, float]] = {}
        self._dates: dict[int, list[int]] = {}
        self._of_failed_groups: set[int] = set()
        self._exceptions: list[str] = []
        self._started = self._stopped = self._unwritable = self._closed = False
        self._up_to_date = False
        # On a full disk each line for Snakemake's log would be a traceback on the terminal.
        logging.raiseExceptions = self._verbatim

    def emit(self, record: logging.LogRecord) -> None:
        """Take one event; never raise, as every handler of :mod:`logging`."""
        try:
            if self._verbatim:
                self._stream.write(self.format(record) + "\n")
            elif take := getattr(self, f"_on_{getattr(record, 'event', None) or 'message'}", None):
                take(record.getMessage(), vars(record))
        except BrokenPipeError:  # nobody reads on
            return
        except Exception as error:  # noqa: BLE001 - a display must not stop a run
            self._screen.show(f"The progress display failed: {error!r}")

    def _on_study(self, _message: str, fields: Fields) -> None:
        self._study = fields["study"]
        self._progress.earlier = self._study.seconds

    def _on_workflow_started(self, _message: str, _fields: Fields) -> None:
        self._started = True

    def _on_resources_info(self, _message: str, fields: Fields) -> None:
        # A cluster has no cores that Snakemake knows, but takes so many submissions at a time.
        if nodes := fields.get("nodes"):
            self._progress.cores, self._progress.processors = nodes, None
        else:
            self._progress.cores = fields.get("cores") or self._progress.cores

    def _on_run_info(self, _message: str, fields: Fields) -> None:
        if not self.common_settings.dryrun:
            jobs = {rule: count for rule, count in fields["stats"].items() if rule != "total"}
            self._progress.plan(jobs, self._study.missing() if self._study else ())

    def _on_job_info(self, _message: str, fields: Fields) -> None:
        number, job = fields["jobid"], Job.of(fields)
        if not self.common_settings.dryrun:
            self._jobs[number], self._dates[number] = job, job.dates()
            self._failed.pop(number, None)
            self._progress.start(number, job.kind)
            self._screen.draw(self._progress.line())
        elif job.outputs:  # without them it is a target, no work
            self._plan.add(job.kind, str(fields["reason"]))
            look = fields["wildcards"].get("look", "") if _is_look(job) else ""
            if look.isdigit():  # a look at so many seeds, not one at grids
                self._plan.look(job.kind.problem, int(look))

    def _on_job_finished(self, _message: str, fields: Fields) -> None:
        self._finish(fields["job_id"])

    def _finish(self, number: int) -> None:
        """Note that a job has ended well."""
        self._progress.finish(number)
        job = self._jobs.pop(number)
        if _is_look(job):
            trains = job.kind.rule.removesuffix("look") + EVALUATION
            self._progress.grow(trains, self._study.missing())
        self._progress.statuses[job.status()] += 1
        self._screen.draw(self._progress.line())

    def _on_group_error(self, _message: str, fields: Fields) -> None:
        self._of_failed_groups |= {info["jobid"] for info in fields["job_error_info"]}

    def _on_job_error(self, _message: str, fields: Fields) -> None:
        number = fields["jobid"]
        self._exceptions.clear()
        if self._has_finished_in_failed_group(number):
            self._finish(number)
        elif not self._stopped:
            self._progress.fail(number)
            self._failed[number] = (self._jobs[number], self._progress.clock())
            self._screen.draw(self._progress.line())

    def _has_finished_in_failed_group(self, number: int) -> bool:
        """Return whether a job has written every output since it was submitted.

        Snakemake says of all jobs of a failed group that they failed.
        """
        if number not in self._of_failed_groups:
            return False
        self._of_failed_groups.remove(number)
        now = self._jobs[number].dates()
        return all(
            date not in (0, then) for date, then in zip(now, self._dates[number], strict=True)
        )

    def _on_error(self, message: str, fields: Fields) -> None:
        if fields["exception"] == "RuleException":
            # The event of the failed job follows; without one it is shown at the end.
            self._exceptions.append(message)
        elif fields["exception"] == "KeyboardInterrupt":
            self._stop()
        elif fields["exception"] == "RecursionError" and "ConfigSettings" in message:
            self._screen.show("The config cannot be read: an anchor of its YAML holds itself.")
        elif cannot := CANNOT_WRITE.search(message):
            self._cannot_write(cannot[1])
        else:
            self._on_message(message, fields)

    def _on_message(self, message: str, fields: Fields) -> None:
        if message.startswith(STOPPING):
            self._stop()
        elif fields["levelno"] >= logging.WARNING:
            shown = not message.startswith(OF_A_FAILURE)
            if shown and not any(sentence in message for sentence in AT_THE_END):
                self._screen.show(message)
        elif message.startswith(NOTHING_TO_DO):
            self._up_to_date = True
            self._screen.show(message)
        elif not (self._started or message.startswith(CHATTER)):
            self._screen.show(message)

    def _stop(self) -> None:
        """Note that the run was told to stop; jobs that ended just now were stopped with it."""
        if not self._stopped:
            self._stopped = True
            self._screen.show("Stopping: no further job is started.")
            since = self._progress.clock() - STOPPED_WITH_IT
            self._failed = {n: (job, at) for n, (job, at) in self._failed.items() if at < since}

    def _cannot_write(self, why: str) -> None:
        """Say once that the disk is full, or that files may not be written."""
        if not self._unwritable:
            self._unwritable = True
            self._screen.show(
                f"Files cannot be written here: {why}. What is finished is kept; "
                "when this is mended, the same command continues."
            )

    def close(self) -> None:
        """Take the live line away and say how the run ended, failures last."""
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):  # of the job rate, see the profile
                thread.cancel()
        if not (self._verbatim or self._closed):
            self._closed = True
            self._screen.draw("")
            for text in filter(None, self._ending()):
                self._screen.show(text)
            if self._failed and shutil.disk_usage(".").free < LEAST_SPACE:
                self._cannot_write("No space left on device")
        super().close()

    def _ending(self) -> list[str]:
        """Return what is said at the end; parts may be empty."""
        study = self._study
        if self.common_settings.dryrun:
            more = [self._plan.growth(study.added), *study.notes()] if study else []
            return [*self._exceptions, self._plan.table(), *more]
        if self._stopped or self._failed:
            return [*self._exceptions * (not self._stopped), self._summary(), *self._failures()]
        answer = study.summary(up_to_date=self._up_to_date) if study else ""
        return [*self._exceptions, self._summary(), answer]

    def _summary(self) -> str:
        p = self._progress
        if self._stopped:
            return f"Stopped, {len(p.done)} jobs done and kept. The same command continues."
        if self._failed:
            return (
                f"\n{len(self._failed)} of {p.total} jobs failed; {len(p.done)} are done and kept. "
                "The same command tries the failed jobs again and goes on."
            )
        notes = {"diverged": "diverged", "timeout": "reached the time limit"}
        told = [f", {n} runs {notes[name]}" for name, n in p.statuses.items() if name in notes]
        took = duration(p.clock() - self._began)
        return f"{len(p.done)} jobs done in {took}{''.join(told)}." if p.done else ""

    def _failures(self) -> list[str]:
        """Return a paragraph for each cause, with the end of a log and the command to repeat it."""
        causes: dict[tuple[str, ...], list[Job]] = {}
        for job, _ in self._failed.values():
            cause = (job.kind.rule, job.kind.optimizer, *job.last_lines())
            causes.setdefault(cause, []).append(job)
        return [
            "\n".join(
                [
                    f"\n{job.name}" + (f" (and {len(others)} more like it)" if others else ""),
                    f"  log    {', '.join(job.logs) or 'none'}",
                    *(f"       | {line}" for line in job.last_lines()),
                    *(f"  again  {command.rerun(sys.argv[1:], file)}" for file in job.outputs[:1]),
                ]
            )
            for job, *others in causes.values()
        ]


def _is_look(job: Job) -> bool:
    """Return whether a job may add trainings; a workflow that uses this one renames its rules."""
    return job.kind.rule.endswith("look")
