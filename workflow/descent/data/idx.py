"""Strict reading of the IDX format of MNIST, and preparation of a user's own IDX files.

A file is a big-endian magic number ``00 00 08 d`` (08: unsigned bytes, d: dimensions), d sizes of
four bytes each, and then exactly as many bytes as the sizes multiply to (LeCun, Cortes and Burges
1998). The header is checked against the length of the file.
"""

from __future__ import annotations

import math
import struct
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
from descent.data.dense import dense_dataset, encode_labels, parts_of_rows, stratified_rows
from descent.data.errors import DataError

UNSIGNED_BYTE = 0x08


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped or not.

    Parameters
    ----------
    path : Path
        The file.
    dimensions : int
        How many dimensions it must have: 3 for images, 1 for labels.

    Returns
    -------
    ndarray of uint8 with ``dimensions`` dimensions
        The content, read-only.

    Raises
    ------
    DataError
        If the magic number, the sizes, the number of bytes or the compression is wrong.
    """
    with open_compressed(path) as stream:
        header = stream.read(4 + 4 * dimensions)
        magic = struct.pack(">HBB", 0, UNSIGNED_BYTE, dimensions)
        if header[:4] != magic:
            found = header[:4].hex() or "an empty file"
            raise DataError(
                f"{path}: expected the magic number {magic.hex()} (unsigned bytes, "
                f"{dimensions} dimension{'s' * (dimensions > 1)}), found {found}"
            )
        if len(header) < 4 + 4 * dimensions:
            raise DataError(
                f"{path}: expected a header of {4 + 4 * dimensions} bytes, "
                f"found a file of {len(header)}"
            )
        shape = struct.unpack(f">{dimensions}I", header[4:])
        size = math.prod(shape)
        times = " x ".join(f"{n:,}" for n in shape)
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
    return np.frombuffer(bytes(content), dtype=np.uint8).reshape(shape)


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
    labels = read_idx(path, dimensions=1)
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
    images = read_idx(images_path, dimensions=3)
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
    validation: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Prepare a user's own images in IDX files (Fashion-MNIST, KMNIST, EMNIST, ...).

    Parameters
    ----------
    train_inputs, train_labels : Path
        Images and labels to train on, gzipped or not.
    test_inputs, test_labels : Path or None, default None
        Images and labels to test on; without them a test part is split off.
    validation : float, default 0.1
        Fraction of all the training images that becomes the validation part, range ``(0, 1)``.
    test : float, default 0.2
        Fraction that becomes the test part where no test files are given, range ``(0, 1)``.
    seed : int, default 0
        Seed of the split, which keeps the proportions of the classes.

    Returns
    -------
    Dataset
        Dense classification data; see :mod:`descent.data.dense`.

    Raises
    ------
    DataError
        If a file is faulty, one of a pair is missing, or the files do not fit together.
    """
    if (test_inputs is None) != (test_labels is None):
        raise DataError("test_inputs and test_labels must be given together, or neither")
    paths = [train_inputs, train_labels]
    images, labels = read_labelled_images(train_inputs, train_labels)
    groups = {"train": (images, labels)}
    if test_inputs is not None and test_labels is not None:
        paths += [test_inputs, test_labels]
        groups["test"] = read_labelled_images(test_inputs, test_labels)
        if groups["test"][0].shape[1:] != images.shape[1:]:
            raise DataError(
                f"{test_inputs}: expected images of {images.shape[1]} x {images.shape[2]} as in "
                f"{train_inputs.name}, found {groups['test'][0].shape[1:]}"
            )
    encoded, class_names = encode_labels({part: y for part, (_, y) in groups.items()})
    flat: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        part: (x.reshape(len(x), -1), encoded[part]) for part, (x, _) in groups.items()
    }
    names = {part: y for part, (_, y) in groups.items()}
    rows = stratified_rows(names, validation=validation, test=test, seed=seed)
    return dense_dataset(
        parts_of_rows(flat, rows),
        classes=len(class_names),
        standardize="scale",
        about={
            "class_names": class_names,
            "image_shape": list(images.shape[1:]),
            "source": "IDX files",
            "sha256": {str(path): file_sha256(path) for path in paths},
        },
    )
