"""Which jobs of a submission have made their outputs, by what is in the files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


class Outputs:
    """The outputs of submitted jobs, as they were and as they are.

    A job has made its outputs if each has another content than when it was first submitted: files
    appear whole or not at all. Dates do not tell, since an output that is put back gets a new one.
    """

    def __init__(self) -> None:
        self._before: dict[int, dict[Path, str]] = {}

    def submit(self, job: int, files: Iterable[str]) -> None:
        """Note the outputs of a job, unless it was submitted before."""
        if job not in self._before:
            self._before[job] = {path: _digest(path) for path in map(Path, files)}

    def are_new(self, job: int) -> bool:
        """Return whether a job has made every output since it was first submitted."""
        return all(_digest(path) not in ("", before) for path, before in self._before[job].items())


def _digest(path: Path) -> str:
    """Return the digest of a file, or of all in a folder; empty if there is none."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())  # of a folder
    within = [(file.relative_to(path).as_posix(), _digest(file)) for file in files]
    return hashlib.sha256(repr(within).encode()).hexdigest() if within else ""
