"""A user's own data in a NumPy archive (.npz)."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from descent.data.dataset import Dataset
from descent.data.errors import DataError
from descent.data.files import PART_NAMES, file_sha256, reading
from descent.data.labelled_vectors import PARTS, Labelled
from descent.data.own_arrays import dataset_of_arrays
from descent.data.source import Source

#: What inputs and labels are called, first come first served; capitals make no difference.
INPUTS = ("X", "inputs", "data", "images", "features")
LABELS = ("y", "labels", "target", "targets")


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
        Holds inputs and labels under the names of :data:`INPUTS` and :data:`LABELS`, such as ``X``
        and ``y``, or part by part with the names of :data:`descent.data.files.PART_NAMES` before
        or behind: ``x_train`` and ``y_train``, ``train_inputs`` and ``train_labels``; likewise, if
        they are to be given rather than split off, for validation and test. Inputs are numbers of
        shape (n, ...), flattened to (n, p); labels are as :func:`descent.data.labels.read_labels`
        takes them.
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
    pairs = {
        part: tuple(_spelled(names, words, part) for words in (INPUTS, LABELS)) for part in PARTS
    }
    if None in pairs["train"]:
        raise DataError(
            f"expected arrays for inputs and labels called {' or '.join(INPUTS)}, and "
            f"{' or '.join(LABELS)}, or such names with the part before or behind, as x_train and "
            "y_train, test_inputs and test_labels, val_images and val_labels; found "
            f"{', '.join(sorted(names)) or 'nothing'}"
        )
    for part, (x, y) in pairs.items():
        if (x is None) != (y is None):
            raise DataError(f"expected inputs and labels for {part}, found only {x or y}")
    found = {part: (x, y) for part, (x, y) in pairs.items() if x is not None and y is not None}
    read = {name for pair in found.values() for name in pair}
    held_out = (*PART_NAMES["validation"], *PART_NAMES["test"])
    for name in sorted(set(names) - read):
        if any(word in name.lower() for word in held_out):
            raise DataError(
                f"the array {name} is called as part of the test or validation data, and would not "
                f"be read beside {', '.join(sorted(read))}: rename it, or take it out"
            )
    return found


def _spelled(names: Collection[str], words: Sequence[str], part: str) -> str | None:
    """Return the array whose name is a word and a part, in either order; of train, or the word."""
    tries = [
        name
        for w in words
        for p in PART_NAMES[part]
        for name in (f"{p}_{w}", f"{w}_{p}", f"{p}{w}", f"{w}{p}")
    ]
    tries += words if part == "train" else ()
    known = {name.lower(): name for name in names} | {name: name for name in names}
    found = (known.get(name, known.get(name.lower())) for name in tries)
    return next((name for name in found if name is not None), None)


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
