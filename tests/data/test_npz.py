from __future__ import annotations

import numpy as np
import pytest

from descent.data.errors import DataError
from descent.data.readers.npz import INPUTS, LABELS, prepare_npz


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": None}, "expected arrays .* called X or inputs .* as x_train and .*; found X$"),
        ({"X": np.zeros(40)}, r"train inputs: expected the shape \(n, p\), found \(40,\)"),
        ({"X": np.full((40, 5), "a")}, "train inputs: expected real numbers, found <U1"),
        ({"y": np.arange(39)}, r"train labels: expected the shape \(40,\), .*, found \(39,\)"),
        ({"y": np.linspace(0, 1, 40)}, "train labels: expected classes .* found 0.025641 in row 1"),
        ({"y": np.zeros(40, dtype=int)}, "at least two classes, found 1"),
        ({"X": np.diag(np.full(40, np.inf))}, r"found inf in row 0, column 0 \(from 0\)"),
        ({"X_test": np.eye(5)}, "expected inputs and labels for test, found only X_test"),
        ({"X_test": np.eye(40), "y_test": np.arange(40) % 2}, r"test inputs: .*\(n, 5\), found"),
        (
            {"X_te_test_2": np.eye(5)},
            "array X_te_test_2 is called as part of the test or validation",
        ),
        (
            {"X_test": np.zeros((9, 5)), "y_test": np.full(9, "maybe")},
            "test labels have a class that the training labels lack: maybe",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(file, data, change, message):
    arrays = {name: a for name, a in {**data, **change}.items() if a is not None}
    np.savez(file, **arrays)
    with pytest.raises(DataError, match=message):
        prepare_npz(file)


def named_by(words, parts, data):
    """Name ten rows for each part by the words of inputs and labels."""
    arrays = {}
    for i, part in enumerate(parts):
        rows = slice(20 * i, 20 * (i + 1))
        for word, key in zip(words, "Xy", strict=True):
            arrays[part.format(word)] = data[key][rows]
    return arrays


WORDS = [*((x, "y") for x in INPUTS), *(("X", y) for y in LABELS), ("Data", "Target")]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("train", ["{}", "train_{}", "{}_train", "{}_TRAIN"])
@pytest.mark.parametrize("test", [None, "test_{}", "{}_val", "validation_{}", "{}Test"])
def test_inputs_and_labels_have_the_names_in_use(words, train, test, file, data):
    parts = [train] if test is None else [train, test]
    np.savez(file, **named_by(words, parts, data))
    dataset = prepare_npz(file, standardize="none", test=0.3)
    assert "notes" not in dataset.about  # every array was read
    parts = {"train", "validation", "test"}
    if test is not None:
        given = "test" if "test" in test.lower() else "validation"
        np.testing.assert_array_equal(dataset[f"{given}_inputs"], data["X"][20:].astype(np.float32))
        parts.remove(given)
    rows = np.concatenate([dataset[f"{part}_inputs"] for part in parts])
    written = data["X"][:20].astype(np.float32)
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(written, axis=0))


def test_arrays_that_are_not_read_are_named_and_may_hold_anything(file, data):
    np.savez(file, data=data["X"], target=data["y"], frame=np.array(None), names=["a", "b"])
    dataset = prepare_npz(file)
    assert dataset.about["notes"] == ["arrays that were not read: frame, names"]


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 2, 1), (1, 4, 3)])
def test_colour_images_keep_their_shape(shape, file, data):
    images = np.random.default_rng(0).integers(0, 256, (40, *shape))
    np.savez(file, images=images, labels=data["y"])
    about = prepare_npz(file).about
    assert about["image_shape"] == list(shape if shape[2] > 1 else shape[:2])


def test_a_part_may_have_other_words_than_the_training_part(file, data):
    train = {"x_train": data["X"][:30], "y_train": data["y"][:30]}
    np.savez(file, **train, test_images=data["X"][30:], test_labels=data["y"][30:])
    dataset = prepare_npz(file, standardize="none")
    assert len(dataset["test_labels"]) == 10
    assert "notes" not in dataset.about


def test_examples_that_come_again_are_counted(file, data):
    np.savez(file, X_train=data["X"], y_train=data["y"], X_test=data["X"], y_test=data["y"])
    leak, many = prepare_npz(file, validation=0.25).about["remarks"]
    assert leak.startswith("30 of 40 test examples have the inputs of a training example")
    assert many == "the 80 examples have only 40 different inputs"
    np.savez(file, X=np.repeat(data["X"], 10, 0), y=np.repeat(data["y"], 10, 0))
    leak, many = prepare_npz(file).about["remarks"]
    assert leak.startswith("80 of 80 test examples")
    assert many == "the 400 examples have only 40 different inputs"
