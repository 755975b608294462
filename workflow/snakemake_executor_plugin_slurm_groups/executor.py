"""The executor: what is submitted, and what is kept and said when a submission has failed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from snakemake_executor_plugin_slurm import Executor as SlurmExecutor
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface

from snakemake_executor_plugin_slurm_groups.endings import describe_ending
from snakemake_executor_plugin_slurm_groups.finished import Outputs


class Executor(SlurmExecutor):  # type: ignore[misc] # it has no types
    """Submits a group as one local Snakemake."""

    def __post_init__(self) -> None:
        """Begin with no submission."""
        super().__post_init__()
        self._outputs = Outputs()

    def additional_general_args(self) -> str:
        """Return what the submitted Snakemake is told besides its jobs: no other executor."""
        return "--keep-going"

    def run_job(self, job: JobExecutorInterface) -> None:
        """Submit a job or a group."""
        for member in _members(job):
            self._outputs.submit(member.jobid, map(str, member.output))
        super().run_job(job)

    async def sleep(self) -> None:
        """Wait before the next look at Slurm: one query tells of all the few submissions."""
        settings = self.workflow.remote_execution_settings
        await asyncio.sleep(settings.seconds_between_status_checks)

    def print_job_error(
        self, job_info: SubmittedJobInfo, msg: str | None = None, **kwargs: Any
    ) -> None:
        """Keep what a failed group has finished; say in a sentence if Slurm ended it."""
        job = job_info.job
        log = (job_info.aux or {}).get("slurm_logfile")
        text = Path(log).read_text(errors="replace") if log and Path(log).is_file() else ""
        name = f"{len(job)} jobs of {job.groupid}" if job.is_group() else str(job.rule.name)
        submission = f"{name} (Slurm's job {job_info.external_jobid})"
        if sentence := describe_ending(submission, msg, text):
            self.logger.warning("%s Slurm's log: %s", sentence, log)
        if job.is_group():
            self._keep_finished(job)
        super().print_job_error(job_info, msg=msg, **kwargs)

    def _keep_finished(self, group: JobExecutorInterface) -> None:
        """Have Snakemake keep the outputs of the jobs of a failed group that have ended well.

        Snakemake takes every job of the group for failed. It removes what they have made, unless
        it has a copy to go back to: of an output that is updated, from before the job. The finished
        get a copy of what they made, and the others none, since Snakemake would take an output
        from before for up to date.
        """
        persistence = self.workflow.persistence
        finished = []
        for member in _members(group):
            files = [Path(str(file)) for file in member.output]
            for file in files:
                persistence.cleanup_backup(file)
            if self._outputs.are_new(member.jobid):
                finished.append(member.jobid)
                for file in files:
                    persistence.backup_output(file)
        self.logger.info("", extra={"event": "finished_in_failed_group", "jobs": finished})


def _members(job: JobExecutorInterface) -> list[Any]:
    return list(job) if job.is_group() else [job]
