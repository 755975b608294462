"""What a model reads of a dense dataset."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.data.dataset import load_dataset, make_dataset, save_dataset
from descent.data.inputs import Inputs
from descent.data.labelled_vectors import dense_dataset

ROWS, COLUMNS = 12, 7


def dataset_of(stored, shift=0.0, scale=4.0, extents=(COLUMNS,) * ROWS):
    arrays = {"train_inputs": stored, "shift": np.array([shift]), "scale": np.array([scale])}
    return make_dataset({**arrays, "train_extents": np.array(extents, np.uint16)}, {})


def random_bytes(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (ROWS, COLUMNS), dtype=np.uint8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shift", [0.0, 33.25])
def test_gathered_rows_are_standardised_bytes(dtype, shift):
    stored = random_bytes()
    inputs = Inputs(dataset_of(stored, shift), "train", np.dtype(dtype))
    assert inputs.shape == (ROWS, COLUMNS)
    for indices in (np.array([5, 0, 5, 11]), np.array([1]), np.array([2, 3, 4, 6])):
        expected = ((stored[indices] - shift) / 4).astype(dtype)  # exact in either
        np.testing.assert_array_equal(inputs.gather(indices, COLUMNS), expected, strict=True)


@pytest.mark.parametrize("shift", [0.0, 127.3])
def test_single_precision_is_double_precision_rounded(shift):
    dataset = dataset_of(random_bytes(), shift, 73.9)
    single, double = (
        Inputs(dataset, "train", np.dtype(kind)).rows(slice(None)) for kind in ("f4", "f8")
    )
    assert single.dtype == np.float32
    # in units of the largest number that is rounded on the way, the shift
    np.testing.assert_allclose(single, double, rtol=2e-7, atol=2**-24 * shift / 73.9)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_gathered_rows_have_as_many_columns_as_are_wanted(kind):
    stored = random_bytes()[:4].astype(kind)
    inputs = Inputs(dataset_of(stored, scale=1.0), "train", np.dtype(np.float32))
    for indices, columns in (([0, 1, 3], 3), ([2, 1], 7), ([1, 1], 0), ([3, 0, 0, 1], 3)):
        found = inputs.gather(np.array(indices), columns)
        np.testing.assert_array_equal(found, stored[indices, :columns])


def test_rows_are_sorted_by_the_columns_that_they_need():
    stored = np.zeros((5, COLUMNS), np.uint8)
    inputs = Inputs(dataset_of(stored, extents=[3, 0, 7, 2, 3]), "train", np.dtype(np.float32))
    for chosen, expected in ((range(5), [1, 3, 0, 4, 2]), ([4, 2, 0], [4, 0, 2])):
        indices, extents = inputs.by_extent(np.array(chosen))
        assert indices.tolist() == expected  # those that need equally many as they were
        assert extents.tolist() == [[3, 0, 7, 2, 3][index] for index in expected]


@pytest.mark.parametrize("standardize", ["scale", "inputs", "features", "none"])
@given(
    kind=st.sampled_from([np.uint8, np.float64]),
    marks=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, COLUMNS - 1)), min_size=1, max_size=9
    ),
)
def test_beyond_the_extent_every_row_is_zero(standardize, kind, marks):
    stored = np.zeros((4, COLUMNS), kind)
    for row, column in marks:
        stored[row, column] = 1
    parts = {part: (stored, np.arange(4) % 2) for part in ("train", "validation", "test")}
    dataset = dense_dataset(parts, classes=2, standardize=standardize, about={})
    inputs = Inputs(dataset, "train", np.dtype(np.float32))
    for rows in ([0], [1, 2], [0, 1, 2, 3]):
        whole = inputs.rows(slice(None))[rows]
        used = np.flatnonzero(whole.any(axis=0))
        extent = used[-1] + 1 if used.size else 0  # no more than it has to be
        assert inputs.by_extent(np.array(rows))[1][-1] == extent


def test_floats_are_read_as_they_are_and_from_where_they_lie(tmp_path):
    stored = np.random.default_rng(1).normal(size=(ROWS, COLUMNS)).astype(np.float32)
    save_dataset(dataset_of(stored), tmp_path)
    dataset = load_dataset(tmp_path)
    inputs = Inputs(dataset, "train", np.dtype(np.float32))
    assert np.shares_memory(inputs.rows(slice(2, 5)), dataset["train_inputs"])
    np.testing.assert_array_equal(inputs.gather(np.array([7, 3]), COLUMNS), stored[[7, 3]])
