from __future__ import annotations

import zipfile

import numpy as np
import pytest

from descent.data.errors import DataError
from descent.data.labelled_vectors import in_source_order
from descent.data.readers.npz import PAIRS, PART_NAMES, prepare_npz


@pytest.fixture
def file(tmp_path):
    return tmp_path / "mine.npz"


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    y = np.array(["no", "yes"])[np.arange(40) % 2]
    return {"X": rng.normal(3, 2, (40, 5)), "y": y}


def test_X_and_y_are_split_and_standardised(file, data):
    np.savez(file, **data)
    dataset = prepare_npz(file, validation=0.1, test=0.2, seed=3)
    assert dataset["train_inputs"].shape == (28, 5)
    assert dataset["validation_labels"].shape == (4,)
    assert dataset["test_labels"].shape == (8,)
    assert dataset.about["class_names"] == ["no", "yes"]
    everything = np.concatenate([dataset[f"{p}_inputs"] for p in ("train", "validation", "test")])
    restored = everything * dataset["scale"] + dataset["shift"]
    np.testing.assert_allclose(np.sort(restored, axis=0), np.sort(data["X"], axis=0), rtol=1e-5)


def test_given_parts_are_kept(file, data):
    X, y = data["X"], data["y"]
    np.savez(file, train_inputs=X[:20], train_labels=y[:20], test_inputs=X[20:], test_labels=y[20:])
    dataset = prepare_npz(file, standardize="none", validation=0.2)
    np.testing.assert_array_equal(dataset["test_inputs"], X[20:].astype(np.float32))
    assert dataset["test_labels"].tolist() == [0, 1] * 10
    assert len(dataset["validation_labels"]) == 4


def test_images_are_flattened_and_keep_their_shape(file, data):
    np.savez_compressed(file, X=data["X"][:, :4].reshape(40, 2, 2), y=data["y"])
    dataset = prepare_npz(file)
    assert dataset.about["image_shape"] == [2, 2]
    assert dataset["train_inputs"].shape[1] == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": None}, "expected arrays .* called X and y, .* as x_train and y_train, .*; found X$"),
        ({"X": np.zeros(40)}, r"train inputs: expected the shape \(n, p\), found \(40,\)"),
        ({"X": np.full((40, 5), "a")}, "train inputs: expected real numbers, found <U1"),
        ({"y": np.arange(39)}, r"train labels: expected the shape \(40,\), .*, found \(39,\)"),
        ({"y": np.linspace(0, 1, 40)}, "train labels: expected classes .* found 0.025641 in row 1"),
        ({"y": np.zeros(40, dtype=int)}, "at least two classes, found 1"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(file, data, change, message):
    arrays = {name: a for name, a in {**data, **change}.items() if a is not None}
    np.savez(file, **arrays)
    with pytest.raises(DataError, match=message):
        prepare_npz(file)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_not_finite_is_named_by_its_row(file, data, value):
    data["X"][7, 2] = value
    np.savez(file, **data)
    with pytest.raises(
        DataError, match=rf"expected finite numbers, found {value} in row 7, column 2 \(from 0\)"
    ):
        prepare_npz(file)


def test_half_a_part_is_refused(file, data):
    np.savez(file, train_inputs=data["X"], train_labels=data["y"], test_labels=data["y"])
    with pytest.raises(DataError, match="both test_inputs and test_labels, found one of them"):
        prepare_npz(file)


def test_parts_of_different_width_are_refused(file, data):
    X, y = data["X"], data["y"]
    np.savez(file, train_inputs=X, train_labels=y, test_inputs=X[:, :3], test_labels=y)
    with pytest.raises(
        DataError, match=r"test inputs: expected the shape \(n, 5\), found \(40, 3\)"
    ):
        prepare_npz(file)


def named_by(words, parts, data):
    """Name ten rows for each part by the words of inputs and labels."""
    arrays = {}
    for i, part in enumerate(parts):
        rows = slice(20 * i, 20 * (i + 1))
        for word, key in zip(words, "Xy", strict=True):
            arrays[part.format(word)] = data[key][rows]
    return arrays


@pytest.mark.parametrize("words", [*PAIRS, ("X", "Y"), ("x", "y"), ("Data", "Target")])
@pytest.mark.parametrize("train", ["{}", "train_{}", "{}_train", "{}_TRAIN"])
@pytest.mark.parametrize("test", [None, "test_{}", "{}_test"])
def test_inputs_and_labels_have_the_names_in_use(words, train, test, file, data):
    parts = [train] if test is None else [train, test]
    np.savez(file, **named_by(words, parts, data))
    dataset = prepare_npz(file, standardize="none", test=0.3)
    assert "notes" not in dataset.about  # every array was read
    if test is not None:
        np.testing.assert_array_equal(dataset["test_inputs"], data["X"][20:].astype(np.float32))
    parts = ("train", "validation") if test else ("train", "validation", "test")
    rows = np.concatenate([dataset[f"{part}_inputs"] for part in parts])
    written = data["X"][:20].astype(np.float32)
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(written, axis=0))


@pytest.mark.parametrize("name", PART_NAMES["validation"])
def test_a_validation_part_has_the_names_in_use(name, file, data):
    np.savez(file, **named_by(("images", "labels"), ["train_{}", f"{name}_{{}}"], data))
    dataset = prepare_npz(file, standardize="none", test=0.3)
    np.testing.assert_array_equal(dataset["validation_inputs"], data["X"][20:].astype(np.float32))


def test_mnist_as_keras_publishes_it(file):
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 60), ("test", 30)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (n, 4, 3), dtype=np.uint8)
        arrays[f"y_{part}"] = (np.arange(n) % 3).astype(np.uint8)
    np.savez(file, **arrays)
    dataset = prepare_npz(file, standardize="scale")
    assert dataset.about["image_shape"] == [4, 3]
    test = in_source_order(dataset, dataset["test_inputs"])
    np.testing.assert_array_equal(test, arrays["x_test"].reshape(30, 12), strict=True)


def test_arrays_that_are_not_read_are_named_and_may_hold_anything(file, data):
    np.savez(file, data=data["X"], target=data["y"], frame=np.array(None), names=["a", "b"])
    dataset = prepare_npz(file)
    assert dataset.about["notes"] == ["arrays that were not read: frame, names"]


def test_X_is_read_where_there_is_x_too(file, data):
    np.savez(file, **data, x=np.zeros((3, 1)))
    assert len(prepare_npz(file)["columns"]) == 5


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 2, 1), (1, 4, 3)])
def test_colour_images_keep_their_shape(shape, file, data):
    images = np.random.default_rng(0).integers(0, 256, (40, *shape))
    np.savez(file, images=images, labels=data["y"])
    about = prepare_npz(file).about
    assert about["image_shape"] == list(shape if shape[2] > 1 else shape[:2])


def test_a_member_that_is_no_array_is_named(file, data):
    np.savez(file, y=data["y"])
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("X", "1 2 3")
    with pytest.raises(DataError, match=r"mine.npz: expected NumPy arrays, found 'X'"):
        prepare_npz(file)
