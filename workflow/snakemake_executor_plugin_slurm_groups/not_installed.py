"""What stands for the executor where Snakemake's plug-in for Slurm is not installed."""

from __future__ import annotations

from typing import NoReturn

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.settings import CommonSettings

common_settings = CommonSettings(
    non_local_exec=True, implies_no_shared_fs=False, job_deploy_sources=False
)


class Executor(RemoteExecutor):  # type: ignore[misc] # it has no types
    """Says what to install."""

    def __init__(self, *_arguments: object) -> NoReturn:
        raise WorkflowError(
            "The executor `slurm-groups` needs Snakemake's plug-in for Slurm: "
            "`pip install -e .[cluster]`."
        )

    run_job = cancel_jobs = check_active_jobs = None
