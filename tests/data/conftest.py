"""Small data files, written as the formats' own descriptions say."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def published() -> Path:
    """Folder of the published data files."""
    folder = Path(os.environ.get("DESCENT_MIRROR", ""))
    if not (folder / "mnist").is_dir():
        pytest.skip("DESCENT_MIRROR names no folder with the published data files")
    return folder


@pytest.fixture
def write_idx():
    """Write an array of bytes as an IDX file, gzipped."""

    def write(path: Path, array) -> Path:
        array = np.asarray(array, dtype=np.uint8)
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=1))
        return path

    return write
