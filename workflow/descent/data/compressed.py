"""Reading files, gzipped or not, with a limit on memory."""

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
#: Largest expansion of a compressed byte that DEFLATE's format allows.
LARGEST_EXPANSION = 1032
CHUNK = 1 << 20


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
        If the file does not exist or cannot be read, or its compressed stream is cut short or
        damaged.
    """
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            if compressed:
                with gzip.open(raw) as stream:
                    yield stream  # type: ignore[misc]  # GzipFile reads bytes, too
            else:
                yield raw
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist") from error
    except EOFError as error:
        raise DataError(
            f"{path}: expected a whole gzip file, found one that is cut short"
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: expected a sound gzip file, found damage: {error}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


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
    while len(content) <= limit:
        chunk = stream.read(min(CHUNK, limit + 1 - len(content)))
        if not chunk:
            break
        content += chunk
    return content
