from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from descent.data.dense import in_source_order
from descent.data.errors import DataError
from descent.data.idx import prepare_idx, read_idx


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
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
