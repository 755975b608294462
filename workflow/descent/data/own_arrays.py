"""A user's own inputs and labels become a dataset: checked, split, encoded.

What is known about the dataset includes ``notes``, which say how the file was read where a reader
could expect something else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.dataset import Dataset
from descent.data.errors import DataError
from descent.data.labelled_vectors import (
    Labelled,
    dense_dataset,
    encode_labels,
    stratified_parts,
)
from descent.data.labels import read_labels
from descent.data.suspicions import in_repetitions, in_spelling

#: Numbers of a pixel: grey, colours, and colours with opacity.
CHANNELS = (1, 3, 4)


def dataset_of_arrays(
    groups: Mapping[str, Labelled],
    *,
    place: str,
    validation: float,
    test: float,
    seed: int,
    standardize: str,
    about: Mapping[str, Any],
    notes: Sequence[str] = (),
    remarks: Sequence[str] = (),
    column_names: Sequence[str] | None = None,
) -> Dataset:
    """Check, split, encode and standardise inputs and labels.

    Parameters
    ----------
    groups : mapping of {"train", "validation", "test"} to (inputs, labels)
        At least ``train``; the parts that are absent are split off from it. Inputs are numbers of
        shape (n, ...), labels as :func:`descent.data.labels.read_labels` takes them.
    place : str
        Name of the file, for messages.
    validation, test, seed
        As for :func:`descent.data.labelled_vectors.stratified_parts`.
    standardize
        As for :func:`descent.data.labelled_vectors.dense_dataset`.
    about : mapping of str to object
        Further facts of JSON types.
    notes, remarks : sequence of str, default none
        How the file was read, and what looks wrong in it.
    column_names : sequence of str or None, default None
        What the columns are called, for messages.

    Returns
    -------
    Dataset
        Dense classification data; see :mod:`descent.data.labelled_vectors`.

    Raises
    ------
    DataError
        If an input is no finite number, labels name no class, or the parts do not fit together.
    SettingError
        If an option is out of range.
    """
    shape = groups["train"][0].shape[1:]
    labels: dict[str, NDArray[Any]] = {}
    read = list(notes)
    for part, (inputs, stored) in groups.items():
        _check_inputs(f"{place}: {part}", inputs, shape, column_names)
        try:
            labels[part], of_labels = read_labels(stored, len(inputs))
        except DataError as error:
            raise DataError(f"{place}: {part} {error}") from error
        read += [note if len(groups) == 1 else f"{part} {note}" for note in of_labels]
    facts = dict(about)
    if len(shape) > 1:
        facts["image_shape"] = list(shape[:2] if shape[2:] == (1,) else shape)
    if read:
        facts["notes"] = read
    flat = {part: (x.reshape(len(x), -1), labels[part]) for part, (x, _) in groups.items()}
    try:
        parts = stratified_parts(flat, validation=validation, test=test, seed=seed)
        every_label = np.concatenate([y for _, y in parts.values()])
        if suspicions := [*remarks, *in_spelling(every_label), *in_repetitions(parts)]:
            facts["remarks"] = suspicions
        encoded, class_names = encode_labels({part: y for part, (_, y) in parts.items()})
        return dense_dataset(
            {part: (x, encoded[part]) for part, (x, _) in parts.items()},
            classes=len(class_names),
            standardize=standardize,
            about={"class_names": class_names, **facts},
        )
    except DataError as error:
        raise DataError(f"{place}: {error}") from error


def _check_inputs(
    place: str,
    inputs: NDArray[Any],
    shape: tuple[int, ...],
    column_names: Sequence[str] | None,
) -> None:
    """Raise unless the inputs are finite numbers of shape (n, ...), with at least one row."""
    if inputs.ndim and not len(inputs):
        raise DataError(f"{place} inputs: expected at least one row, found none")
    if inputs.ndim < 2 or inputs.shape[1:] != shape or not math.prod(shape):
        expected = ("n", *(str(n) for n in shape)) if shape else ("n", "p")
        raise DataError(
            f"{place} inputs: expected the shape ({', '.join(expected)}), found {inputs.shape}"
        )
    if inputs.dtype.kind not in "buif":
        raise DataError(f"{place} inputs: expected real numbers, found {inputs.dtype}")
    if not (finite := np.isfinite(inputs)).all():
        row, *column = map(int, np.argwhere(~finite)[0])
        named = repr(column_names[column[0]]) if column_names else ", ".join(map(str, column))
        raise DataError(
            f"{place} inputs: expected finite numbers, found {inputs[row, *column]} in row {row}, "
            f"column {named} (from 0)"
        )
