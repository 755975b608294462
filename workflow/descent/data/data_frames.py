"""Data frames, with one example in each row, become a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from descent.data.dataset import Dataset
from descent.data.errors import DataError
from descent.data.files import file_sha256
from descent.data.labelled_vectors import Labelled
from descent.data.own_arrays import dataset_of_arrays
from descent.data.suspicions import numbers_rows, of_column
from descent.foundation.suggestions import shown_value

if TYPE_CHECKING:
    import pandas as pd

#: What pandas calls a column without a name.
UNNAMED = re.compile(r"|Unnamed: \d+|__index_level_\d+__")
#: Values of a column of text that are encoded.
MOST_CATEGORIES = 1000
#: What tables write for a value that is missing; as a label it is a class, and remarked upon.
MISSING = ("?", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "none")


def dataset_of_frames(
    frames: Mapping[str, pd.DataFrame],
    paths: Sequence[Path],
    *,
    label: str | int,
    leave_out: Sequence[str | int],
    categories: str,
    **options: Any,
) -> Dataset:
    """Take labels and inputs from data frames, and prepare them.

    Parameters
    ----------
    frames : mapping of {"train", "test"} to DataFrame
        At least ``train``. The columns of the others are the same, in any order, and no value is
        missing.
    paths : sequence of Path
        The files that they are from.
    label : str or int
        The column of the labels: its name, or its number from 0 (from the last one, -1, down).
    leave_out : sequence of str or int
        Further columns that are not inputs. A column without a name that holds another whole number
        in each row, as pandas writes its index, is left out too, with a note.
    categories : {"refuse", "one_hot", "ordinal"}
        What becomes of columns of text.
    **options
        As for :func:`descent.data.own_arrays.dataset_of_arrays`.

    Returns
    -------
    Dataset
        Dense classification data with ``column_names``, the inputs in the order of the file; see
        :mod:`descent.data.labelled_vectors`.

    Raises
    ------
    DataError
        If there is no such column, a value is missing or no number, or the frames do not fit
        together.
    """
    place = " and ".join(map(str, paths))
    read: dict[str, pd.DataFrame] = {}
    for part, frame in frames.items():
        read[part] = frame.set_axis(frame.columns.map(str), axis=1)
        if (twice := read[part].columns.duplicated()).any():
            name = read[part].columns[twice][0]
            raise DataError(
                f"{place}: {part}: expected each column name once, found {name!r} twice"
            )
    names = list(read["train"].columns)
    label_name = column_name(label, names, "label", place)
    others = {column_name(column, names, "leave_out", place) for column in leave_out}
    numbering = [name for name in names if numbers_rows(name, read.values())]
    index = {name for name in numbering if UNNAMED.fullmatch(name)} - {label_name}
    inputs = [name for name in names if name not in {label_name, *others, *index}]
    if not inputs:
        raise DataError(f"{place}: expected columns of inputs beside {label_name!r}, found none")
    for part, frame in read.items():
        if missing := [name for name in (label_name, *inputs) if name not in frame.columns]:
            raise DataError(f"{place}: {part} has no column {missing[0]!r}, which train has")
        if not len(frame):
            raise DataError(f"{place}: {part}: expected at least one row, found none")
    columns: dict[str, list[NDArray[Any]]] = {part: [] for part in read}
    column_names: list[str] = []
    for name in inputs:
        encoded = _inputs({part: frame[name] for part, frame in read.items()}, place, categories)
        column_names += [name if value is None else f"{name}={value}" for value in encoded[0]]
        for part, found in encoded[1].items():
            columns[part] += found
    groups: dict[str, Labelled] = {
        part: (np.stack(columns[part], axis=1), _labels(frame[label_name], f"{place}: {part}"))
        for part, frame in read.items()
    }
    facts: dict[str, Any] = {
        "label": label_name,
        "column_names": column_names,
        "source": paths[0].name,
        "sha256": {str(path): file_sha256(path) for path in paths},
    }
    notes = [f"left out the column {name!r}, which numbers the rows" for name in sorted(index)]
    remarks = [of_column(name) for name in numbering if name in inputs]
    remarks += _markers(label_name, (labels for _, labels in groups.values()))
    return dataset_of_arrays(
        groups,
        place=place,
        about=facts,
        notes=notes,
        remarks=remarks,
        column_names=column_names,
        **options,
    )


def _inputs(
    series: Mapping[str, pd.Series], place: str, categories: str
) -> tuple[Sequence[str | None], dict[str, list[NDArray[Any]]]]:
    """Return the values of a column of inputs that become columns, and these columns by part."""
    for part, values in series.items():
        _check_none_missing(values, f"{place}: {part}")
    has_text = any(isinstance(value, str) for values in series.values() for value in values)
    if categories == "refuse" or not has_text:
        return [None], {part: [_numbers(v, f"{place}: {part}")] for part, v in series.items()}
    known = sorted({str(value) for value in series["train"]})
    name = series["train"].name
    if len(known) > MOST_CATEGORIES:
        raise DataError(
            f"{place}: expected at most {MOST_CATEGORIES:,} values of text in the column {name!r}, "
            f"found {len(known):,}: name it in leave_out"
        )
    codes = {part: np.searchsorted(known, v.astype(str).to_numpy()) for part, v in series.items()}
    for part, values in series.items():
        unknown = values[~values.astype(str).isin(known)]
        if len(unknown):
            raise DataError(
                f"{place}: {part}: expected a value that train has in the column {name!r}, found "
                f"{_shown(unknown.iloc[0])}, in {len(unknown):,} rows"
            )
    if categories == "ordinal":
        return [None], {part: [code.astype(np.float64)] for part, code in codes.items()}
    return known, {part: list(np.eye(len(known))[code].T) for part, code in codes.items()}


def column_name(column: str | int, names: Sequence[str], option: str, place: str) -> str:
    """Return the name of a column that is given by its name or its number.

    Parameters
    ----------
    column : str or int
        Its name, or its number from 0 (from the last one, -1, down).
    names : sequence of str
        The names of all columns.
    option, place : str
        The option that gives it and the name of the file, for the message.

    Raises
    ------
    DataError
        If there is no such column.
    """
    if isinstance(column, str) and column in names:
        return column
    if isinstance(column, int) and -len(names) <= column < len(names):
        return names[column]
    shown = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
    raise DataError(
        f"{place}: {option} must be one of the {len(names):,} columns, by name or number from 0 "
        f"({shown}). Received: {column!r}"
    )


def _numbers(series: pd.Series, place: str) -> NDArray[Any]:
    """Return a column of inputs as numbers."""
    import pandas as pd  # noqa: PLC0415  # costly to import

    if series.dtype.kind in "buif" and isinstance(series.dtype, np.dtype):
        return series.to_numpy()
    # categories, text, and pandas's own types with a mask and those of Arrow
    plain = series.astype(object)
    numbers = pd.to_numeric(plain.where(plain.map(np.isscalar)), errors="coerce")
    if (wrong := numbers.isna()).any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{place} inputs: expected a number, found {_shown(series.iloc[row])} in row {row} "
            f"(from 0), column {series.name!r}. Set categories to one_hot or ordinal if it "
            "holds text, or name the column in leave_out"
        )
    return numbers.to_numpy(dtype=np.float64)


def _labels(series: pd.Series, place: str) -> NDArray[Any]:
    """Return a column of labels as numbers or as text."""
    _check_none_missing(series, place)
    values = series.tolist()
    if all(isinstance(value, bool | int | float) for value in values):
        return np.array(values)
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise DataError(
                f"{place} labels: expected numbers or text, found {_shown(value)} in row {row} "
                "(from 0)"
            )
    return np.array(values, dtype=np.str_)


def _shown(value: Any) -> str:
    """Return a value as it stands in a message, in one line."""
    return shown_value(value if isinstance(value, str | int | float) else str(value))


def _check_none_missing(series: pd.Series, place: str) -> None:
    missing = np.array(series.isna(), dtype=bool)
    if series.dtype.kind not in "buif":
        missing |= np.array([isinstance(value, str) and not value for value in series], dtype=bool)
    if missing.any():
        raise DataError(
            f"{place}: expected a value, found none in row {int(missing.argmax())} (from 0), "
            f"column {series.name!r}. {int(missing.sum()):,} of {len(series):,} are missing there: "
            "fill them in, or leave out the rows or the column"
        )


def _markers(label: str, labels: Iterable[NDArray[Any]]) -> Iterable[str]:
    """Yield a remark on every class that is called as missing values often are."""
    found = np.concatenate([part.astype(np.str_) for part in labels])
    for name in MISSING:
        if count := int(np.count_nonzero(found == name)):
            yield (
                f"{count:,} labels in the column {label!r} are {name!r}, which is taken for a "
                "class: if it stands for a missing value, leave out those rows"
            )
