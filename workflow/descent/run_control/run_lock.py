"""One run at a time works on a study, and what a dead run left is cleared away.

The lock is one of the operating system, held as long as the main process lives: however a run
dies, nothing has to be unlocked. The run that gets it deletes half-written files, since nobody is
writing them, and ends jobs that still carry the last run's token, so that they cannot write into
this run's files.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from pathlib import Path
from typing import TextIO

#: Environment variable that gives every job the token of its run.
VARIABLE = "DESCENT_RUN"

#: Kept open until the process ends: closing a file releases its lock.
_held: dict[Path, TextIO] = {}


class RunLockedError(Exception):
    """Another run is at work on the same study."""


def lock_study(folder: Path) -> None:
    """Hold a study for this process, and clear away what dead runs have left.

    It does nothing if this process holds it already.

    Parameters
    ----------
    folder : Path
        The study's folder; it is made if it is missing.

    Raises
    ------
    RunLockedError
        If another run holds it; the message names its process.
    OSError
        If the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if folder.resolve() in _held:
        return
    file = (folder / ".run").open("a+", encoding="utf-8")
    file.seek(0)
    last_run = file.read()
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        process = last_run.partition("-")[0]
        raise RunLockedError(
            f"Another run (process {process}) is at work on {folder}. A second one can look "
            "(--dry-run) but not run: wait for it, or stop it."
        ) from None
    _held[folder.resolve()] = file
    _end_orphans(last_run, file)
    for path in folder.rglob(".*.[0-9]*.tmp"):
        path.unlink(missing_ok=True)
    os.environ[VARIABLE] = f"{os.getpid()}-{time.time_ns()}-{os.fstat(file.fileno()).st_ino}"
    file.truncate(0)
    file.write(os.environ[VARIABLE])
    file.flush()


def release_study(folder: Path) -> None:
    """Let another process hold a study that this one held."""
    if file := _held.pop(folder.resolve(), None):
        file.close()


def is_at_work(folder: Path) -> bool:
    """Return whether a run holds a study."""
    try:
        with (folder / ".run").open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _end_orphans(run: str, lock: TextIO) -> None:
    """End the jobs that a dead run has left, on systems that show an environment.

    In the copy of a folder the lock is another file than the token names: the run is not dead, or
    it was at work elsewhere.
    """
    if not run.endswith(f"-{os.fstat(lock.fileno()).st_ino}"):
        return
    wanted = f"{VARIABLE}={run}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:  # somebody else's, or gone meanwhile
            continue
