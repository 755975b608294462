from __future__ import annotations

import numpy as np
import pytest

from descent.data.errors import DataError
from descent.data.npz import prepare_npz


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
        ({"y": None}, "expected the arrays X and y, or train_inputs and train_labels, found X"),
        ({"X": np.zeros(40)}, r"train inputs: expected the shape \(n, p\), found \(40,\)"),
        ({"X": np.full((40, 5), "a")}, "train inputs: expected real numbers, found <U1"),
        ({"y": np.arange(39)}, r"train labels: expected the shape \(40,\), found \(39,\)"),
        ({"y": np.linspace(0, 1, 40)}, "train labels: expected integers or text, found float64"),
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
