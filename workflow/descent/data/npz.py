"""A user's own data in a NumPy archive (.npz)."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.compressed import file_sha256
from descent.data.dataset import Dataset
from descent.data.dense import (
    PARTS,
    Labelled,
    dense_dataset,
    encode_labels,
    parts_of_rows,
    stratified_rows,
)
from descent.data.errors import DataError


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
        Holds either ``X`` and ``y``, or ``train_inputs``, ``train_labels`` and, if they are to be
        given rather than split off, the same for ``validation_`` and ``test_``. Inputs are numbers
        of shape (n, ...), flattened to (n, p); labels are integers or text of shape (n,).
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
        Dense classification data; see :mod:`descent.data.dense`.

    Raises
    ------
    DataError
        If the file is not an .npz archive of plain arrays, holds pickled objects, lacks an array,
        or its arrays do not fit together.
    """
    arrays = _read_npz(file)
    groups: dict[str, Labelled]
    if {"X", "y"} <= arrays.keys():
        groups = {"train": (arrays["X"], arrays["y"])}
    elif {"train_inputs", "train_labels"} <= arrays.keys():
        groups = {}
        for part in PARTS:
            pair = [arrays.get(f"{part}_inputs"), arrays.get(f"{part}_labels")]
            if pair[0] is not None and pair[1] is not None:
                groups[part] = (pair[0], pair[1])
            elif pair[0] is not None or pair[1] is not None:
                raise DataError(
                    f"{file}: expected both {part}_inputs and {part}_labels, found one of them"
                )
    else:
        found = ", ".join(sorted(arrays)) or "nothing"
        raise DataError(
            f"{file}: expected the arrays X and y, or train_inputs and train_labels, found {found}"
        )
    shape = groups["train"][0].shape[1:]
    for part, (inputs, labels) in groups.items():
        _check(f"{file}: {part}", inputs, labels, shape)
    try:
        encoded, class_names = encode_labels({part: y for part, (_, y) in groups.items()})
    except DataError as error:
        raise DataError(f"{file}: {error}") from error
    flat = {part: (x.reshape(len(x), -1), encoded[part]) for part, (x, _) in groups.items()}
    about: dict[str, Any] = {
        "class_names": class_names,
        "source": file.name,
        "sha256": {str(file): file_sha256(file)},
    }
    if len(shape) > 1:
        about["image_shape"] = list(shape)
    try:
        names = {part: y for part, (_, y) in groups.items()}
        rows = stratified_rows(names, validation=validation, test=test, seed=seed)
        return dense_dataset(
            parts_of_rows(flat, rows),
            classes=len(class_names),
            standardize=standardize,
            about=about,
            rows=rows,
        )
    except DataError as error:
        raise DataError(f"{file}: {error}") from error


def _read_npz(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz file, none of them pickled."""
    try:
        with file.open("rb") as stream:
            loaded = np.load(stream, allow_pickle=False)
            if isinstance(loaded, np.lib.npyio.NpzFile):
                with loaded:
                    return {name: loaded[name] for name in loaded.files}
    except FileNotFoundError as error:
        raise DataError(f"{file} does not exist") from error
    except ValueError as error:
        if "pickle" not in str(error):
            raise DataError(f"{file}: expected an .npz archive, found damage: {error}") from error
        raise DataError(
            f"{file}: expected plain arrays of numbers or text, found pickled objects, which are "
            f"never loaded because they can run code: save with np.savez(..., allow_pickle=False)"
        ) from error
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        MemoryError,  # a header with a size beyond the file
        RuntimeError,  # a flag that says the archive is encrypted, or has an unknown compression
    ) as error:
        raise DataError(f"{file}: expected an .npz archive, found damage: {error}") from error
    raise DataError(f"{file}: expected an .npz archive, found a single array")


def _check(place: str, inputs: NDArray[Any], labels: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Raise unless the inputs are finite numbers (n, ...) and the labels name their classes."""
    if inputs.ndim and not len(inputs):
        raise DataError(f"{place} inputs: expected at least one row, found none")
    if inputs.ndim < 2 or inputs.shape[1:] != shape or not math.prod(shape):
        expected = ("n", *(str(n) for n in shape)) if shape else ("n", "p")
        raise DataError(
            f"{place} inputs: expected the shape ({', '.join(expected)}), found {inputs.shape}"
        )
    if inputs.dtype.kind not in "buif":
        raise DataError(f"{place} inputs: expected real numbers, found {inputs.dtype}")
    if labels.shape != inputs.shape[:1]:
        raise DataError(
            f"{place} labels: expected the shape ({len(inputs)},), found {labels.shape}"
        )
    if labels.dtype.kind not in "buiU":
        raise DataError(f"{place} labels: expected integers or text, found {labels.dtype}")
    if not (finite := np.isfinite(inputs)).all():
        row, *column = map(int, np.argwhere(~finite)[0])
        raise DataError(
            f"{place} inputs: expected finite numbers, found {inputs[row, *column]} in row {row}, "
            f"column {', '.join(map(str, column))} (from 0)"
        )
