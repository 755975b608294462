"""A user's own data in Parquet files, as data frames are saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from descent.data.data_frames import dataset_of_frames
from descent.data.dataset import Dataset
from descent.data.files import reading
from descent.data.source import Source

if TYPE_CHECKING:
    import pandas as pd


def prepare_parquet(
    file: Path,
    label: str | int,
    test_file: Path | None = None,
    *,
    leave_out: Sequence[str | int] = (),
    categories: str = "refuse",
    validation: float = 0.15,
    test: float = 0.2,
    seed: int = 0,
    standardize: str = "features",
) -> Dataset:
    """Split and standardise a classification dataset in a Parquet file.

    Parameters
    ----------
    file : Path
        A data frame with one example in each row. No value is missing.
    label : str or int
        The column of the labels: its name, or its number from 0 (-1 is the last). Labels are text,
        categories or whole numbers.
    test_file : Path or None, default None
        Examples to test on, with the same columns; without it a test part is split off.
    leave_out : sequence of str or int, default none
        Columns that are not inputs, by name or number.
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
        If a file is no Parquet file, a value is missing or no number, or the files do not fit
        together.
    """
    paths = {"train": file} if test_file is None else {"train": file, "test": test_file}
    return dataset_of_frames(
        {part: _read_parquet(path) for part, path in paths.items()},
        [*paths.values()],
        label=label,
        leave_out=leave_out,
        categories=categories,
        validation=validation,
        test=test,
        seed=seed,
        standardize=standardize,
    )


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  # costly to import
    from pyarrow import ArrowException  # noqa: PLC0415  # costly to import

    faults = (ArrowException, ValueError, KeyError, TypeError, MemoryError)
    with reading(path, "a Parquet file", *faults), path.open("rb") as stream:
        return pd.read_parquet(stream)


SOURCE = Source(prepare_parquet)
