"""The executor: what is submitted, and what is said when Slurm has ended it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from snakemake_executor_plugin_slurm import Executor as SlurmExecutor
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

from snakemake_executor_plugin_slurm_groups.endings import describe_ending


class Executor(SlurmExecutor):  # type: ignore[misc] # it has no types
    """Submits a group as one local Snakemake."""

    def additional_general_args(self) -> str:
        """Return what the submitted Snakemake is told besides its jobs: no other executor."""
        return "--keep-going"

    async def sleep(self) -> None:
        """Wait before the next look at Slurm: one query tells of all the few submissions."""
        settings = self.workflow.remote_execution_settings
        await asyncio.sleep(settings.seconds_between_status_checks)

    def print_job_error(
        self, job_info: SubmittedJobInfo, msg: str | None = None, **kwargs: Any
    ) -> None:
        """Say in a sentence if Slurm ended a submission; what a job says itself is in its log."""
        log = (job_info.aux or {}).get("slurm_logfile")
        text = Path(log).read_text(errors="replace") if log and Path(log).is_file() else ""
        job = job_info.job
        name = f"{len(job)} jobs of {job.groupid}" if job.is_group() else str(job.rule.name)
        submission = f"{name} (Slurm's job {job_info.external_jobid})"
        if sentence := describe_ending(submission, msg, text):
            self.logger.warning("%s Slurm's log: %s", sentence, log)
        super().print_job_error(job_info, msg=msg, **kwargs)
