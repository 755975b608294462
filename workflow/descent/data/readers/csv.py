"""A user's own data in files of comma-separated values."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descent.data.data_frames import MISSING, column_name, dataset_of_frames
from descent.data.dataset import Dataset
from descent.data.errors import DataError
from descent.data.files import open_compressed, reading
from descent.data.source import Source
from descent.foundation.suggestions import shown_value

if TYPE_CHECKING:
    import pandas as pd

#: A number as it is usually written: 01 and 1 are two classes, and text.
_NUMBER = (
    r"0|-?[1-9][0-9]{0,17}"
    r"|[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?"
)


def prepare_csv(
    file: Path,
    label: str | int,
    test_file: Path | None = None,
    *,
    header: bool = True,
    separator: str = ",",
    encoding: str = "utf-8",
    leave_out: Sequence[str | int] = (),
    categories: str = "refuse",
    validation: float = 0.15,
    test: float = 0.2,
    seed: int = 0,
    standardize: str = "features",
) -> Dataset:
    """Split and standardise a classification dataset in a CSV file.

    Parameters
    ----------
    file : Path
        One example in each row; gzipped or not. No value is missing. A column without a name that
        numbers the rows, as pandas writes its index, is left out.
    label : str or int
        The column of the labels: its name, or its number from 0 (-1 is the last). Labels are text
        or whole numbers.
    test_file : Path or None, default None
        Examples to test on, with the same columns; without it a test part is split off.
    header : bool, default True
        Whether the first row has the names of the columns.
    separator : {",", ";", tab, "|", ":", " "}, default ","
        The character between the values.
    encoding : str, default "utf-8"
        The encoding of the files, decoded strictly.
    leave_out : sequence of str or int, default none
        Columns that are not inputs, such as a number of each row, by name or number.
    categories : {"refuse", "one_hot", "ordinal"}, default "refuse"
        What becomes of columns of text: refused; a column of 0 and 1 for each value; or the number
        of the value, from 0 in sorted order. As scikit-learn's encoders do.
    validation, test : float, default 0.15 and 0.2
        Fractions of the examples in ``file`` to split off for a part that is not given,
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
        If a file is no such table, a value is missing or no number, or the files do not fit
        together.
    """
    paths = {"train": file} if test_file is None else {"train": file, "test": test_file}
    frames: dict[str, pd.DataFrame] = {}
    others: list[str] = []
    for part, path in paths.items():
        names = _read_names(path, header=header, separator=separator, encoding=encoding)
        if part == "train":
            label = column_name(label, names, "label", str(path))
            others = [column_name(column, names, "leave_out", str(path)) for column in leave_out]
        position = names.index(str(label)) if label in names else -1
        frame = _parse(
            path,
            encoding,
            sep=separator,
            header=0 if header else None,
            names=range(len(names)),
            dtype={position: str},
        )
        if position >= 0:
            frame[position] = _read_labels(frame[position], path)
        frames[part] = frame.set_axis(names, axis=1)
    return dataset_of_frames(
        frames,
        [*paths.values()],
        label=label,
        leave_out=others,
        categories=categories,
        validation=validation,
        test=test,
        seed=seed,
        standardize=standardize,
    )


def _read_names(path: Path, *, header: bool, separator: str, encoding: str) -> list[str]:
    """Return the names of the columns, their numbers if the file has no names."""
    first = _parse(path, encoding, sep=separator, header=None, nrows=1, dtype=str)
    if not header:
        return [str(i) for i in range(first.shape[1])]
    names = [str(name) for name in first.iloc[0]]
    if all(re.fullmatch(_NUMBER, name) for name in names) and names != [
        str(i) for i in range(len(names))
    ]:
        shown = ", ".join(names[:5])
        raise DataError(
            f"{path}: expected names of columns in the first row, found numbers ({shown}): set "
            "header to false if it is an example"
        )
    return names


def _parse(path: Path, encoding: str, **options: Any) -> pd.DataFrame:
    """Return what pandas reads; text stays text, and nothing is taken for a missing value."""
    import pandas as pd  # noqa: PLC0415  # costly to import

    faults = (ValueError, OverflowError, pd.errors.ParserWarning)
    with (
        reading(path, f"{encoding} text, in rows of as many values as there are columns", *faults),
        open_compressed(path) as stream,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error", pd.errors.ParserWarning)
        frame: pd.DataFrame = pd.read_csv(
            stream,
            encoding=encoding,
            na_filter=False,
            index_col=False,
            low_memory=False,
            skipinitialspace=True,
            **options,
        )
        return frame


def _read_labels(column: pd.Series, path: Path) -> pd.Series:
    """Return labels, which were read as text, as numbers where they are numbers."""
    import pandas as pd  # noqa: PLC0415  # costly to import

    is_number = column.str.fullmatch(_NUMBER)
    if is_number.all():
        return pd.to_numeric(column)
    gaps = column[~is_number]
    if is_number.any() and gaps.isin(MISSING).all():
        raise DataError(
            f"{path} labels: expected a number as in other rows, found {shown_value(gaps.iloc[0])} "
            f"in row {gaps.index[0]} (from 0)"
        )
    return column


SOURCE = Source(prepare_csv)
