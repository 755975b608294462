"""Strict reading of the IDX format of MNIST, and preparation of a user's own IDX files.

A file is a big-endian magic number ``00 00 tt d`` (tt: type of the numbers, 08 for unsigned bytes;
d: dimensions), d sizes of four bytes each, and then exactly as many numbers as the sizes multiply
to (LeCun, Cortes and Burges 1998).
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.dataset import Dataset
from descent.data.errors import DataError
from descent.data.files import file_sha256, open_compressed, read_at_most
from descent.data.labelled_vectors import Labelled
from descent.data.own_arrays import CHANNELS, dataset_of_arrays
from descent.data.source import Source

#: The types of the format, by the third byte of the magic number.
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
#: Columns of a row of QMNIST's labels; the first is the class, the others say who wrote the digit.
QMNIST_COLUMNS = 8


def read_idx(path: Path) -> NDArray[Any]:
    """Read an IDX file, gzipped or not.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    ndarray
        The numbers, of the type and the shape that the file has; read-only where they are bytes.

    Raises
    ------
    DataError
        If the magic number, the sizes, the number of bytes or the compression is wrong.
    """
    with open_compressed(path) as stream:
        magic = stream.read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not magic[3]:
            types = ", ".join(f"{code:02x}" for code in TYPES)
            raise DataError(
                f"{path}: expected the magic number 0000tt0d of an IDX file, with a type tt of "
                f"{types} and d dimensions, found {magic.hex() or 'an empty file'}"
            )
        sizes = stream.read(4 * magic[3])
        if len(sizes) < 4 * magic[3]:
            raise DataError(
                f"{path}: expected a header of {4 + 4 * magic[3]} bytes, "
                f"found a file of {4 + len(sizes)}"
            )
        kind, shape = np.dtype(TYPES[magic[2]]), struct.unpack(f">{magic[3]}I", sizes)
        size = math.prod(shape) * kind.itemsize
        content = read_at_most(stream, size)
    if not size or len(content) != size:
        found = "more" if len(content) > size else f"{len(content):,}"
        raise DataError(
            f"{path}: expected numbers of the shape {shape} after the header, {size:,} bytes and "
            f"at least one, found {found}"
        )
    stored = np.frombuffer(bytes(content), dtype=kind).reshape(shape)
    return stored.astype(kind.newbyteorder("="), copy=False)


def prepare_idx(
    train_inputs: Path,
    train_labels: Path,
    test_inputs: Path | None = None,
    test_labels: Path | None = None,
    *,
    transpose: bool = False,
    validation: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Prepare a user's own images in IDX files (Fashion-MNIST, KMNIST, EMNIST, QMNIST, ...).

    Parameters
    ----------
    train_inputs, train_labels : Path
        Images and labels to train on, gzipped or not. Images are of shape (n, rows, columns), or
        with their colours (n, rows, columns, 3) or (n, 3, rows, columns), of numbers of any type
        of the format. Labels are as :func:`descent.data.labels.read_labels` takes them, or rows
        of eight integers, as in QMNIST, of which the first is the class.
    test_inputs, test_labels : Path or None, default None
        Images and labels to test on; without them a test part is split off.
    transpose : bool, default False
        Exchange rows and columns of the images, which EMNIST's files hold column by column.
    validation : float, default 0.1
        Fraction of all the training images that becomes the validation part, range ``(0, 1)``.
    test : float, default 0.2
        Fraction that becomes the test part where no test files are given, range ``(0, 1)``.
    seed : int, default 0
        Seed of the split, which keeps the proportions of the classes.

    Returns
    -------
    Dataset
        Dense classification data; see :mod:`descent.data.labelled_vectors`.

    Raises
    ------
    DataError
        If a file is faulty, one of a pair is missing, or the files do not fit together.
    """
    pairs = {"train": (train_inputs, train_labels)}
    if test_inputs is not None and test_labels is not None:
        pairs["test"] = (test_inputs, test_labels)
    elif test_inputs is not None or test_labels is not None:
        raise DataError("test_inputs and test_labels must be given together, or neither")
    paths = [path for pair in pairs.values() for path in pair]
    groups: dict[str, Labelled] = {}
    notes = ["images: rows and columns exchanged"] if transpose else []
    for part, (inputs_path, labels_path) in pairs.items():
        labels = read_idx(labels_path)
        is_one_hot = np.isin(labels, (0, 1)).all()
        if labels.ndim == 2 and labels.shape[1] == QMNIST_COLUMNS and not is_one_hot:
            labels = labels[:, 0]
            notes.append(f"{part} labels: the first of {QMNIST_COLUMNS} columns, as in QMNIST")
        groups[part] = (_read_images(inputs_path, transpose=transpose), labels)
    return dataset_of_arrays(
        groups,
        place=" and ".join(map(str, paths)),
        validation=validation,
        test=test,
        seed=seed,
        standardize="scale",
        about={"source": "IDX files", "sha256": {str(path): file_sha256(path) for path in paths}},
        notes=notes,
    )


def _read_images(path: Path, *, transpose: bool) -> NDArray[Any]:
    """Return images of shape (n, rows, columns) or (n, rows, columns, channels)."""
    images = read_idx(path)
    if images.ndim == 4 and images.shape[3] not in CHANNELS and images.shape[1] in CHANNELS:
        images = np.moveaxis(images, 1, 3)
    if images.ndim not in {3, 4} or images.shape[3:] not in {(), *((n,) for n in CHANNELS)}:
        raise DataError(
            f"{path}: expected images of shape (n, rows, columns), or with 1, 3 or 4 colours as "
            f"the last dimension or the second, found {images.shape}"
        )
    return images.swapaxes(1, 2) if transpose else images


SOURCE = Source(prepare_idx)
