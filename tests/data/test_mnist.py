from __future__ import annotations

import numpy as np
import pytest

from descent.data.inputs import Inputs
from descent.data.labelled_vectors import in_source_order
from descent.data.readers.mnist import prepare_mnist


@pytest.fixture(scope="module")
def likeness():
    """Images and labels of MNIST's shapes: the label in the first pixel, the row in two more."""
    parts = {}
    for part, n in (("train", 60_000), ("t10k", 10_000)):
        images = np.zeros((n, 28, 28), dtype=np.uint8)
        labels = (np.arange(n) % 10).astype(np.uint8)
        images[:, 0, 0] = labels
        images[:, 27, 26], images[:, 27, 27] = np.arange(n) // 256, np.arange(n) % 256
        parts[part] = (images, labels)
    return parts


@pytest.fixture
def folder(likeness, write_idx, tmp_path):
    (tmp_path / "mnist").mkdir()
    for part, (images, labels) in likeness.items():
        write_idx(tmp_path / "mnist" / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(tmp_path / "mnist" / f"{part}-labels-idx1-ubyte.gz", labels)
    return tmp_path


def test_the_last_5000_training_images_validate(folder, likeness):
    dataset = prepare_mnist(folder)
    train = likeness["train"][0].reshape(60_000, 784)
    pixels = {
        "train": train[:55_000],
        "validation": train[55_000:],
        "test": likeness["t10k"][0].reshape(10_000, 784),
    }
    marked = [0, 1, 782, 783]
    for part, expected in pixels.items():
        assert dataset[f"{part}_inputs"].shape == expected.shape
        inputs = in_source_order(dataset, dataset[f"{part}_inputs"])[:, marked]
        np.testing.assert_array_equal(inputs, expected[:, marked])
        np.testing.assert_array_equal(dataset[f"{part}_labels"], expected[:, 0])
    assert dataset["scale"] == train[:55_000].max()


@pytest.mark.data
def test_the_published_images_have_the_published_statistics(published):
    dataset = prepare_mnist(published)
    pixels = {part: dataset[f"{part}_inputs"] for part in ("train", "validation", "test")}
    everything = np.concatenate([pixels["train"], pixels["validation"]])
    assert everything.mean() == pytest.approx(33.3184, abs=5e-5)
    assert pixels["test"].mean() == pytest.approx(33.7912, abs=5e-5)
    labels = np.concatenate([dataset["train_labels"], dataset["validation_labels"]])
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(labels).tolist() == counts
    inputs = Inputs(dataset, "train", np.dtype(np.float64)).rows(slice(0, 1000))
    np.testing.assert_allclose(inputs * 255, dataset["train_inputs"][:1000], rtol=1e-12)
