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
    """Write an array as an IDX file, gzipped; of bytes unless another type is named."""
    codes = {">u1": 0x08, ">i1": 0x09, ">i2": 0x0B, ">i4": 0x0C, ">f4": 0x0D, ">f8": 0x0E}

    def write(path: Path, array, kind: str = ">u1") -> Path:
        array = np.asarray(array).astype(kind)
        header = struct.pack(f">HBB{array.ndim}I", 0, codes[kind], array.ndim, *array.shape)
        path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=1))
        return path

    return write
