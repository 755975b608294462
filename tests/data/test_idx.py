from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from small_datasets import rows_of

from descent.data.errors import DataError
from descent.data.labelled_vectors import in_source_order
from descent.data.readers.idx import prepare_idx, read_idx

CLASSES = np.arange(60) % 3
QMNIST = np.stack([CLASSES, *np.random.default_rng(1).integers(0, 4000, (7, 60))], axis=1)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(array=arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=6)), data=st.data())
def test_what_was_written_is_read(array, data, write_idx, tmp_path):
    path = write_idx(tmp_path / "a.gz", array)
    np.testing.assert_array_equal(read_idx(path), array, strict=True)


@pytest.fixture
def images():
    """Sixty images of two rows and three columns, in three classes."""
    return np.random.default_rng(0).integers(0, 60, (60, 2, 3)) + 60 * CLASSES[:, None, None]


@pytest.fixture
def prepared(write_idx, tmp_path, images):
    """Prepare images and labels, each an array or an array with its type."""

    def prepare(images=images, labels=CLASSES, kinds=(">u1", ">u1"), **options):
        paths = [
            write_idx(tmp_path / f"{name}.gz", array, kind)
            for name, array, kind in zip(("images", "labels"), (images, labels), kinds, strict=True)
        ]
        return prepare_idx(*paths, **options)

    return prepare


def rows_written(images, classes=CLASSES):
    """Return what ``rows_of`` returns of images that are divided by the largest number."""
    scaled = (images.reshape(len(images), -1) / images.max()).astype(np.float32)
    return sorted((*map(float, x), y) for x, y in zip(scaled, classes.tolist(), strict=True))


def test_a_test_part_is_kept_and_without_one_it_is_split_off(write_idx, tmp_path, images, prepared):
    whole = prepared(validation=0.1, test=0.2)
    assert [len(whole[f"{part}_labels"]) for part in ("train", "validation", "test")] == [42, 6, 12]
    assert whole.about["image_shape"] == [2, 3]
    assert whole.about["class_names"] == [0, 1, 2]
    other = (
        write_idx(tmp_path / "other-images.gz", images[::-1]),
        write_idx(tmp_path / "other-labels.gz", CLASSES[::-1]),
    )
    dataset = prepared(test_inputs=other[0], test_labels=other[1])
    test = in_source_order(dataset, dataset["test_inputs"])
    np.testing.assert_array_equal(test, images[::-1].reshape(60, 6))
    with pytest.raises(DataError, match="test_inputs and test_labels must be given together"):
        prepared(test_inputs=other[0])


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (CLASSES, ">i4"),
        (CLASSES, ">f4"),
        (CLASSES[:, None], ">u1"),
        (np.eye(8)[CLASSES], ">u1"),
        (QMNIST, ">i4"),
    ],
)
def test_labels_of_other_types_and_shapes_are_the_same_labels(labels, kind, prepared):
    other = prepared(labels=labels, kinds=(">u1", kind))
    assert other.fingerprint == prepared().fingerprint
    assert other.about["class_names"] == [0, 1, 2]
    if labels is QMNIST:
        assert other.about["notes"] == ["train labels: the first of 8 columns, as in QMNIST"]


@pytest.mark.parametrize("kind", [">i2", ">i4", ">f4", ">f8"])
def test_images_may_be_of_any_type_of_the_format(kind, images, prepared):
    dataset = prepared(kinds=(kind, ">u1"))
    assert dataset["train_inputs"].dtype == np.float32
    assert rows_of(dataset) == rows_written(images)


@pytest.mark.parametrize("channels_at", [1, 3])
def test_colours_are_the_last_axis_of_an_image(channels_at, prepared):
    colours = np.random.default_rng(0).integers(0, 256, (60, 2, 5, 3))
    dataset = prepared(np.moveaxis(colours, 3, channels_at), kinds=(">i2", ">u1"))
    assert dataset.about["image_shape"] == [2, 5, 3]
    assert rows_of(dataset) == rows_written(colours)


def test_images_without_a_dimension_of_colours_are_refused(images, prepared):
    with pytest.raises(DataError, match=r"images.gz: .* colours .*, found \(60, 2, 3, 5\)"):
        prepared(np.stack([images] * 5, axis=3))


def test_transposed_images_are_turned(images, prepared):
    dataset = prepared(images.swapaxes(1, 2), transpose=True)
    assert dataset.fingerprint == prepared().fingerprint
    assert dataset.about["image_shape"] == [2, 3]
    assert dataset.about["notes"] == ["images: rows and columns exchanged"]
