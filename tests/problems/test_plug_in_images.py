"""A problem of one's own is given every example in its shape, whatever order the columns have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from descent.data.dataset import save_dataset
from descent.data.labelled_vectors import PARTS, in_source_shape
from descent.data.readers.digits import prepare_digits
from descent.data.readers.npz import prepare_npz
from descent.optimizers.rules.adam import Adam
from descent.problems.loading import entry_of, load_problem
from descent.training.loop import train

OWN = """
from descent.problems import LearningProblem
from descent.problems.mlp import MLPProblem

class Keeps(LearningProblem):
    dataset = "dense"

    def __init__(self, name, dataset):
        super().__init__(name, dataset, mini_batch=5, settings={})
        self.data = dataset

    init = loss_and_grad = evaluate = None

class Narrow(MLPProblem):
    dataset = "dense"

    def __init__(self, name, dataset):
        super().__init__(name, dataset, hidden=[4])

class Odd(LearningProblem):
    dataset = "images"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_images_are_as_they_were_in_the_source(folder):
    stored = prepare_digits()
    assert not np.array_equal(stored["columns"], np.arange(64))  # or this would show nothing
    save_dataset(stored, folder / "digits")
    problem = load_problem("p", {"use": "own.py:Keeps"}, folder / "digits")
    source = load_digits()
    rows = {image.tobytes(): i for i, image in enumerate(source.images)}
    found = []
    for part in PARTS:
        images, labels = problem.data[f"{part}_inputs"], problem.data[f"{part}_labels"]
        assert images.shape[1:] == (8, 8)
        assert images.dtype == np.float32
        at = [rows[image.tobytes()] for image in (16.0 * images).astype(np.float64)]
        np.testing.assert_array_equal(labels, source.target[at], strict=True)
        found += at
    assert sorted(source.target[found]) == sorted(source.target)
    assert problem.data.fingerprint == stored.fingerprint
    assert problem.examples == len(stored["train_labels"])


@pytest.mark.parametrize("shape", [(6,), (3, 4), (3, 4, 2)])
@pytest.mark.parametrize("standardize", ["none", "features"])
def test_arrays_of_any_shape_keep_it_and_are_standardised(tmp_path, shape, standardize):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(60, *shape))
    images[:, 0] *= rng.random(images[:, 0].shape) < 0.3  # so that columns are used unequally
    arrays = {}
    for part, rows in (
        ("train", slice(40)),
        ("validation", slice(40, 50)),
        ("test", slice(50, 60)),
    ):
        arrays |= {f"{part}_inputs": images[rows], f"{part}_labels": np.arange(60)[rows] % 2}
    np.savez(tmp_path / "own.npz", **arrays)
    stored = prepare_npz(tmp_path / "own.npz", standardize=standardize)
    given = in_source_shape(stored)
    train = images[:40]
    expected = (
        images if standardize == "none" else (images - train.mean(axis=0)) / train.std(axis=0)
    )
    np.testing.assert_allclose(given["train_inputs"], expected[:40], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(given["test_inputs"], expected[50:], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(given["validation_labels"], np.arange(40, 50) % 2, strict=True)


def test_a_class_derived_from_the_perceptron_is_given_what_the_perceptron_is(folder):
    save_dataset(prepare_digits(), folder / "digits")
    own = load_problem("p", {"use": "own.py:Narrow"}, folder / "digits")
    built_in = load_problem("p", {"use": "mlp", "hidden": [4]}, folder / "digits")
    records = [train(problem, Adam(0.01), seed=0, epochs=1)[0] for problem in (own, built_in)]
    assert records[0].curve == records[1].curve


def test_an_unknown_kind_of_data_is_named(folder):
    with pytest.raises(
        ValueError, match=r"own.py:Odd: .* one of dense, reviews, characters or None. .*'images'"
    ):
        entry_of("own.py:Odd")


def test_the_example_learns_the_digits():
    problem = load_example()
    _, _, theta = train(problem, Adam(0.01), seed=0, epochs=6)
    assert problem.evaluate(theta, "test")["accuracy"] > 0.97


def test_the_example_sees_shapes_and_not_only_pixels():
    """Neighbours matter to a convolution: with its pixels shuffled, an image is harder to read."""
    stored = prepare_digits()
    rng = np.random.default_rng(0)
    accuracies = {}
    for shuffled in (False, True):
        order = rng.permutation(64) if shuffled else np.arange(64)
        data = in_source_shape(stored)
        for part in PARTS:
            flat = data[f"{part}_inputs"].reshape(-1, 64)
            flat[...] = flat[:, order]
        problem = load_example(data)
        ends = [train(problem, Adam(0.01), seed=s, epochs=6)[2] for s in range(5)]
        accuracies[shuffled] = np.mean(
            [problem.evaluate(t, "validation")["accuracy"] for t in ends]
        )
    assert accuracies[False] > accuracies[True] + 0.005


def load_example(data=None):
    from descent.foundation.class_loading import load_class

    cls = load_class("small_conv_net.py:SmallConvNet", Path(__file__).parents[2] / "examples")
    return cls("digits", in_source_shape(prepare_digits()) if data is None else data)
