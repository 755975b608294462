"""Atomic writing: a file is complete or absent, even if the process is killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary file that replaces ``path`` when the block ends without an error.

    Parameters
    ----------
    path : Path
        The file; its folder is made if it does not exist.

    Yields
    ------
    Path
        The temporary file, in the same folder. If the block raises, it is deleted and ``path`` is
        unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file atomically.

    Parameters
    ----------
    path : Path
        The file; its folder is made if it does not exist.
    content : bytes
        What to write.
    """
    with replaced_whole(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as JSON, atomically; NaN and infinity are errors.

    Parameters
    ----------
    path : Path
        The file.
    content : mapping
        Values of JSON types.
    """
    text = json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode())
