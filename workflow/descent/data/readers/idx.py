"""Strict reading of the IDX format of MNIST, and preparation of a user's own IDX files.

A file is a big-endian magic number ``00 00 tt d`` (tt: type of the numbers, 08 for unsigned bytes;
d: dimensions), d sizes of four bytes each, and then exactly as many numbers as the sizes multiply
to (LeCun, Cortes and Burges 1998). The header is checked against the length of the file.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.compressed import (
    LARGEST_EXPANSION,
    file_sha256,
    open_compressed,
    read_at_most,
)
from descent.data.dataset import Dataset
from descent.data.errors import DataError
from descent.data.labelled_vectors import Labelled
from descent.data.own_arrays import CHANNELS, dataset_of_arrays
from descent.data.source import Source

UNSIGNED_BYTE = 0x08
#: The types of the format, by the third byte of the magic number: NumPy's name and a reader's.
TYPES = {
    UNSIGNED_BYTE: (">u1", "unsigned bytes"),
    0x09: (">i1", "signed bytes"),
    0x0B: (">i2", "integers of 2 bytes"),
    0x0C: (">i4", "integers of 4 bytes"),
    0x0D: (">f4", "floats of 4 bytes"),
    0x0E: (">f8", "floats of 8 bytes"),
}
#: Columns of a row of QMNIST's labels; the first is the class, the others say who wrote the digit.
QMNIST_COLUMNS = 8


def read_idx(path: Path, *dimensions: int, types: Sequence[int] = (UNSIGNED_BYTE,)) -> NDArray[Any]:
    """Read an IDX file, gzipped or not.

    Parameters
    ----------
    path : Path
        The file.
    *dimensions : int
        How many dimensions it may have: 3 for images, 1 for labels.
    types : sequence of int, default unsigned bytes
        Which of :data:`TYPES` its numbers may be of.

    Returns
    -------
    ndarray
        The content, read-only where it is of bytes.

    Raises
    ------
    DataError
        If the magic number, the sizes, the number of bytes or the compression is wrong.
    """
    with open_compressed(path) as stream:
        magic = stream.read(4)
        if not (
            len(magic) == 4
            and magic[:2] == b"\0\0"
            and magic[2] in types
            and magic[3] in dimensions
        ):
            raise DataError(
                f"{path}: expected {_described(dimensions, types)}, "
                f"found {magic.hex() or 'an empty file'}"
            )
        sizes = stream.read(4 * magic[3])
        if len(sizes) < 4 * magic[3]:
            raise DataError(
                f"{path}: expected a header of {4 + 4 * magic[3]} bytes, "
                f"found a file of {4 + len(sizes)}"
            )
        kind = np.dtype(TYPES[magic[2]][0])
        shape = struct.unpack(f">{magic[3]}I", sizes)
        size = math.prod(shape) * kind.itemsize
        times = " x ".join(f"{n:,}" for n in shape)
        if kind.itemsize > 1:
            times += f" x {kind.itemsize}"
        if size == 0:
            raise DataError(f"{path}: expected at least one value, found the sizes {times}")
        if size > path.stat().st_size * LARGEST_EXPANSION:
            raise DataError(
                f"{path}: the header promises {times} bytes, more than a file of "
                f"{path.stat().st_size:,} bytes can hold"
            )
        content = read_at_most(stream, size)
    if len(content) != size:
        found = "more" if len(content) > size else f"{len(content):,}"
        raise DataError(f"{path}: expected {times} bytes after the header, found {found}")
    stored = np.frombuffer(bytes(content), dtype=kind).reshape(shape)
    return stored.astype(kind.newbyteorder("="), copy=False)


def _described(dimensions: Sequence[int], types: Sequence[int]) -> str:
    """Return what the magic number may be: number, type and dimensions."""
    if len(dimensions) == len(types) == 1:
        magic = struct.pack(">HBB", 0, types[0], dimensions[0])
        plural = "s" * (dimensions[0] > 1)
        return (
            f"the magic number {magic.hex()} ({TYPES[types[0]][1]}, "
            f"{dimensions[0]} dimension{plural})"
        )
    numbers = ", ".join(f"{kind:02x} {TYPES[kind][1]}" for kind in types)
    either = " or ".join(map(str, dimensions))
    return f"a magic number 0000tt0d, tt being the type ({numbers}) and d dimensions ({either})"


def read_labels(path: Path, classes: int | None = None) -> NDArray[np.uint8]:
    """Read an IDX file of labels.

    Parameters
    ----------
    path : Path
        The file.
    classes : int or None, default None
        Labels must be in ``[0, classes)``; None accepts any byte.

    Returns
    -------
    ndarray of shape (n,) and dtype uint8
        The labels.

    Raises
    ------
    DataError
        If the file is not an IDX file of labels, or a label is out of range.
    """
    labels = read_idx(path, 1)
    if classes is not None and (largest := int(labels.max())) >= classes:
        place = int(labels.argmax())
        raise DataError(
            f"{path}: expected labels from 0 to {classes - 1}, "
            f"found {largest} at position {place:,}"
        )
    return labels


def read_labelled_images(
    images_path: Path, labels_path: Path, classes: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read a file of images and the file of their labels.

    Parameters
    ----------
    images_path, labels_path : Path
        The two files.
    classes : int or None, default None
        Labels must be in ``[0, classes)``; None accepts any byte.

    Returns
    -------
    images : ndarray of shape (n, rows, columns) and dtype uint8
        The images.
    labels : ndarray of shape (n,) and dtype uint8
        The labels.

    Raises
    ------
    DataError
        If either file is faulty, or they disagree on how many images there are.
    """
    images = read_idx(images_path, 3)
    labels = read_labels(labels_path, classes)
    if len(images) != len(labels):
        raise DataError(
            f"{labels_path}: expected a label for each of the {len(images):,} images of "
            f"{images_path.name}, found {len(labels):,} labels"
        )
    return images, labels


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
    paths = [train_inputs, train_labels]
    pairs = {"train": (train_inputs, train_labels)}
    if test_inputs is not None and test_labels is not None:
        paths += [test_inputs, test_labels]
        pairs["test"] = (test_inputs, test_labels)
    elif test_inputs is not None or test_labels is not None:
        raise DataError("test_inputs and test_labels must be given together, or neither")
    groups: dict[str, Labelled] = {}
    notes = ["images: rows and columns exchanged"] if transpose else []
    for part, (inputs_path, labels_path) in pairs.items():
        images = _read_images(inputs_path, transpose=transpose)
        labels, of_labels = _read_own_labels(labels_path)
        if len(images) != len(labels):
            raise DataError(
                f"{labels_path}: expected a label for each of the {len(images):,} images of "
                f"{inputs_path.name}, found {len(labels):,} labels"
            )
        groups[part] = (images, labels)
        notes += [f"{part} {note}" for note in of_labels]
    expected, *others = (images.shape[1:] for images, _ in groups.values())
    if others and others[0] != expected:
        raise DataError(
            f"{test_inputs}: expected images of {_times(expected)} as in {train_inputs.name}, "
            f"found {_times(others[0])}"
        )
    return dataset_of_arrays(
        groups,
        place=" and ".join(str(path) for path in paths[:2]),
        validation=validation,
        test=test,
        seed=seed,
        standardize="scale",
        about={"source": "IDX files", "sha256": {str(path): file_sha256(path) for path in paths}},
        notes=notes,
    )


def _read_images(path: Path, *, transpose: bool) -> NDArray[Any]:
    """Return images of shape (n, rows, columns) or (n, rows, columns, channels)."""
    images = read_idx(path, 3, 4, types=tuple(TYPES))
    if images.ndim == 4 and images.shape[3] not in CHANNELS:
        if images.shape[1] not in CHANNELS:
            raise DataError(
                f"{path}: expected the colours of a pixel (1, 3 or 4) along the last dimension or "
                f"the second, found the sizes {_times(images.shape)}"
            )
        images = np.moveaxis(images, 1, 3)
    return images.swapaxes(1, 2) if transpose else images


def _read_own_labels(path: Path) -> tuple[NDArray[Any], list[str]]:
    """Return the labels of a file as it holds them, or the class of QMNIST's rows."""
    labels = read_idx(path, 1, 2, types=tuple(TYPES))
    is_one_hot = np.isin(labels, (0, 1)).all()
    if labels.ndim == 2 and labels.shape[1] == QMNIST_COLUMNS and not is_one_hot:
        return labels[:, 0], [f"labels: the first of {QMNIST_COLUMNS} columns, as in QMNIST"]
    return labels, []


def _times(shape: Sequence[int]) -> str:
    return " x ".join(str(n) for n in shape)


SOURCE = Source(prepare_idx)
