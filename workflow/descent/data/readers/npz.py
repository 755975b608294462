"""A user's own data in a NumPy archive (.npz)."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

import numpy as np

from descent.data.dataset import Dataset
from descent.data.errors import DataError
from descent.data.files import file_sha256, reading
from descent.data.labelled_vectors import PARTS, Labelled
from descent.data.own_arrays import dataset_of_arrays
from descent.data.source import Source

#: What inputs and labels are called, first come first served; capitals make no difference.
PAIRS = (
    ("X", "y"),
    ("inputs", "labels"),
    ("data", "target"),
    ("data", "targets"),
    ("images", "labels"),
    ("features", "labels"),
)
#: What a part is called in the name of an array.
PART_NAMES = {
    "train": ("train",),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test",),
}


def prepare_npz(
    file: Path,
    *,
    validation: float = 0.15,
    test: float = 0.2,
    seed: int = 0,
    standardize: str = "features",
) -> Dataset:
    """Split and standardise a classification dataset in an .npz file.

    Parameters
    ----------
    file : Path
        Holds inputs and labels under the names of :data:`PAIRS`, such as ``X`` and ``y``, or part
        by part with the names of :data:`PART_NAMES` before or behind: ``x_train`` and ``y_train``,
        ``train_inputs`` and ``train_labels``; likewise, if they are to be given rather than split
        off, for validation and test. Inputs are numbers of shape (n, ...), flattened to (n, p);
        labels are as :func:`descent.data.labels.read_labels` takes them.
    validation, test : float, default 0.15 and 0.2
        Fractions of the training examples to split off for a part that is not given,
        range ``(0, 1)``.
    seed : int, default 0
        Seed of the split, which keeps the proportions of the classes.
    standardize : {"features", "inputs", "scale", "none"}, default "features"
        By column; by one mean and standard deviation over everything; by the largest absolute
        value, which leaves zeros zero; or not at all.

    Returns
    -------
    Dataset
        Dense classification data; see :mod:`descent.data.labelled_vectors`.

    Raises
    ------
    DataError
        If the file is not an .npz archive of plain arrays, holds pickled objects, lacks an array,
        or its arrays do not fit together.
    """
    groups, unread = _read_npz(file)
    return dataset_of_arrays(
        groups,
        place=str(file),
        validation=validation,
        test=test,
        seed=seed,
        standardize=standardize,
        about={"source": file.name, "sha256": {str(file): file_sha256(file)}},
        notes=[f"arrays that were not read: {', '.join(unread)}"] if unread else [],
    )


def names_by_part(names: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return which arrays hold inputs and labels of each part.

    Parameters
    ----------
    names : collection of str
        Names of arrays.

    Returns
    -------
    dict of {"train", "validation", "test"} to (str, str)
        ``train`` and the parts that are there. Without an array for ``train``, a pair without the
        name of a part is for training.

    Raises
    ------
    DataError
        If there is no pair to train on, or half a pair for a part.
    """
    for words in PAIRS:
        pairs = {part: [_spelled(names, word, part) for word in words] for part in PARTS}
        if None in pairs["train"]:
            continue
        for part, pair in pairs.items():
            if pair.count(None) == 1:
                raise DataError(
                    f"expected both {part}_{words[0]} and {part}_{words[1]}, found one of them"
                )
        return {part: (x, y) for part, (x, y) in pairs.items() if x is not None and y is not None}
    shown = ", ".join(f"{inputs} and {labels}" for inputs, labels in PAIRS)
    raise DataError(
        f"expected arrays for inputs and labels called {shown}, or such names with the part before "
        f"or behind, as x_train and y_train, test_inputs and test_labels, val_images and "
        f"val_labels; found {', '.join(sorted(names)) or 'nothing'}"
    )


def _spelled(names: Collection[str], word: str, part: str) -> str | None:
    """Return the array whose name is a word and a part, in either order; of train, or the word."""
    tries = [name for p in PART_NAMES[part] for name in (f"{p}_{word}", f"{word}_{p}")]
    tries += [word] * (part == "train")
    found = (_find(names, name) for name in tries)
    return next((name for name in found if name is not None), None)


def _find(names: Collection[str], name: str) -> str | None:
    """Return a name that is there, as it is spelled or, if there is one, in other capitals."""
    if name in names:
        return name
    alike = [other for other in names if other.lower() == name.lower()]
    return alike[0] if len(alike) == 1 else None


def _read_npz(file: Path) -> tuple[dict[str, Labelled], list[str]]:
    """Return inputs and labels of each part, and the names of the arrays that are left alone.

    Nothing that is pickled is loaded: it could run code.
    """
    faults = (
        ValueError,  # pickled objects, or no array at all
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        MemoryError,  # a header with a size beyond the file
        RuntimeError,  # a flag that says the archive is encrypted, or has an unknown compression
    )
    with reading(file, "an .npz archive of numbers and text", *faults), file.open("rb") as stream:
        loaded = np.load(stream, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise DataError(f"{file}: expected an .npz archive, found a single array")
        try:
            named = names_by_part(loaded.files)
        except DataError as error:
            raise DataError(f"{file}: {error}") from error
        read = {name: loaded[name] for pair in named.values() for name in pair}
        for name, array in read.items():
            if not isinstance(array, np.ndarray):
                raise DataError(f"{file}: expected NumPy arrays, found {name!r}, which is none")
        groups = {part: (read[inputs], read[labels]) for part, (inputs, labels) in named.items()}
        return groups, sorted(set(loaded.files) - read.keys())


SOURCE = Source(prepare_npz)
