"""Slurm, with the jobs of a group side by side: ``executor: slurm-groups`` in a profile.

Snakemake's plug-in for Slurm starts the jobs of a group one after the other, each by ``srun`` and
two more Snakemakes, and leaves a group at its first failure. This one submits and watches jobs as
that one does. What it submits is one local Snakemake, which runs the jobs of the group on the cores
of the submission and goes on after a failure. ``docs/cluster.md`` compares the two.
"""

from importlib.util import find_spec

# Snakemake imports every executor that it finds, whether it is asked for or not.
if find_spec("snakemake_executor_plugin_slurm"):
    from snakemake_executor_plugin_slurm import ExecutorSettings, common_settings

    from snakemake_executor_plugin_slurm_groups.executor import Executor

    __all__ = ["Executor", "ExecutorSettings", "common_settings"]
else:
    from snakemake_executor_plugin_slurm_groups.not_installed import (  # type: ignore[assignment]
        Executor,
        common_settings,
    )

    __all__ = ["Executor", "common_settings"]
