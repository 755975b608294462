"""The start of a run of the workflow."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from descent.foundation.source_digest import own_sources
from descent.optimizers.loading import entrant_sources
from descent.optimizers.repeatable import REASON, changing
from descent.run_control.run_lock import RunLockedError, is_at_work, lock_study
from descent.study.origins import changes, outdated
from descent.study.plan import Study

#: How many files a sentence names.
NAMED = 3


def start_run(study: Study) -> None:
    """Begin a run, or end the process with a sentence that says why not.

    Parameters
    ----------
    study : Study
        Its folder is made if it is missing. Rules of the user's own are tried in other processes.
    """
    entries = {name: study.optimizer_entry(name) for name in study.optimizers}
    own = {name: e for name, e in entries.items() if own_sources(entrant_sources(e, Path.cwd()))}
    if names := changing(own, Path.cwd()):
        sys.exit(f"optimizers: {', '.join(names)}: {REASON}.")
    hold(study.folder)
    handle_sigterm_in_a_thread()


def hold(folder: Path) -> None:
    """Hold a study for this process, or end the process with a sentence that says why not."""
    try:
        lock_study(folder)
    except RunLockedError as error:
        sys.exit(str(error))


def handle_sigterm_in_a_thread() -> None:
    """Run the present handler of SIGTERM in a thread.

    Python runs a handler in the main thread. Snakemake's takes a lock that the main thread holds
    while it ends jobs, so a signal that arrives then would wait for ever.
    """
    handler = signal.getsignal(signal.SIGTERM)
    if not callable(handler):
        return

    def handle(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=handler, args=(number, frame), daemon=True).start()

    signal.signal(signal.SIGTERM, handle)


def clear_away(study: Study, made: Iterable[Path], *, runs_jobs: bool) -> str:
    """Remove the files of a study that its plan would not give today, so that they are made again.

    The engine goes by dates and by its memory, and neither tells which config and code the results
    come from. What is right stays, and a record that is removed leaves its copy for the job.

    Parameters
    ----------
    study : Study
        The plan.
    made : iterable of Path
        As for :func:`descent.study.origins.outdated`.
    runs_jobs : bool
        Whether this process is about to run jobs. Otherwise nothing is changed.

    Returns
    -------
    str
        A sentence for what was found; empty if all is well.
    """
    if is_at_work(study.folder):  # which has seen to it, and if this is a run, refuses it
        return ""
    if runs_jobs:
        lock_study(study.folder)
    found, different = outdated(study, made), ", ".join(changes(study))
    if runs_jobs:
        for path in found:
            path.unlink()
        now = time.time()
        for path in study.folder.rglob("*"):
            if path.exists() and path.stat().st_mtime > now:  # with which jobs fail
                os.utime(path, (now, now))
    if not found:
        return ""
    names = [os.path.relpath(path, study.folder) for path in found]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    listed = f"{', '.join(names[:NAMED])}{more}"
    are = "are made again" if runs_jobs else "will be made again, whatever is planned below"
    why = f"Changed: {different}.\n" if different else ""
    return f"{why}Made from another config, code or data, or changed since: {listed}. They {are}."
