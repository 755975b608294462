from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.data.errors import DataError, SettingError
from descent.data.inputs import Inputs
from descent.data.labelled_vectors import (
    dense_dataset,
    encode_labels,
    in_source_order,
    stratified_parts,
    stratified_rows,
)


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


def test_the_scale_of_negative_numbers_is_their_size():
    inputs = np.arange(-128, -8, dtype=np.int8).reshape(20, 6)
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="scale", about={})
    assert dataset["scale"].tolist() == [128]
    assert dataset["train_inputs"].min() == -1


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


@pytest.mark.parametrize("standardize", ["none", "features", "inputs"])
def test_numbers_too_large_for_the_type_they_are_read_in_are_named(standardize):
    inputs = np.random.default_rng(0).normal(size=(40, 3))
    inputs[38, 2] = 1e39 if standardize == "none" else 1e200
    parts = parts_of(inputs)
    parts["test"], parts["train"] = parts["train"], (inputs, np.arange(40) % 2)
    rows = {"train": np.arange(100, 140)}
    with pytest.raises(DataError, match=r"train inputs: .* in row 138, column 2 \(from 0\)"):
        dense_dataset(parts, classes=2, standardize=standardize, about={}, rows=rows)
    names = ["age", "weight", "height"]
    with pytest.raises(DataError, match=r"in row 38, column 'height' \(from 0\)"):
        dense_dataset(parts, classes=2, standardize=standardize, about={}, column_names=names)


def test_large_numbers_that_standardising_makes_small_are_no_fault():
    inputs = 1e39 * np.random.default_rng(0).normal(size=(40, 3))
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="features", about={})
    assert np.abs(dataset["train_inputs"]).max() < 10


def test_a_class_that_would_be_missing_from_a_part_is_named():
    labels = np.array(["a"] * 30 + ["b"] * 2)
    with pytest.raises(DataError, match=r"class b has 2 examples, too few .* part has none"):
        stratified_rows({"train": labels}, validation=0.1, test=0.1, seed=0)


def test_inputs_can_be_left_alone(inputs):
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="none", about={})
    np.testing.assert_array_equal(read(dataset, "test"), inputs[14:].astype(np.float32))
    assert (dataset["shift"].tolist(), dataset["scale"].tolist()) == ([0], [1])


def test_the_arrays_of_the_contract(inputs):
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize="inputs", about={"a": 1})
    for part, n in (("train", 10), ("validation", 4), ("test", 6)):
        assert dataset[f"{part}_inputs"].dtype == (np.uint8 if inputs.dtype == np.uint8 else "f4")
        assert dataset[f"{part}_inputs"].shape == (n, 6)
        assert dataset[f"{part}_labels"].dtype == np.uint8
        assert dataset[f"{part}_labels"].shape == (n,)
    assert dataset.about["kind"] == "dense"
    assert dataset.about["classes"] == 2
    assert dataset.about["a"] == 1


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


@pytest.mark.parametrize("standardize", ["inputs", "features"])
def test_columns_that_are_never_zero_stay_where_they_are(inputs, standardize):
    dataset = dense_dataset(parts_of(inputs), classes=2, standardize=standardize, about={})
    assert dataset["columns"].tolist() == list(range(6))
    for part in ("train", "validation", "test"):
        assert (dataset[f"{part}_extents"] == 6).all()


def test_labels_beyond_a_byte_are_not_cut_off(inputs):
    parts = parts_of(inputs)
    parts["test"] = (parts["test"][0], np.array([0, 1, 2, 3, 4, 299]))
    dataset = dense_dataset(parts, classes=300, standardize="inputs", about={})
    assert dataset["test_labels"].tolist() == [0, 1, 2, 3, 4, 299]


def test_the_same_bytes_at_another_scale_are_other_data():
    inputs = np.random.default_rng(3).integers(0, 256, (20, 6), dtype=np.uint8)
    ways = ("scale", "inputs", "none")
    datasets = [
        dense_dataset(parts_of(inputs), classes=2, standardize=way, about={}) for way in ways
    ]
    assert len({dataset.fingerprint for dataset in datasets}) == len(ways)


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


def test_an_unknown_standardisation_is_refused(inputs):
    with pytest.raises(
        SettingError, match=r"one of scale, inputs, features, none. Received: 'feature'"
    ):
        dense_dataset(parts_of(inputs), classes=2, standardize="feature", about={})


def test_labels_of_any_kind_become_numbers():
    encoded, names = encode_labels(
        {"train": np.array(["owl", "cat", "owl"]), "test": np.array(["owl"])}
    )
    assert names == ["cat", "owl"]
    assert encoded["train"].tolist() == [1, 0, 1]
    assert encoded["test"].tolist() == [1]


def test_a_split_loses_and_doubles_nothing_and_keeps_proportions():
    labels = np.repeat([0, 1], [80, 20])
    inputs = np.arange(100)[:, None]
    parts = stratified_parts({"train": (inputs, labels)}, validation=0.1, test=0.2, seed=5)
    everything = np.concatenate([x[:, 0] for x, _ in parts.values()])
    assert sorted(everything.tolist()) == list(range(100))
    assert np.bincount(parts["test"][1]).tolist() == [16, 4]
    assert np.bincount(parts["validation"][1]).tolist() == [8, 2]
    for x, y in parts.values():
        np.testing.assert_array_equal(y, labels[x[:, 0]])


def test_a_split_depends_on_its_seed_and_on_nothing_else():
    labels = np.repeat([0, 1], 50)
    inputs = np.arange(100)[:, None]

    def test_rows(seed):
        groups = {"train": (inputs, labels)}
        parts = stratified_parts(groups, validation=0.1, test=0.2, seed=seed)
        return parts["test"][0][:, 0].tolist()

    assert test_rows(0) == test_rows(0)
    assert test_rows(0) != test_rows(1)


def test_a_given_part_is_kept_as_it_is():
    given = (np.full((3, 1), 9), np.array([0, 1, 0]))
    groups = {"train": (np.arange(20)[:, None], np.arange(20) % 2), "test": given}
    parts = stratified_parts(groups, validation=0.2, test=0.9, seed=0)
    assert parts["test"] is given
    assert len(parts["train"][1]) == 16


@pytest.mark.parametrize(
    ("validation", "test", "message"),
    [
        (0, 0.2, r"validation must be in \(0, 1\). Received: 0"),
        (0.2, 1.5, r"test must be in \(0, 1\). Received: 1.5"),
        (0.5, 0.5, "must leave a training part. Received: 0.5 and 0.5"),
    ],
)
def test_impossible_fractions_are_refused(validation, test, message):
    groups = {"train": (np.zeros((10, 1)), np.arange(10) % 2)}
    with pytest.raises(SettingError, match=message):
        stratified_parts(groups, validation=validation, test=test, seed=0)


def test_too_few_examples_of_a_class_are_refused():
    groups = {"train": (np.zeros((10, 1)), np.array([0] * 9 + [1]))}
    with pytest.raises(DataError, match=r"class 1 has 1 example, too few for every part to have"):
        stratified_parts(groups, validation=0.2, test=0.2, seed=0)
    groups = {"train": (np.zeros((60, 1)), np.arange(60) % 20)}
    with pytest.raises(DataError, match="60 examples are too few to split off a test part of 12"):
        stratified_parts(groups, validation=0.2, test=0.2, seed=0)


@given(
    counts=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    validation=st.floats(0.05, 0.6),
    test=st.floats(0.05, 0.6),
    seed=st.integers(0, 99),
)
def test_every_part_has_every_class_or_the_split_is_refused_in_our_words(
    counts, validation, test, seed
):
    labels = np.repeat([f"class {i}" for i in range(len(counts))], counts)
    said = None
    try:
        rows = stratified_rows({"train": labels}, validation=validation, test=test, seed=seed)
    except DataError as error:
        said = str(error)
    except SettingError:
        assert validation + test >= 1
        return
    if said is not None:
        assert re.search(r"class class \d has \d example|examples are too few", said)
        return
    assert sorted(np.concatenate(list(rows.values())).tolist()) == list(range(len(labels)))
    for part in rows.values():
        assert set(labels[part]) == set(labels)
