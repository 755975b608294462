"""The start of a run of the workflow."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from descent.foundation.source_digest import own_sources
from descent.optimizers.loading import entrant_sources
from descent.optimizers.repeatable import REASON, changing
from descent.run_control.run_lock import RunLockedError, lock_study
from descent.study.plan import Study


def start_run(study: Study) -> None:
    """Hold a study for this process, or end the process with a sentence that says why not.

    Parameters
    ----------
    study : Study
        Its folder is made if it is missing. Rules of the user's own are tried in other processes.
    """
    entries = {name: study.optimizer_entry(name) for name in study.optimizers}
    own = {name: e for name, e in entries.items() if own_sources(entrant_sources(e, Path.cwd()))}
    if names := changing(own, Path.cwd()):
        sys.exit(f"optimizers: {', '.join(names)}: {REASON}.")
    try:
        lock_study(study.folder)
    except RunLockedError as error:
        sys.exit(str(error))
    handle_sigterm_in_a_thread()


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
