"""The identity of a run: one digest of everything that determines its record.

A record contains the identity of the job that made it. If the current job has the same identity,
training again would give the same bytes: the training job keeps such a record, and the status of a
study reports any other one as stale. Nothing here imports NumPy: thousands of identities must be
computed in a second.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


def complete_job(job: Mapping[str, Any], files: Mapping[str, Path]) -> dict[str, Any]:
    """Return a job with the contents of the files that it refers to.

    Parameters
    ----------
    job : mapping
        What :meth:`descent.study.plan.Study.job` returns.
    files : mapping of str to Path
        What :meth:`descent.study.plan.Study.files_of` returns: of ``dataset`` (the manifest),
        ``optimum`` and ``choice`` those that the run reads.

    Returns
    -------
    dict
        The job with the tuned hyper-parameters, the optimum among the problem's settings, and the
        fingerprint of the dataset; the given job is unchanged.

    Raises
    ------
    FileNotFoundError
        If one of the files does not exist.
    """
    complete: dict[str, Any] = json.loads(json.dumps(job))
    if "choice" in files:
        complete["hyperparameters"] = _read(files["choice"])["hyperparameters"]
    if "optimum" in files:
        complete["problem"]["settings"]["optimum"] = _read(files["optimum"])["optimum"]
    complete["dataset"] = _read(files["dataset"])["fingerprint"] if "dataset" in files else None
    return complete


def identity_of(complete: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a completed job.

    Parameters
    ----------
    complete : mapping
        What :func:`complete_job` returns.
    """
    return hashlib.sha256(json.dumps(complete, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    version = path.stat()
    return _read_once(path, version.st_mtime_ns, version.st_size)


@cache
def _read_once(path: Path, _mtime: int, _size: int) -> dict[str, Any]:
    """Read a file that many runs share; once for each of its versions."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
