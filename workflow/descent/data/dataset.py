"""A prepared dataset: a folder of .npy arrays and a manifest.

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
        with replaced_whole(folder / f"{name}.npy") as temporary, temporary.open("wb") as file:
            np.save(file, array, allow_pickle=False)
    manifest = {
        "arrays": sorted(dataset.arrays),
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
    path = folder / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist: the dataset is not prepared, or only in part"
        )
    manifest = json.loads(path.read_text(encoding="utf-8"))
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        for name in manifest["arrays"]
    }
    return Dataset(arrays, manifest["about"], manifest["fingerprint"])


def count_examples(folder: Path, split: str) -> int:
    """Return how many examples a split of a prepared dataset has.

    Parameters
    ----------
    folder : Path
        The dataset's folder.
    split : {"train", "validation", "test"}
        The split.

    Raises
    ------
    FileNotFoundError
        If the dataset has no such split.
    """
    for name in (f"{split}_labels", f"{split}_reviews"):
        path = folder / f"{name}.npy"
        if path.is_file():
            return int(np.load(path, mmap_mode="r", allow_pickle=False).shape[0])
    raise FileNotFoundError(f"{folder} has no split {split!r}: the dataset is not prepared")
