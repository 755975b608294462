"""A run ends when its last job has ended.

Snakemake limits how many jobs it starts in a timespan, and whenever a job ends it sets a timer for
another look at its queue after that timespan, which sets the next: after a thousand jobs with the
default of one second it looks a thousand times a second. The profile's timespan is a minute, so
that looks cost little; at the end the pending timers would keep the process for that minute.
"""

from __future__ import annotations

import threading


def end_timers() -> None:
    """End the timers of this process, for a run whose jobs have all ended."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()
