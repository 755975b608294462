"""A leftover lock is removed exactly when no live run holds it.

Snakemake marks a working folder as locked with files in ``.snakemake/locks``. A run that is killed
leaves them behind, and the next run refuses to start. Here each main process also holds a lock of
the operating system on one file for as long as it lives, however it dies; whoever gets that lock
knows that leftover files belong to nobody.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

#: Kept open until the process ends: closing the file releases the lock.
_held: list[TextIO] = []


def claim_folder(engine_folder: Path) -> bool:
    """Claim a working folder for this process, or say who has it.

    Parameters
    ----------
    engine_folder : Path
        The engine's folder, ``.snakemake``.

    Returns
    -------
    bool
        True if no other live run has it; leftover lock files are then gone. False otherwise: the
        live run is named on standard error, and the engine itself refuses to run a second one.
    """
    engine_folder.mkdir(exist_ok=True)
    file = (engine_folder / "live-run").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        print(
            f"Another run (process {file.read().strip()}) is at work in this folder. "
            "A second one can look (--dry-run) but not run: wait for it, or stop it with Ctrl-C.",
            file=sys.stderr,
        )
        return False
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    _held.append(file)
    shutil.rmtree(engine_folder / "locks", ignore_errors=True)
    (engine_folder / "locks").mkdir()
    return True
