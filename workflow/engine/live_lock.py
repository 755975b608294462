"""A leftover lock is removed exactly when no live run holds it.

Snakemake marks what a run reads and writes with files in ``.snakemake/locks``. A run that is killed
leaves them behind, and the next run refuses to start. Here each main process also holds a lock of
the operating system on one file for as long as it lives, however it dies: who is alone with that
file knows that leftover locks belong to nobody.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path
from typing import TextIO

#: Kept open until the process ends: closing a file releases its lock.
_held: list[TextIO] = []


def claim_folder(engine_folder: Path) -> list[int]:
    """Remove the locks of dead runs, and stand by this folder as a live one.

    Parameters
    ----------
    engine_folder : Path
        The engine's folder, ``.snakemake``.

    Returns
    -------
    list of int
        Process ids of the other live runs in the folder; leftover locks are gone if it is empty.
        With others alive nothing is removed, and the engine refuses what would collide with them.

    Raises
    ------
    OSError
        If the folder cannot be written to; the message says so.
    """
    try:
        engine_folder.mkdir(exist_ok=True)
        file = (engine_folder / "live-runs").open("a+", encoding="utf-8")
    except OSError as error:
        raise OSError(
            error.errno,
            f"nothing can be run here: {engine_folder.resolve()} cannot be written to "
            f"({os.strerror(error.errno or errno.EIO)})",
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        others = _others(file)
    else:
        others = []
        file.truncate(0)
        shutil.rmtree(engine_folder / "locks", ignore_errors=True)
        (engine_folder / "locks").mkdir()
    # Shared from here on: a run beside this one keeps its locks when this one ends first.
    fcntl.flock(file, fcntl.LOCK_SH)
    file.write(f"{os.getpid()}\n")
    file.flush()
    _held.append(file)
    return others


def _others(file: TextIO) -> list[int]:
    """Return the processes that wrote themselves into the file and are alive."""
    file.seek(0)
    return [pid for pid in map(int, file.read().split()) if _is_alive(pid)]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
