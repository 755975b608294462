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
from descent.data.files import file_sha256, open_compressed
from descent.data.source import Source
from descent.foundation.suggestions import shown_value

if TYPE_CHECKING:
    import pandas as pd

#: Whole numbers as they are usually written: 01 and 1 are two classes, and text.
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")


def prepare_csv(
    file: Path,
    label: str | int,
    test_file: Path | None = None,
    *,
    header: bool = True,
    separator: str = ",",
    encoding: str = "utf-8",
    leave_out: Sequence[str | int] = (),
    validation: float = 0.15,
    test: float = 0.2,
    seed: int = 0,
    standardize: str = "features",
) -> Dataset:
    """Split and standardise a classification dataset in a CSV file.

    Parameters
    ----------
    file : Path
        A row an example, gzipped or not. All columns but the label's hold numbers, and no value is
        missing. A first column without a name that counts the rows, as pandas writes it, is left
        out.
    label : str or int
        The column of the labels: its name, or its number from 0 (-1 is the last). Labels are text
        or whole numbers.
    test_file : Path or None, default None
        Examples to test on, with the same columns; without it a test part is split off.
    header : bool, default True
        Whether the first row has the names of the columns.
    separator : {",", ";", tab, "|", ":", " "}, default ","
        What stands between the values.
    encoding : str, default "utf-8"
        The encoding of the files, decoded strictly.
    leave_out : sequence of str or int, default none
        Columns that are no inputs, such as a number of each row, by name or number.
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
    notes = []
    others: list[str] = []
    for part, path in paths.items():
        names = _read_names(path, header=header, separator=separator, encoding=encoding)
        if part == "train":
            label = column_name(label, names, "label", str(path))
            others = [column_name(column, names, "leave_out", str(path)) for column in leave_out]
        position = names.index(str(label)) if label in names else None
        frame = _read_rows(path, names, position, header, separator, encoding)
        if header and not names[0] and _counts_rows(frame[0]):
            others += [""] * (part == "train")
            notes.append(f"{path.name}: left out the first column, which counts the rows")
        frames[part] = frame.set_axis(names, axis=1)
    return dataset_of_frames(
        frames,
        label=label,
        leave_out=others,
        place=" and ".join(map(str, paths.values())),
        about={
            "source": file.name,
            "sha256": {str(path): file_sha256(path) for path in paths.values()},
        },
        notes=notes,
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
    if all(map(_is_number, names)) and names != [str(i) for i in range(len(names))]:
        shown = ", ".join(names[:5])
        raise DataError(
            f"{path}: expected names of columns in the first row, found numbers ({shown}): set "
            "header to false if it is an example"
        )
    return names


def _read_rows(
    path: Path,
    names: Sequence[str],
    label: int | None,
    header: bool,
    separator: str,
    encoding: str,
) -> pd.DataFrame:
    """Return the examples, the columns by number, labels as whole numbers, decimals or text."""
    types = {} if label is None else {label: str}
    frame = _parse(
        path,
        encoding,
        sep=separator,
        header=0 if header else None,
        names=range(len(names)),
        dtype=types,
    )
    if len(names) == 1:
        raise DataError(
            f"{path}: expected columns separated by {separator!r}, found a single one: separator "
            "names another character"
        )
    numeric = [any(_is_number(str(v)) for v in row) for _, row in frame.iloc[:2].iterrows()]
    if not header and numeric == [False, True]:
        shown = ", ".join(shown_value(value) for value in frame.iloc[0, :5])
        raise DataError(
            f"{path}: expected an example in the first row, found no number ({shown}): set header "
            "to true if it has the names of the columns"
        )
    if label is not None:
        frame[label] = _read_labels(frame[label], path)
    return frame


def _parse(path: Path, encoding: str, **options: Any) -> pd.DataFrame:
    """Return what pandas reads; text stays text, and nothing is taken for a missing value."""
    import pandas as pd  # noqa: PLC0415  # costly to import

    try:
        with open_compressed(path) as stream, warnings.catch_warnings():
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
    except DataError:
        raise
    except UnicodeError as error:
        raise DataError(f"{path}: expected {encoding} text, found other bytes: {error}") from error
    except (ValueError, OverflowError, pd.errors.ParserWarning) as error:
        said = " ".join(str(error).removeprefix("Error tokenizing data. C error: ").split())
        raise DataError(
            f"{path}: expected rows of as many values as there are columns, found a fault: {said}"
        ) from error


def _read_labels(column: pd.Series, path: Path) -> pd.Series:
    """Return labels, which were read as text, as numbers where they are numbers."""
    values = column.tolist()
    numbers = [value for value in values if _is_number(value)]
    others = {value for value in values if not _is_number(value)}
    if not numbers or not others <= {*MISSING, ""}:
        return column
    if others - {""}:
        row = next(i for i, value in enumerate(values) if value in others)
        raise DataError(
            f"{path} labels: expected a number as in other rows, found {shown_value(values[row])} "
            f"in row {row} (from 0)"
        )
    if others:
        return column  # and the value that is missing is named with all others
    whole = all(_WHOLE.fullmatch(value) for value in values)
    return column.astype("int64" if whole else "float64")


def _is_number(value: str) -> bool:
    return bool(_WHOLE.fullmatch(value) or _DECIMAL.fullmatch(value))


def _counts_rows(column: pd.Series) -> bool:
    """Return whether each row has the number after that of the row before."""
    return column.dtype.kind == "i" and bool((column.diff().iloc[1:] == 1).all())


SOURCE = Source(prepare_csv)
