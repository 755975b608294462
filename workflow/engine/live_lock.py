"""What a dead run leaves is cleared away exactly when no live run holds the folder.

Snakemake marks what a run reads and writes with files in ``.snakemake/locks``. A run that is killed
leaves them behind, and the next run refuses to start. Here each main process also holds a lock of
the operating system on one file for as long as it lives, however it dies: who is alone with that
file knows that leftover locks and half-written files belong to nobody, and that the jobs of dead
runs are orphans. They are ended, so that they cannot write into the next run's files.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import signal
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import TextIO

#: Every job has the token of its run in this variable of its environment.
VARIABLE = "DESCENT_RUN"
#: A file that is being written, beside its place: its name, the writing process.
FRAGMENT = re.compile(r"\..+\.\d+\.tmp")

#: Kept open until the process ends: closing a file releases its lock.
_held: list[TextIO] = []


def claim_folder(engine_folder: Path, results: Path) -> list[int]:
    """Clear away what dead runs have left, and stand by this folder as a live run.

    Parameters
    ----------
    engine_folder : Path
        The engine's folder, ``.snakemake``.
    results : Path
        The folder of the study that is to be run; it need not exist.

    Returns
    -------
    list of int
        Process ids of the other live runs in the folder; what dead ones left is gone if it is
        empty. With others alive nothing is touched, and the engine refuses what would collide.

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
        _end_orphans({token for _, token in _written(file)})
        file.truncate(0)
        for path in results.rglob(".*.tmp"):
            if FRAGMENT.fullmatch(path.name):
                path.unlink(missing_ok=True)
        shutil.rmtree(engine_folder / "locks", ignore_errors=True)
        (engine_folder / "locks").mkdir()
    # Shared from here on: a run beside this one keeps its locks when this one ends first.
    fcntl.flock(file, fcntl.LOCK_SH)
    token = os.environ[VARIABLE] = uuid.uuid4().hex
    file.write(f"{os.getpid()} {token}\n")
    file.flush()
    _held.append(file)
    return others


def _others(file: TextIO) -> list[int]:
    """Return the processes that wrote themselves into the file and are alive."""
    return [pid for pid, _ in _written(file) if _is_alive(pid)]


def _written(file: TextIO) -> list[tuple[int, str]]:
    """Return process id and token of every run that is in the file."""
    file.seek(0)
    lines = [line.split() for line in file]
    return [(int(words[0]), words[1]) for words in lines if len(words) == 2]


def _end_orphans(tokens: Collection[str]) -> None:
    """End the jobs that runs which are dead have left, on systems that show an environment."""
    wanted = {f"{VARIABLE}={token}".encode() for token in tokens}
    if not wanted:
        return
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if not wanted.isdisjoint((process / "environ").read_bytes().split(b"\0")):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:  # somebody else's, or gone meanwhile
            continue


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
