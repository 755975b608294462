"""What the main process of a run does before anything else, jobs' own processes excepted."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from snakemake.settings.enums import Quietness

from engine.console import Console, Rerun, kind_of, take_console
from engine.live_lock import claim_folder
from engine.progress import Kind, Progress


def begin(workflow: Any, results: Path, seconds: Callable[[str, str], float | None]) -> None:
    """Claim the folder for a run, and show its progress.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        The workflow that is being read.
    results : Path
        The study's folder.
    seconds : callable
        From a problem and an optimizer to the seconds that a training took in earlier runs.
    """
    if not workflow.is_main_process:
        return
    settings = workflow.output_settings
    others = _claim(results, settings.dryrun)

    def earlier(kind: Kind) -> float | None:
        return seconds(kind.problem, kind.optimizer) if kind.rule == "train" else None

    def planned() -> list[Kind]:
        return [_kind(job) for job in workflow.dag.needrun_jobs()]

    def announced() -> list[tuple[Kind, str]]:
        jobs = (job for job in workflow.dag.needrun_jobs() if job.output)
        return [(_kind(job), str(workflow.dag.reason(job))) for job in jobs]

    def make(stream: TextIO) -> Console:
        progress = Progress(earlier, cores=workflow.resource_settings.cores or 1)
        config = workflow.config_settings
        rerun = Rerun(config.configfiles, config.config_args or ())
        return Console(stream, progress, planned, rerun, others, settings.dryrun, announced)

    console = take_console(logging.getLogger("snakemake.logging"), make, settings)
    if console is not None and settings.dryrun:
        # The console counts the plan itself: to put every job into words takes as long again.
        settings.quiet = {Quietness.RULES, Quietness.PROGRESS}


def _claim(results: Path, dry_run: bool) -> list[int]:
    try:
        return claim_folder(Path(".snakemake"), results)
    except OSError as error:
        if dry_run:  # it has nothing to write
            return []
        sys.exit(error.strerror)


def _kind(job: Any) -> Kind:
    return kind_of(job.rule.name, job.wildcards_dict)
