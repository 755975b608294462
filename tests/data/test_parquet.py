"""Data frames in Parquet files, as pandas and OpenML's readers save them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from descent.data.errors import DataError
from descent.data.readers.csv import prepare_csv
from descent.data.readers.parquet import prepare_parquet


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "V1": rng.normal(size=40),
            "V2": rng.integers(0, 9, 40),
            "V3": rng.random(40) < 0.5,
            "class": pd.Categorical(
                np.array(["tested_negative", "tested_positive"])[np.arange(40) % 2]
            ),
        }
    )


@pytest.fixture
def file(tmp_path):
    return tmp_path / "mine.parquet"


@pytest.mark.parametrize("label", ["class", 3, -1])
def test_a_data_frame_is_read_as_its_csv_file_is(label, frame, file, tmp_path):
    frame.to_parquet(file)
    frame.astype({"V3": int}).to_csv(tmp_path / "mine.csv", index=False)
    ours = prepare_parquet(file, label)
    assert ours.fingerprint == prepare_csv(tmp_path / "mine.csv", "class").fingerprint
    assert ours.about["class_names"] == ["tested_negative", "tested_positive"]
    assert ours.about["column_names"] == ["V1", "V2", "V3"]


@pytest.mark.parametrize(
    "types",
    [
        {"V2": "Int64", "V3": "boolean"},
        {"V1": "float32[pyarrow]", "V2": "int16[pyarrow]"},
        {"V2": "category"},
        {"V2": "str"},
        {"class": "str"},
        {"class": "string[pyarrow]"},
    ],
)
def test_the_same_numbers_in_other_types_are_the_same(types, frame, file):
    frame["V1"] = frame["V1"].astype(np.float32)
    frame.to_parquet(file)
    plain = prepare_parquet(file, "class", standardize="none")
    frame.astype(types).to_parquet(file)
    assert prepare_parquet(file, "class", standardize="none").fingerprint == plain.fingerprint


def test_the_index_is_no_input_and_columns_may_have_numbers_as_names(frame, file):
    frame.index = np.arange(40) * 7
    frame.columns = [0, 1, 2, 3]
    frame.to_parquet(file)
    assert prepare_parquet(file, 3).about["column_names"] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("V1", [None, *range(39)], r"found none in row 0 \(from 0\), column 'V1'"),
        ("class", ["a"] * 39 + [None], r"found none in row 39 \(from 0\), column 'class'"),
        ("V2", [[1, 2]] * 40, r"expected a number, found .* in row 0 .* column 'V2'"),
        (
            "V2",
            [dt.datetime(2020, 1, 1, tzinfo=dt.UTC)] * 40,
            r"number, found '2020-01-01.* column 'V2'",
        ),
        (
            "class",
            [dt.date(2020, 1, 1)] * 40,
            r"expected numbers or text, found '2020-01-01' in row 0",
        ),
    ],
)
def test_what_is_missing_or_no_number_is_named(column, values, message, frame, file):
    frame[column] = values
    frame.to_parquet(file)
    with pytest.raises(DataError, match=rf"mine.parquet: .*{message}"):
        prepare_parquet(file, "class")
