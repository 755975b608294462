"""Reading a user's files: every fault is one sentence that names the file."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from descent.data.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20
#: What users call the parts of their data, in lower case.
PART_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def reading(path: Path, kind: str, *faults: type[Exception]) -> Iterator[None]:
    """Raise every fault that a block finds in a file as a :class:`DataError` of one line.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What it should be, such as ``an .npz archive``.
    *faults : type of exception
        What reading it raises if it is damaged.
    """
    try:
        yield
    except DataError:
        raise
    except OSError as error:
        said = " ".join((error.strerror or str(error)).split())
        raise DataError(f"{path} cannot be read: {said}") from error
    except faults as error:
        said = " ".join(str(error).split())
        raise DataError(f"{path}: expected {kind}, found a fault: {said}") from error


@contextmanager
def open_compressed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that may be gzipped; every fault is raised as a :class:`DataError`.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    binary file
        Its decompressed bytes.

    Raises
    ------
    DataError
        If the file cannot be read, or its compressed stream is cut short or damaged.
    """
    with reading(path, "a whole gzip file", EOFError, zlib.error), path.open("rb") as raw:
        compressed = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        if compressed:
            with gzip.open(raw) as stream:
                yield stream  # type: ignore[misc]  # GzipFile reads bytes, too
        else:
            yield raw


def read_at_most(stream: IO[bytes], limit: int) -> bytearray:
    """Return what is left of a stream, but no more than ``limit`` bytes and one.

    Parameters
    ----------
    stream : binary file
        The stream. Memory grows with the bytes that it yields, not with ``limit``.
    limit : int
        Bytes that the caller can use.

    Returns
    -------
    bytearray
        The bytes; longer than ``limit`` by one if there were too many.
    """
    content = bytearray()
    while chunk := stream.read(min(CHUNK, limit + 1 - len(content))):
        content += chunk
    return content
