"""Dense classification data: the arrays of every such dataset.

========================  ============  =================================================
array                     shape         content
========================  ============  =================================================
``train_inputs``          (n, p)        float32, standardised; or uint8, as published
``train_extents``         (n,)          uint16 or larger: how many leading columns hold
                                        all of an example that is not zero for a model
``train_labels``          (n,)          uint8 (int64 beyond 256 classes), 0 to classes - 1
the same three for ``validation`` and ``test``
``shift``, ``scale``      (1,) or (p,)  float64: a model's input is ``(x - shift) / scale``
``columns``               (p,)          int64: where a stored column stood in the source
========================  ============  =================================================

What is known about it: ``kind`` ("dense"), ``classes``, and what the source adds, such as
``image_shape`` (of an example that has more than one axis), ``class_names``, ``source`` and
``sha256``.

Bytes with one shift and one scale stay bytes, a quarter of the memory, and
:class:`descent.data.inputs.Inputs` standardises them when a model reads them. All other inputs are
stored as a model reads them, and shift and scale say what was done.

Columns are stored in the order of how many training examples use them, that is, are not zero there
for a model. What an example leaves blank, as the margin of an image, then lies mostly at its end,
and in a mini-batch sorted by extents, products with it can be left out. Columns that are used
equally often, as all are in most data but images, keep their order; :func:`in_source_order` puts
them back. The order is a matter of the models that leave products out: :func:`in_source_shape`
gives any other the examples as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from descent.data.dataset import Dataset, make_dataset
from descent.data.errors import DataError, SettingError
from descent.data.inputs import Inputs

PARTS = ("train", "validation", "test")

#: Numbers whose range is this many units in the last place of the largest differ by rounding alone.
_ROUNDING = 4
#: If numbers are larger than their range by this factor, the first is subtracted from all of them.
_FAR = 1e6

#: Inputs of shape (n, p) with their labels of shape (n,).
Labelled: TypeAlias = tuple[NDArray[Any], NDArray[Any]]


def dense_dataset(
    parts: Mapping[str, Labelled],
    *,
    classes: int,
    standardize: str,
    about: Mapping[str, Any],
) -> Dataset:
    """Standardise the inputs by the training part alone, and name the arrays.

    Parameters
    ----------
    parts : mapping of {"train", "validation", "test"} to (inputs, labels)
        Inputs of shape (n, p), of bytes or of numbers; labels of shape (n,) from 0.
    classes : int
        Number of classes, at least 2.
    standardize : {"scale", "inputs", "features", "none"}
        ``scale``: divided by the largest absolute value among the training inputs, as is usual for
        pixels: they are scaled to [0, 1], and zero stays zero.
        ``inputs``: one mean and one standard deviation over all training inputs.
        ``features``: a mean and a standard deviation for each of the p columns; a column that is
        constant in the training part, but for rounding, is only centred. ``none``: the inputs as
        they are.
    about : mapping of str to object
        Further facts of JSON types.

    Returns
    -------
    Dataset
        The arrays of this module's table.

    Raises
    ------
    DataError
        If there are fewer than two classes, a part is empty, the training inputs are constant, or
        an input is not a finite number in float32, in which models read it.
    """
    if classes < 2:
        raise DataError(f"expected labels of at least two classes, found {classes}")
    for part in PARTS:
        if not len(parts[part][1]):
            raise DataError(f"the {part} part is empty: {_sizes(parts)}")
    with np.errstate(over="ignore", invalid="ignore"):  # seen, and named, in what comes of it
        given = parts["train"][0]
        first = _far_away(given) if standardize == "features" else None
        if first is not None:
            parts = {part: (_from_first(x, first), y) for part, (x, y) in parts.items()}
        shift, scale = _statistics(parts["train"][0], standardize, given)
    label_type = np.uint8 if classes <= 256 else np.int64
    used = {part: parts[part][0] != shift for part in PARTS}
    columns = np.argsort(-np.count_nonzero(used["train"], axis=0), kind="stable")
    arrays: dict[str, NDArray[Any]] = {}
    for part in PARTS:
        x, labels = parts[part]
        keep = x.dtype == np.uint8 and shift.ndim == 0
        arrays[f"{part}_extents"] = _extents(used[part][:, columns])
        arrays[f"{part}_inputs"] = (x if keep else _as_read(part, x, shift, scale))[:, columns]
        arrays[f"{part}_labels"] = labels.astype(label_type)
    if first is not None:
        shift = shift + first
    arrays |= {
        "shift": shift[columns] if shift.ndim else shift[None],
        "scale": scale[columns] if scale.ndim else scale[None],
        "columns": columns,
    }
    return make_dataset(arrays, {"kind": "dense", "classes": classes, **about})


def in_source_order(dataset: Dataset, inputs: NDArray[Any]) -> NDArray[Any]:
    """Return inputs with their columns in the order of the source.

    Parameters
    ----------
    dataset : Dataset
        A dense one.
    inputs : ndarray of shape (..., p)
        Rows of its inputs, or anything else with a number for each stored column.

    Returns
    -------
    ndarray of shape (..., p)
        A copy.
    """
    restored = np.empty_like(inputs)
    restored[..., dataset["columns"]] = inputs
    return restored


def in_source_shape(dataset: Dataset) -> Dataset:
    """Return a dense dataset with every example in its shape, ready for a model.

    Parameters
    ----------
    dataset : Dataset
        A dense one, with the arrays of this module's table.

    Returns
    -------
    Dataset
        For each part ``train``, ``validation`` and ``test``: ``<part>_inputs``, float32, of shape
        (n, *image_shape), or (n, p) where the source has no images, standardised; and
        ``<part>_labels``, int64, of shape (n,). They are copies. What is known about the data, and
        their fingerprint, are the dataset's.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for part in PARTS:
        stored = Inputs(dataset, part, np.dtype(np.float32))
        inputs = in_source_order(dataset, stored.rows(slice(None)))
        shape = dataset.about.get("image_shape", stored.shape[1:])
        arrays[f"{part}_inputs"] = inputs.reshape(-1, *shape)
        arrays[f"{part}_labels"] = dataset[f"{part}_labels"].astype(np.int64)
    return replace(dataset, arrays=arrays)


def names_of_classes(dataset: Dataset) -> list[str]:
    """Return what the source calls each class; its number where it has no names.

    Parameters
    ----------
    dataset : Dataset
        A dense one.
    """
    return [str(c) for c in dataset.about.get("class_names", range(dataset.about["classes"]))]


def encode_labels(labels: Mapping[str, NDArray[Any]]) -> tuple[dict[str, NDArray[Any]], list[Any]]:
    """Replace labels by the numbers of their classes, from 0 in the order of their names.

    Parameters
    ----------
    labels : mapping of str to ndarray of shape (n,)
        Integers or text, by part; one of the parts is ``train``.

    Returns
    -------
    encoded : dict of str to ndarray of int64, shape (n,)
        The labels as numbers, by part.
    class_names : list of int or str
        What each number stands for.

    Raises
    ------
    DataError
        If a class occurs in another part but not in the training part.
    """
    class_names = np.unique(labels["train"])
    encoded = {}
    for part, values in labels.items():
        unknown = np.setdiff1d(values, class_names)
        if unknown.size:
            raise DataError(
                f"the {part} labels have a class that the training labels lack: {unknown[0]}"
            )
        encoded[part] = np.searchsorted(class_names, values)
    return encoded, class_names.tolist()


def stratified_parts(
    groups: Mapping[str, Labelled], *, validation: float, test: float, seed: int
) -> dict[str, Labelled]:
    """Split off, from the training examples, the parts that are not given.

    Parameters
    ----------
    groups : mapping of {"train", "validation", "test"} to (inputs, labels)
        ``train`` and, where they exist already, ``validation`` and ``test``.
    validation, test : float
        Fractions of the examples given as ``train``, range ``(0, 1)``; of use only for a part
        that is not given.
    seed : int
        Seed of scikit-learn's ``train_test_split``, which keeps the proportions of the classes.

    Returns
    -------
    dict of {"train", "validation", "test"} to (inputs, labels)
        The three parts, the examples in their order.

    Raises
    ------
    SettingError
        If the fractions leave no training part.
    DataError
        If there are too few examples of a class for each part to have one.
    """
    from sklearn.model_selection import train_test_split  # noqa: PLC0415  # costly to import

    fractions = {"test": test, "validation": validation}
    fractions = {part: size for part, size in fractions.items() if part not in groups}
    if sum(fractions.values()) >= 1:
        raise SettingError(
            f"validation and test must leave a training part. Received: {validation} and {test}"
        )
    inputs, labels = groups["train"]
    rest = np.arange(len(labels))
    parts = dict(groups)
    for part, fraction in fractions.items():
        size = round(fraction * len(labels))
        try:
            rest, rows = train_test_split(
                rest, test_size=size, stratify=labels[rest], random_state=seed
            )
        except ValueError as error:
            raise DataError(f"the {part} part cannot be split off. {error}") from error
        parts[part] = (inputs[np.sort(rows)], labels[np.sort(rows)])
    if fractions:
        parts["train"] = (inputs[np.sort(rest)], labels[np.sort(rest)])
    for part in ("train", *fractions):
        missing = np.setdiff1d(labels, parts[part][1])
        if missing.size:
            raise DataError(
                f"the {part} part has no example of the class {missing[0]}: give it more examples, "
                "or larger parts, or leave the class out"
            )
    return parts


def _statistics(
    x: NDArray[Any], standardize: str, given: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shift and scale by the training inputs, given as they were: scalars, or by column."""
    if standardize == "none":
        return np.zeros(()), np.ones(())
    if standardize == "features":
        std = np.std(x, axis=0, dtype=np.float64)
        constant = _is_constant(given, axis=0)
        mean = np.where(constant, x[0], np.mean(x, axis=0, dtype=np.float64))
        return mean, np.where(constant, 1.0, std)
    if standardize == "scale":
        low, high = float(x.min()), float(x.max())
        shift, scale = 0.0, max(high, -low)
    elif x.dtype == np.uint8:  # integer sums give the same bits on every machine
        total = int(x.sum(dtype=np.int64))
        squares = int(np.square(x, dtype=np.uint16).sum(dtype=np.int64))
        shift = total / x.size
        scale = np.sqrt((x.size * squares - total**2) / x.size**2)
    else:
        shift = np.mean(x, dtype=np.float64)
        scale = np.std(x, dtype=np.float64)
    if _is_constant(x):
        raise DataError(f"every training input is {x.flat[0]:g}: there is nothing to learn from")
    return np.asarray(shift), np.asarray(scale)


def _is_constant(x: NDArray[Any], axis: int | None = None) -> NDArray[np.bool_]:
    """Return whether numbers are equal, but for what rounding leaves."""
    low, high = x.min(axis=axis), x.max(axis=axis)
    if x.dtype.kind != "f":
        return np.asarray(low == high)
    units = _ROUNDING * float(np.finfo(x.dtype).eps)
    return np.asarray(np.float64(high) - low <= units * np.maximum(np.abs(low), np.abs(high)))


def _far_away(x: NDArray[Any]) -> NDArray[Any] | None:
    """Return the first number of each column that is large beside its range, and 0 for the others.

    None if no column is so: then sums in float64 lose nothing.
    """
    if x.dtype.itemsize < 8:
        return None
    low, high = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
    far = np.maximum(np.abs(low), np.abs(high)) > _FAR * (high - low)
    return np.where(far, x[0], np.zeros((), x.dtype)) if far.any() else None


def _from_first(x: NDArray[Any], first: NDArray[Any]) -> NDArray[np.float64]:
    """Return how far numbers are from others: exact, whatever both have in common."""
    whole = np.int64 if x.dtype.kind in "iu" else np.float64  # two numbers that wrap, wrap alike
    way: NDArray[np.float64] = (x.astype(whole) - first.astype(whole)).astype(np.float64)
    return way


def _as_read(
    part: str, x: NDArray[Any], shift: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return standardised inputs in the type in which they are read, finite throughout."""
    with np.errstate(over="ignore", invalid="ignore"):
        read = ((x - shift) / scale).astype(np.float32)
    # What overflowed in the statistics would be zero everywhere, and finite.
    wrong = ~(np.isfinite(read) & np.isfinite(shift) & np.isfinite(scale))
    if wrong.any():
        raise DataError(
            f"{part} inputs: the number {max(x[wrong], key=abs):g} is too large for float32, in "
            "which models read it"
        )
    return read


def _extents(used: NDArray[np.bool_]) -> NDArray[np.unsignedinteger]:
    """Return, for every row, one more than the last nonzero column; 0 if there is none."""
    columns = used.shape[1]
    last_first = used[:, ::-1].argmax(axis=1)
    extents = np.where(used.any(axis=1), columns - last_first, 0)
    return extents.astype(np.uint16 if columns < 2**16 else np.uint32)


def _sizes(parts: Mapping[str, Labelled]) -> str:
    return ", ".join(f"{part} {len(parts[part][1]):,}" for part in PARTS)
