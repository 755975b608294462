"""Local jobs start as soon as a core is free.

Snakemake 9 starts at most a hundred jobs a second, and to enforce it sets a timer for another look
at the queue whenever it has looked. A job that ends makes it look too, so every job leaves behind
one more chain of timers: after a thousand jobs it looks a thousand times a second, which takes a
core of its own. No machine starts a hundred trainings a second; a cluster's queue keeps its limit.
"""

from __future__ import annotations

from typing import Any


def start_at_once(workflow: Any) -> None:
    """Lift the limit of jobs a second, in a run whose jobs are processes of this machine.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        A workflow that is about to start its jobs (``onstart``).
    """
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
