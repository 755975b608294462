"""A prepared dataset: a manifest, and beside it a folder of .npy arrays.

The arrays are memory-mapped, so that all jobs share one copy in memory.
The manifest, ``dataset.json``, is written last: if it exists, the dataset is complete.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.foundation.atomic_files import replaced_whole, write_json

MANIFEST = "dataset.json"
#: The folder of the arrays, beside the manifest.
ARRAYS = "arrays"


@dataclass(frozen=True)
class Dataset:
    """Arrays by name, and what is known about them.

    Attributes
    ----------
    arrays : mapping of str to ndarray
        The arrays, read-only where they were loaded from a folder.
    about : mapping of str to object
        Facts of JSON types: number of classes, image shape, statistics, where it came from.
    fingerprint : str
        SHA-256 over the names, dtypes, shapes and bytes of the arrays.
    """

    arrays: Mapping[str, NDArray[Any]]
    about: Mapping[str, Any]
    fingerprint: str

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]


def make_dataset(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Dataset:
    """Return a dataset in memory, with its fingerprint.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        The arrays by name; made contiguous where they are not.
    about : mapping of str to object
        Facts of JSON types.

    Returns
    -------
    Dataset
        The dataset.
    """
    arrays = {name: np.ascontiguousarray(a) for name, a in arrays.items()}
    return Dataset(arrays, dict(about), _fingerprint(arrays))


def is_as_prepared(dataset: Dataset) -> bool:
    """Return whether the arrays of a dataset are those that its fingerprint was taken of."""
    return _fingerprint(dataset.arrays) == dataset.fingerprint


def _fingerprint(arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        a = arrays[name]
        digest.update(f"{name} {a.dtype.str} {a.shape}\n".encode())
        digest.update(a.data if a.dtype.kind != "U" else a.tobytes())
    return digest.hexdigest()


def save_dataset(dataset: Dataset, folder: Path) -> None:
    """Write a dataset atomically.

    Parameters
    ----------
    dataset : Dataset
        What to write.
    folder : Path
        Where; made if it does not exist.
    """
    (folder / MANIFEST).unlink(missing_ok=True)
    for name, array in dataset.arrays.items():
        path = folder / ARRAYS / f"{name}.npy"
        with replaced_whole(path) as temporary, temporary.open("wb") as file:
            np.save(file, array, allow_pickle=False)
    manifest = {
        "shapes": {name: list(a.shape) for name, a in sorted(dataset.arrays.items())},
        "about": dict(dataset.about),
        "fingerprint": dataset.fingerprint,
    }
    write_json(folder / MANIFEST, manifest)


def load_dataset(folder: Path) -> Dataset:
    """Open a dataset that :func:`save_dataset` wrote, memory-mapped and read-only.

    Parameters
    ----------
    folder : Path
        The dataset's folder.

    Returns
    -------
    Dataset
        The dataset. The fingerprint is the manifest's; the arrays are not read to check it.

    Raises
    ------
    FileNotFoundError
        If there is no manifest.
    """
    manifest = _read_manifest(folder)
    arrays = {
        name: np.load(folder / ARRAYS / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        for name in manifest["shapes"]
    }
    return Dataset(arrays, manifest["about"], manifest["fingerprint"])


def count_examples(folder: Path, split: str) -> int:
    """Return how many examples a split of a prepared dataset has, by its manifest.

    Parameters
    ----------
    folder : Path
        The dataset's folder.
    split : {"train", "validation", "test"}
        The split.

    Raises
    ------
    FileNotFoundError
        If there is no manifest.
    ValueError
        If the dataset has no such split.
    """
    shapes = _read_manifest(folder)["shapes"]
    for name in (f"{split}_labels", f"{split}_reviews", f"{split}_characters"):
        if name in shapes:
            return int(shapes[name][0])
    raise ValueError(f"{folder} has no split {split!r}. Its arrays: {', '.join(shapes)}")


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist: the dataset is not prepared, or only in part"
        )
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest
