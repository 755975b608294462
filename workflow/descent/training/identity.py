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
        choice = read_shared(files["choice"])
        complete["hyperparameters"] = tuned_hyperparameters(choice, complete["candidate"])
    if "optimum" in files:
        complete["problem"]["settings"]["optimum"] = read_shared(files["optimum"])["optimum"]
    complete["dataset"] = (
        read_shared(files["dataset"])["fingerprint"] if "dataset" in files else None
    )
    return complete


def tuned_hyperparameters(choice: Mapping[str, Any], candidate: str) -> dict[str, Any]:
    """Return what a run of a finalist sets: ``tuned-2`` is the second best of the screening."""
    place = int(candidate.rpartition("-")[2])
    hyperparameters: dict[str, Any] = choice["finalists"][place - 1]["hyperparameters"]
    return hyperparameters


def identity_of(complete: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a completed job.

    Parameters
    ----------
    complete : mapping
        What :func:`complete_job` returns.
    """
    return hashlib.sha256(json.dumps(complete, sort_keys=True).encode()).hexdigest()


def read_shared(path: Path) -> dict[str, Any]:
    """Read a JSON file that many runs share, once for each of its versions."""
    stat = path.stat()
    # A date can be set; when the file was last changed cannot.
    return _read_once(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))


@cache
def _read_once(path: Path, _version: tuple[int, ...]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
