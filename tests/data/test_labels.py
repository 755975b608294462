"""Labels that say one class for each example, however a file holds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays, scalar_dtypes

from descent.data.errors import DataError
from descent.data.labels import read_labels
from descent.data.readers.npz import prepare_npz

CLASSES = [2, 0, 1, 1, 0, 2, 1]

#: The same classes as files hold them.
FORMS = {
    "floats": np.array(CLASSES, dtype=np.float32),
    "column": np.array(CLASSES)[:, None],
    "column of floats": np.array(CLASSES, dtype=float)[:, None],
    "one-hot": np.eye(3)[CLASSES],
    "one-hot integers": np.eye(3, dtype=np.int64)[CLASSES],
    "one-hot booleans": np.eye(3, dtype=bool)[CLASSES],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_classes_is_read_as_they_are(form):
    labels, notes = read_labels(FORMS[form], len(CLASSES))
    assert labels.tolist() == CLASSES
    assert labels.dtype.kind == "i"
    assert notes != []


@pytest.mark.parametrize("stored", [np.array(CLASSES), np.array(["b", "a"]), np.array([True])])
def test_integers_and_text_need_no_note(stored):
    labels, notes = read_labels(stored, len(stored))
    np.testing.assert_array_equal(labels, stored, strict=True)
    assert notes == []


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ([0, 1, 0.5], r"expected classes .* found 0.5 in row 2 \(from 0\); .* no regression"),
        ([0, np.nan, 1], "found nan in row 1"),
        ([0, np.inf, 1], "found inf in row 1"),
        ([0, 1e300, 1], r"found 1e\+300 in row 1"),
        (
            [[1, 0], [1, 1], [0, 1]],
            r"one-hot rows .* found the shape \(3, 2\) with \[1, 1\] in row 1",
        ),
        ([[1, 0], [0, 1], [0, 0]], r"with \[0, 0\] in row 2"),
        ([[1, 0], [0.5, 0.5], [0, 1]], r"with \[0.5, 0.5\] in row 1"),
        ([[1, -1], [1, 0], [0, 1]], r"with \[1, -1\] in row 0"),
        ([0, 1], r"expected the shape \(3,\), a column \(3, 1\) or one-hot rows .* found \(2,\)"),
        ([["a", "b"]] * 3, r"expected one column of text, found the shape \(3, 2\)"),
        ([1j, 0, 1], "expected integers or text, found complex128"),
        ([b"\xff", b"b", b"a"], "expected text in UTF-8, found"),
    ],
)
def test_labels_that_name_no_class_are_refused(stored, message):
    with pytest.raises(DataError, match=message):
        read_labels(np.array(stored), 3)


@given(stored=scalar_dtypes().flatmap(lambda kind: arrays(kind, array_shapes(max_side=4))))
def test_no_array_makes_the_reader_of_labels_fail_otherwise(stored):
    try:
        labels, _ = read_labels(stored, len(stored))
    except DataError:
        return
    assert labels.shape == (len(stored),)
    assert labels.dtype.kind in "biuU"


def test_what_was_read_is_in_the_manifest(tmp_path):
    classes = np.arange(40) % 4
    X = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(
        tmp_path / "mine.npz",
        x_train=X,
        y_train=classes[:, None],
        x_test=X,
        y_test=classes.astype(float),
    )
    assert prepare_npz(tmp_path / "mine.npz").about["notes"] == [
        "train labels: a column of shape (40, 1)",
        "test labels: whole numbers stored as floats",
    ]
