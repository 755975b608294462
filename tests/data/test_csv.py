"""Tables in CSV files: what was written is what is read, and what is wrong is named."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from small_datasets import rows_of

from descent.data.errors import DataError
from descent.data.labelled_vectors import in_source_order
from descent.data.readers.csv import prepare_csv


@pytest.fixture
def frame():
    """Forty rows of three numbers and a class between them."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "height": rng.normal(170, 9, 40),
            "kind": np.array(["owl", "cat"])[np.arange(40) % 2],
            "age": rng.integers(1, 90, 40),
            "weight": rng.normal(size=40) * 1e-7,
        }
    )


@pytest.fixture
def file(tmp_path):
    return tmp_path / "mine.csv"


def written_rows(frame, label):
    inputs = frame.drop(columns=label).to_numpy(np.float64).astype(np.float32)
    return sorted((*map(float, x), y) for x, y in zip(inputs, frame[label].tolist(), strict=True))


@pytest.mark.parametrize("label", ["kind", 1, -3])
def test_what_was_written_is_what_is_read(label, frame, file):
    frame.to_csv(file, index=False)
    dataset = prepare_csv(file, label, standardize="none")
    assert rows_of(dataset) == written_rows(frame, "kind")
    assert dataset.about["column_names"] == ["height", "age", "weight"]
    assert dataset.about["class_names"] == ["cat", "owl"]
    assert "notes" not in dataset.about
    assert "remarks" not in dataset.about


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_values_may_be_separated_otherwise(separator, frame, file):
    frame.to_csv(file, index=False, sep=separator)
    dataset = prepare_csv(file, "kind", separator=separator, standardize="none")
    assert rows_of(dataset) == written_rows(frame, "kind")


def test_a_file_without_names_has_numbers_of_columns(frame, file):
    frame.to_csv(file, index=False, header=False)
    dataset = prepare_csv(file, 1, header=False, standardize="none")
    assert rows_of(dataset) == written_rows(frame, "kind")
    assert dataset.about["column_names"] == ["0", "2", "3"]


def test_a_first_row_that_is_taken_for_what_it_is_not_is_told(frame, file):
    frame.to_csv(file, index=False)
    with pytest.raises(DataError, match=r"expected a number, found 'height' in row 0"):
        prepare_csv(file, 1, header=False)
    frame["kind"] = np.arange(40) % 2
    frame.to_csv(file, index=False, header=False)
    with pytest.raises(DataError, match=r"names .* in the first row, .* set header to false"):
        prepare_csv(file, 1)


def test_the_test_part_may_be_a_file_of_its_own(frame, file, tmp_path):
    frame[:30].to_csv(file, index=False)
    other = tmp_path / "test.csv"
    frame[30:][["weight", "age", "kind", "height"]].to_csv(other, index=False)
    dataset = prepare_csv(file, "kind", other, standardize="none")
    inputs = in_source_order(dataset, dataset["test_inputs"])
    expected = frame[30:].drop(columns="kind").to_numpy(np.float64).astype(np.float32)
    np.testing.assert_array_equal(inputs, expected)
    assert list(dataset.about["sha256"]) == [str(file), str(other)]
    frame[30:].drop(columns="age").to_csv(other, index=False)
    with pytest.raises(DataError, match="test has no column 'age', which train has"):
        prepare_csv(file, "kind", other)


def test_the_index_that_pandas_writes_is_no_input(frame, file):
    frame.to_csv(file)
    dataset = prepare_csv(file, "kind", standardize="none")
    assert rows_of(dataset) == written_rows(frame, "kind")
    assert dataset.about["notes"] == ["left out the column '', which numbers the rows"]


def test_the_index_of_rows_that_were_shuffled_or_split_is_no_input_either(frame, file, tmp_path):
    shuffled, test = frame.sample(frac=1, random_state=0), tmp_path / "test.csv"
    shuffled[:30].to_csv(file)
    shuffled[30:].to_csv(test)
    again = tmp_path / "again.csv"
    pd.read_csv(file).to_csv(again, index=False)  # now it is called Unnamed: 0
    for dataset in (prepare_csv(file, "kind", test), prepare_csv(again, "kind")):
        assert dataset.about["column_names"] == ["height", "age", "weight"]
        assert "numbers the rows" in dataset.about["notes"][0]
    shuffled.to_csv(file, index_label="id")
    (remark,) = prepare_csv(file, "kind").about["remarks"]
    assert remark.startswith("the column 'id' holds another whole number in each row")


@pytest.mark.parametrize("other", ["owl ", "Owl", "owl.", "o\u200bwl", "\uff4fwl"], ids=ascii)
def test_classes_that_differ_in_spelling_alone_are_named(other, frame, file):
    frame.loc[::4, "kind"] = other
    frame.to_csv(file, index=False)
    (remark,) = prepare_csv(file, "kind").about["remarks"]
    assert f"{other!a} (10 labels)" in remark
    assert "'owl' (10 labels)" in remark


def test_columns_of_text_are_encoded_as_by_scikit_learn(frame, file, tmp_path):
    colours = np.array(["red", "blue", "green"])[np.arange(40) % 3]
    frame.assign(colour=colours).to_csv(file, index=False)
    with pytest.raises(DataError, match="Set categories to one_hot or ordinal"):
        prepare_csv(file, "kind")
    one_hot = prepare_csv(file, "kind", categories="one_hot", standardize="none")
    names = ["height", "age", "weight", "colour=blue", "colour=green", "colour=red"]
    assert one_hot.about["column_names"] == names
    inputs = in_source_order(one_hot, one_hot["train_inputs"])
    assert {tuple(row) for row in inputs[:, 3:]} == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    ordinal = prepare_csv(file, "kind", categories="ordinal", standardize="none")
    expected = frame.assign(colour=pd.Categorical(colours).codes)
    assert rows_of(ordinal) == written_rows(expected, "kind")
    test = tmp_path / "test.csv"
    frame.assign(colour="pink").to_csv(test, index=False)
    with pytest.raises(DataError, match=r"that train has in .*'colour', found 'pink', in 40 rows"):
        prepare_csv(file, "kind", test, categories="one_hot")


def test_columns_can_be_left_out(frame, file):
    frame.assign(name="x").to_csv(file, index=False)
    for others in (["name", "age"], [4, 2], [-1, "age"]):
        dataset = prepare_csv(file, 1, leave_out=others, standardize="none")
        assert rows_of(dataset) == written_rows(frame.drop(columns="age"), "kind")
    with pytest.raises(DataError, match=r"leave_out must be one of the 5 columns, .*: 5"):
        prepare_csv(file, 1, leave_out=[5])


def test_a_gzipped_file_and_one_of_another_encoding_are_read(frame, file):
    frame["kind"] = frame["kind"].replace("owl", "hibou \u00e9")
    file.write_bytes(gzip.compress(frame.to_csv(index=False).encode("latin-1")))
    dataset = prepare_csv(file, "kind", encoding="latin-1")
    assert dataset.about["class_names"] == ["cat", "hibou \u00e9"]
    with pytest.raises(DataError, match=r"mine.csv: expected utf-8 text, .*can't decode"):
        prepare_csv(file, "kind")


#: Labels as a file writes them, and the classes that they are.
WRITTEN = {
    ("3", "1", "2"): [1, 2, 3],
    ("1.0", "0.0"): [0, 1],
    ("2", "1e0"): [1, 2],
    ("01", "1"): ["01", "1"],
    ("True", "False"): ["False", "True"],
    ("a b", "10"): ["10", "a b"],
    ("owl", "NA"): ["NA", "owl"],
}


@pytest.mark.parametrize("labels", WRITTEN)
def test_labels_are_what_they_are_written_as(labels, frame, file):
    frame["kind"] = np.array(labels)[np.arange(40) % len(labels)]
    frame.to_csv(file, index=False)
    about = prepare_csv(file, "kind").about
    assert about["class_names"] == WRITTEN[labels]
    remark = "20 labels in the column 'kind' are 'NA', which is taken for a class"
    expected = {"NA": [remark], "01": ["classes differ in spelling alone"]}
    said = [text.partition(":")[0] for text in about.get("remarks", ())]
    assert said == [text for name in labels for text in expected.get(name, ())]


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (7, "age", "", r"found none in row 7 \(from 0\), column 'age'. 1 of 40"),
        (7, "kind", "", r"found none in row 7 \(from 0\), column 'kind'. 1 of 40"),
        (3, "weight", "NA", r"expected a number, found 'NA' in row 3 \(from 0\), column 'weight'"),
        (3, "weight", "?", r"expected a number, found '\?' in row 3"),
        (3, "weight", "1,5", r"expected a number, found '1,5' in row 3"),
        (3, "age", "inf", r"found inf in row 3, column 'age'"),
        (3, "age", "nan", r"found 'nan' in row 3 \(from 0\), column 'age'"),
        (38, "age", "1e300", r"inputs: the number 1e\+300 is too large for float32"),
    ],
)
def test_a_value_that_is_missing_or_wrong_is_named_by_row_and_column(
    row, column, value, message, frame, file
):
    frame = frame.astype(object)
    frame.loc[row, column] = value
    frame.to_csv(file, index=False)
    with pytest.raises(DataError, match=message):
        prepare_csv(file, "kind", standardize="none")


@pytest.mark.parametrize("gap", ["NA", "nan", "?"])
def test_a_gap_between_numbers_that_are_labels_is_named(gap, frame, file):
    frame["kind"] = (np.arange(40) % 2).astype(object)
    frame.loc[5, "kind"] = gap
    frame.to_csv(file, index=False)
    with pytest.raises(DataError, match=r"expected a number as in other rows, found .* in row 5"):
        prepare_csv(file, "kind")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "No columns to parse"),
        ("a,b\n", "train: expected at least one row, found none"),
        ("a,b\n1,2\n3,4,5\n", "Expected 2 fields in line 3, saw 3"),
        ("a,b\n1,2,3\n3,4,5\n", "Length of header or names does not match"),
        ('a,b\n"1,2\n3,4\n', "EOF inside string"),
        ("a,a,b\n1,2,3\n", "each column name once, found 'a' twice"),
        ("b\n1\n2\n", "columns of inputs beside 'b', found none"),
        ("a;b\n1;2\n", r"label must be one of the 1 columns, .* Received: 'b'"),
    ],
)
def test_a_file_that_is_no_table_is_told_what_is_wrong(text, message, file):
    file.write_text(text)
    with pytest.raises(DataError, match=rf"mine.csv: .*({message})"):
        prepare_csv(file, "b")
