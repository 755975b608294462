from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from descent.data.errors import DataError, SettingError
from descent.data.inputs import Inputs
from descent.data.labelled_vectors import dense_dataset, in_source_order, stratified_parts


def read(dataset, part):
    """Return a part's inputs as a model in float64 reads them, rounded once to float32."""
    inputs = Inputs(dataset, part, np.dtype(np.float64)).rows(slice(None))
    return in_source_order(dataset, inputs).astype(np.float32)


def parts_of(inputs, n=10):
    """Split rows into parts of which only the first is for training."""
    labels = np.arange(len(inputs)) % 2
    return {
        "train": (inputs[:n], labels[:n]),
        "validation": (inputs[n : n + 4], labels[n : n + 4]),
        "test": (inputs[n + 4 :], labels[n + 4 :]),
    }


@pytest.fixture(params=["bytes", "floats"])
def inputs(request):
    rng = np.random.default_rng(3)
    if request.param == "bytes":
        return rng.integers(0, 256, (20, 6), dtype=np.uint8)
    return rng.normal(5, 3, (20, 6))


def test_one_mean_and_deviation_come_from_the_training_part_alone(inputs):
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="inputs", about={})
    train = inputs[:10].astype(np.float64)
    assert dataset["shift"] == pytest.approx(train.mean(), rel=1e-14)
    assert dataset["scale"] == pytest.approx(train.std(), rel=1e-14)
    changed = inputs.copy()
    changed[10:] = 0
    other = dense_dataset(parts_of(changed), classes=2, standardize="inputs", about={})
    np.testing.assert_array_equal(read(other, "train"), read(dataset, "train"))
    expected = ((inputs[14:] - train.mean()) / train.std()).astype(np.float32)
    np.testing.assert_allclose(read(dataset, "test"), expected, rtol=2e-7, strict=True)


def test_inputs_are_scaled_to_one_and_zero_stays_zero(inputs):
    inputs[3, 2] = 0
    inputs[15] = 255  # of the test part: it must not matter
    inputs[:10] = np.minimum(inputs[:10], 200)
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="scale", about={})
    assert dataset["shift"].tolist() == [0]
    assert dataset["scale"] == np.abs(inputs[:10]).max()
    x = read(dataset, "train")
    assert np.abs(x).max() == pytest.approx(1, rel=1e-6)
    assert x[3, 2] == 0
    ratio = read(dataset, "test") / inputs[14:]
    np.testing.assert_allclose(ratio, 1 / dataset["scale"].item(), rtol=1e-6)


@pytest.mark.parametrize("standardize", ["none", "features", "inputs"])
def test_numbers_too_large_for_the_type_they_are_read_in_are_named(standardize):
    inputs = np.random.default_rng(0).normal(size=(40, 3))
    inputs[8, 2] = 1e39 if standardize == "none" else 1e200
    with pytest.raises(DataError, match=r"train inputs: the number 1e\+(39|200) is too large"):
        dense_dataset(parts_of(inputs), classes=2, standardize=standardize, about={})


def test_large_numbers_that_standardising_makes_small_are_no_fault():
    inputs = 1e39 * np.random.default_rng(0).normal(size=(40, 3))
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="features", about={})
    assert np.abs(dataset["train_inputs"]).max() < 10


@pytest.mark.parametrize("standardize", ["scale", "inputs", "none"])
def test_bytes_stay_bytes_where_one_shift_and_scale_do(standardize):
    inputs = np.random.default_rng(3).integers(0, 256, (20, 6), dtype=np.uint8)
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize=standardize, about={})
    assert dataset["train_inputs"].dtype == np.uint8
    np.testing.assert_array_equal(in_source_order(dataset, dataset["train_inputs"]), inputs[:10])


def test_by_feature_a_constant_column_is_only_centred(inputs):
    inputs[:10, 2] = 7
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="features", about={})
    x = in_source_order(dataset, dataset["train_inputs"]).astype(np.float64)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), [1, 1, 0, 1, 1, 1], atol=1e-6)
    test = in_source_order(dataset, dataset["test_inputs"])
    np.testing.assert_allclose(test[:, 2], inputs[14:, 2] - 7.0, rtol=1e-6)
    assert dataset["columns"].tolist() == [0, 1, 3, 4, 5, 2]  # one column is zero for a model
    assert dataset["shift"][-1] == 7
    assert (dataset["train_extents"] == 5).all()
    assert len(dataset["shift"]) == len(dataset["scale"]) == 6


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_column_that_is_constant_but_for_rounding_is_only_centred(dtype):
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(60, 3)).astype(dtype)
    inputs[:, 1] = 14.62
    inputs[::7, 1] = np.nextafter(dtype(14.62), dtype(15))
    parts = parts_of(inputs)
    parts["test"][0][0, 1] = 14.63
    dataset = dense_dataset(parts, classes=2, standardize="features", about={})
    column = int(np.flatnonzero(dataset["columns"] == 1)[0])
    assert dataset["scale"][column] == 1
    assert dataset["test_inputs"][0, column] == pytest.approx(0.01, rel=1e-3)
    assert np.abs(dataset["train_inputs"][:, column]).max() <= 4 * np.spacing(dtype(14.62))


def test_a_small_spread_that_is_no_rounding_is_scaled():
    inputs = np.random.default_rng(0).normal(size=(60, 2))
    inputs[:, 0] = 1.7e9 + 1e-3 * inputs[:, 0]  # seconds since 1970, a thousandth apart
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="features", about={})
    np.testing.assert_allclose(dataset["train_inputs"].std(axis=0), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("dtype", "offset"),
    [(np.float32, 1e8), (np.float64, 1e15), (np.int64, 2**62), (np.int64, -(2**62))],
)
def test_an_offset_does_not_keep_a_column_from_being_scaled(dtype, offset):
    noise = np.round(1e2 * np.random.default_rng(0).normal(size=(60, 2)))
    inputs = noise.astype(dtype) + dtype(offset)
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="features", about={})
    np.testing.assert_allclose(dataset["train_inputs"].std(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(dataset["train_inputs"].mean(axis=0), 0, atol=1e-5)


def test_columns_are_ordered_by_use_and_extents_say_how_far_it_goes():
    used = np.array([[0, 1, 0, 3], [0, 2, 0, 0], [0, 5, 4, 3], [0, 0, 0, 0]], np.uint8)
    inputs = np.vstack([used, used[:2], 9 * np.eye(4, dtype=np.uint8)])
    labels = np.arange(len(inputs)) % 2
    parts = {
        part: (inputs[rows], labels[rows])
        for part, rows in (
            ("train", slice(4)),
            ("validation", slice(4, 6)),
            ("test", slice(6, 10)),
        )
    }
    dataset = dense_dataset(parts, classes=2, standardize="scale", about={})
    assert dataset["columns"].tolist() == [1, 3, 2, 0]  # used 3, 2, 1 and 0 times in training
    assert dataset["train_extents"].tolist() == [2, 1, 3, 0]
    assert dataset["validation_extents"].tolist() == [2, 1]
    assert dataset["test_extents"].tolist() == [4, 1, 3, 2]
    np.testing.assert_array_equal(in_source_order(dataset, dataset["test_inputs"]), inputs[6:])


def test_labels_beyond_a_byte_are_not_cut_off(inputs):
    parts = parts_of(inputs)
    parts["test"] = (parts["test"][0], np.array([0, 1, 2, 3, 4, 299]))
    dataset = dense_dataset(parts, classes=300, standardize="inputs", about={})
    assert dataset["test_labels"].tolist() == [0, 1, 2, 3, 4, 299]


@pytest.mark.parametrize("standardize", ["scale", "inputs", "features", "none"])
def test_an_empty_part_is_refused(inputs, standardize):
    parts = parts_of(inputs)
    parts["validation"] = (inputs[:0], np.zeros(0, dtype=int))
    with pytest.raises(DataError, match="validation part is empty: train 10, validation 0, test 6"):
        dense_dataset(parts, classes=2, standardize=standardize, about={})


def test_constant_inputs_and_a_single_class_are_refused(inputs):
    with pytest.raises(DataError, match="every training input is 5: there is nothing to learn"):
        dense_dataset(parts_of(np.full((20, 6), 5)), classes=2, standardize="inputs", about={})
    with pytest.raises(DataError, match="every training input is 5: there is nothing to learn"):
        dense_dataset(parts_of(np.full((20, 6), 5.0)), classes=2, standardize="scale", about={})
    with pytest.raises(DataError, match="at least two classes, found 1"):
        dense_dataset(parts_of(inputs), classes=1, standardize="inputs", about={})


def test_a_given_part_is_kept_as_it_is():
    given = (np.full((3, 1), 9), np.array([0, 1, 0]))
    groups = {"train": (np.arange(20)[:, None], np.arange(20) % 2), "test": given}
    parts = stratified_parts(groups, validation=0.2, test=0.9, seed=0)
    assert parts["test"] is given
    assert len(parts["train"][1]) == 16


def test_fractions_that_leave_nothing_to_train_on_are_refused():
    groups = {"train": (np.zeros((10, 1)), np.arange(10) % 2)}
    with pytest.raises(SettingError, match="must leave a training part"):
        stratified_parts(groups, validation=0.5, test=0.5, seed=0)


@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    validation=st.floats(0.05, 0.6),
    test=st.floats(0.05, 0.6),
    seed=st.integers(0, 99),
)
@example(counts=[80, 20], validation=0.1, test=0.2, seed=5)
def test_every_part_has_every_class_in_proportion_or_the_split_is_refused(
    counts, validation, test, seed
):
    labels = np.repeat([f"class {i}" for i in range(len(counts))], counts)
    rows = np.arange(len(labels))[:, None]
    try:
        parts = stratified_parts(
            {"train": (rows, labels)}, validation=validation, test=test, seed=seed
        )
    except (DataError, SettingError):
        assert counts != [80, 20]
        return
    assert sorted(np.concatenate([x[:, 0] for x, _ in parts.values()])) == list(range(len(labels)))
    for x, y in parts.values():
        np.testing.assert_array_equal(y, labels[x[:, 0]])
        names, found = np.unique(y, return_counts=True)
        assert len(names) == len(counts)
        np.testing.assert_allclose(found, np.array(counts) * len(y) / len(labels), atol=1.5)
