from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from descent.data.errors import DataError
from descent.data.labelled_vectors import PARTS, in_source_order, stratified_rows
from descent.data.readers.idx import prepare_idx, read_idx


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(array=arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=6)), data=st.data())
def test_what_was_written_is_read(array, data, write_idx, tmp_path):
    path = write_idx(tmp_path / "a.gz", array)
    np.testing.assert_array_equal(read_idx(path, array.ndim), array, strict=True)


def test_a_file_need_not_be_gzipped(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255]))
    assert read_idx(path, 1).tolist() == [7, 0, 255]


@pytest.fixture
def own_files(write_idx, tmp_path):
    rng = np.random.default_rng(0)
    files = {}
    for part, n in (("train", 60), ("test", 30)):
        labels = np.arange(n) % 3 + 1  # labels from 1, as in EMNIST's letters
        images = rng.integers(0, 256, (n, 2, 3)) // 4 + 60 * labels[:, None, None]
        files[f"{part}_inputs"] = write_idx(tmp_path / f"{part}-images.gz", images)
        files[f"{part}_labels"] = write_idx(tmp_path / f"{part}-labels.gz", labels)
    return files


def test_own_files_with_a_test_part_keep_it(own_files):
    dataset = prepare_idx(**own_files, validation=0.25)
    images = read_idx(own_files["test_inputs"], 3)
    test = in_source_order(dataset, dataset["test_inputs"])
    np.testing.assert_array_equal(test, images.reshape(30, 6))
    assert dataset["validation_labels"].shape == (15,)
    assert dataset["train_inputs"].shape == (45, 6)
    assert dataset.about["image_shape"] == [2, 3]
    assert dataset.about["classes"] == 3
    assert dataset.about["class_names"] == [1, 2, 3]
    assert np.bincount(dataset["test_labels"]).tolist() == [10, 10, 10]


def test_own_files_without_a_test_part_are_split(own_files):
    train = {name: path for name, path in own_files.items() if name.startswith("train")}
    dataset = prepare_idx(**train, validation=0.1, test=0.2)
    sizes = [len(dataset[f"{part}_labels"]) for part in ("train", "validation", "test")]
    assert sizes == [42, 6, 12]


def test_half_a_test_part_is_refused(own_files):
    del own_files["test_labels"]
    with pytest.raises(DataError, match="test_inputs and test_labels must be given together"):
        prepare_idx(**own_files)


def test_a_test_part_of_other_images_is_refused(own_files, write_idx, tmp_path):
    own_files["test_inputs"] = write_idx(tmp_path / "other.gz", np.zeros((30, 3, 3)))
    with pytest.raises(DataError, match=r"other.gz: expected images of 2 x 3"):
        prepare_idx(**own_files)


def test_a_class_that_is_only_in_the_test_part_is_refused(own_files, write_idx, tmp_path):
    own_files["test_labels"] = write_idx(tmp_path / "other.gz", np.full(30, 9))
    with pytest.raises(DataError, match=r"class that the training labels lack: 9"):
        prepare_idx(**own_files)


def test_files_of_one_name_in_two_folders_have_a_digest_each(write_idx, tmp_path):
    paths = []
    for part, shift in (("train", 0), ("test", 1)):
        images = (np.arange(40 * 4).reshape(40, 2, 2) + shift).astype(np.uint8)
        for name, values in (("images", images), ("labels", np.arange(40, dtype=np.uint8) % 2)):
            path = tmp_path / part / name
            path.parent.mkdir(exist_ok=True)
            write_idx(path, values)
            paths.append(path)
    digests = prepare_idx(*paths).about["sha256"]
    assert list(digests) == [str(path) for path in paths]
    assert digests[str(paths[0])] != digests[str(paths[2])]


@pytest.fixture
def images():
    """Sixty images of two rows and three columns, in three classes."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 60, (60, 2, 3)) + 60 * (np.arange(60) % 3)[:, None, None]


def in_order(dataset):
    """Return the images of the only given part, in the order of the file."""
    parts = [in_source_order(dataset, dataset[f"{p}_inputs"]) for p in PARTS]
    rows = stratified_rows({"train": np.arange(60) % 3}, validation=0.1, test=0.2, seed=0)
    order = np.argsort(np.concatenate([rows[part] for part in PARTS]))
    return np.concatenate(parts)[order]


def prepared(write_idx, tmp_path, images, labels, **options):
    paths = [
        write_idx(tmp_path / f"{name}.gz", array, kind)
        for name, (array, kind) in {"images": images, "labels": labels}.items()
    ]
    return prepare_idx(*paths, **options)


CLASSES = np.arange(60) % 3
QMNIST = np.stack([CLASSES, *np.random.default_rng(1).integers(0, 4000, (7, 60))], axis=1)


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (CLASSES, ">i4"),
        (CLASSES, ">i2"),
        (CLASSES, ">f4"),
        (CLASSES[:, None], ">u1"),
        (np.eye(3)[CLASSES], ">u1"),
        (np.eye(8)[CLASSES], ">u1"),
        (QMNIST, ">i4"),
    ],
)
def test_labels_of_other_types_and_shapes_are_the_same_labels(
    labels, kind, images, write_idx, tmp_path
):
    plain = prepared(write_idx, tmp_path, (images, ">u1"), (CLASSES, ">u1"))
    other = prepared(write_idx, tmp_path, (images, ">u1"), (labels, kind))
    assert other.fingerprint == plain.fingerprint
    assert other.about["class_names"] == [0, 1, 2]


def test_the_first_of_eight_columns_is_remarked_upon(images, write_idx, tmp_path):
    dataset = prepared(write_idx, tmp_path, (images, ">u1"), (QMNIST, ">i4"))
    assert dataset.about["notes"] == ["train labels: the first of 8 columns, as in QMNIST"]


@pytest.mark.parametrize("kind", [">i2", ">i4", ">f4", ">f8"])
def test_images_may_be_of_any_type_of_the_format(kind, images, write_idx, tmp_path):
    dataset = prepared(write_idx, tmp_path, (images, kind), (CLASSES, ">u1"))
    assert dataset.about["image_shape"] == [2, 3]
    assert dataset["train_inputs"].dtype == np.float32
    assert dataset["scale"] == images.max()  # which is of the training part
    expected = (images.reshape(60, 6) / images.max()).astype(np.float32)
    np.testing.assert_array_equal(in_order(dataset), expected)


def test_a_float_that_is_not_finite_is_named(images, write_idx, tmp_path):
    images = images.astype(float)
    images[7, 1, 2] = np.nan
    with pytest.raises(DataError, match=r"images.gz .*found nan in row 7, column 1, 2 \(from 0\)"):
        prepared(write_idx, tmp_path, (images, ">f4"), (CLASSES, ">u1"))


@pytest.mark.parametrize("channels_at", [1, 3])
def test_colours_are_the_last_axis_of_an_image(channels_at, write_idx, tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (60, 2, 5, 3))
    stored = np.moveaxis(colours, 3, channels_at)
    dataset = prepared(write_idx, tmp_path, (stored, ">u1"), (CLASSES, ">u1"))
    assert dataset.about["image_shape"] == [2, 5, 3]
    np.testing.assert_array_equal(in_order(dataset), colours.reshape(60, 30))


def test_images_without_a_dimension_of_colours_are_refused(images, write_idx, tmp_path):
    stored = np.stack([images] * 5, axis=3)
    with pytest.raises(DataError, match=r"images.gz: expected the colours .* sizes 60 x 2 x 3 x 5"):
        prepared(write_idx, tmp_path, (stored, ">u1"), (CLASSES, ">u1"))


def test_transposed_images_are_turned(images, write_idx, tmp_path):
    lying = (images.swapaxes(1, 2), ">u1")
    dataset = prepared(write_idx, tmp_path, lying, (CLASSES, ">u1"), transpose=True)
    upright = prepared(write_idx, tmp_path, (images, ">u1"), (CLASSES, ">u1"))
    assert dataset.fingerprint == upright.fingerprint
    assert dataset.about["image_shape"] == [2, 3]
    assert dataset.about["notes"] == ["images: rows and columns exchanged"]


def test_a_magic_number_that_is_none_is_told_which_there_are(tmp_path, write_idx):
    labels = write_idx(tmp_path / "labels.gz", CLASSES)
    with pytest.raises(
        DataError, match=r"labels.gz: expected .* 0d floats .* dimensions \(3 or 4\)"
    ):
        prepare_idx(labels, labels)
