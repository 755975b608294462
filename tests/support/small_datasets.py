"""Datasets small enough to differentiate by hand, with the cases that go wrong."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, vstack

from descent.data.characters import number_characters
from descent.data.dataset import Dataset, make_dataset
from descent.data.labelled_vectors import PARTS, dense_dataset, in_source_order
from descent.data.readers.generated_reviews import generated_corpus

#: Sentences of each review; the training part is the first eleven.
LENGTHS = [3, 1, 6, 2, 1, 4, 3, 5, 1, 2, 3, 2, 4, 1, 3, 2]
WORDS = 8


def dense() -> Dataset:
    """Return 23 training examples of 6 numbers in 3 classes."""
    rng = np.random.default_rng(5)
    parts = {
        split: (rng.normal(size=(n, 6)), rng.integers(0, 3, n))
        for split, n in (("train", 23), ("validation", 7), ("test", 9))
    }
    return dense_dataset(parts, classes=3, standardize="none", about={})


def reviews(classes: int = 2) -> Dataset:
    """Return 11 training reviews: of one sentence, of many, with sentences without words."""
    rng = np.random.default_rng(6)
    texts = [rng.poisson(0.7, (length, WORDS)).astype(np.float32) for length in LENGTHS]
    texts[2][3] = 0.0
    texts[8][0] = 0.0  # the only sentence of that review
    sentences = vstack([csr_array(t) for t in texts], format="csr")
    bags = csr_array(np.array([t.sum(axis=0) for t in texts]))
    arrays = {"review_offsets": np.cumsum([0, *LENGTHS]).astype(np.int32)}
    for name, matrix in (("sentence", sentences), ("bag", bags)):
        arrays[f"{name}_data"] = matrix.data.astype(np.float32)
        arrays[f"{name}_indices"] = matrix.indices.astype(np.int32)
        arrays[f"{name}_indptr"] = matrix.indptr.astype(np.int32)
    order = rng.permutation(len(LENGTHS)).astype(np.int32)
    arrays["train_reviews"] = np.arange(11, dtype=np.int32)
    arrays["validation_reviews"] = np.sort(order[order > 10])[:2]
    arrays["test_reviews"] = np.sort(order[order > 10])[2:]
    arrays["labels"] = rng.integers(0, classes, len(LENGTHS)).astype(np.uint8)
    arrays["vocabulary"] = np.array([f"word{i}" for i in range(WORDS)])
    return make_dataset(arrays, {"kind": "reviews", "classes": classes, "vocabulary_size": WORDS})


def characters() -> Dataset:
    """Return 32 generated reviews to train on as characters."""
    return number_characters(generated_corpus(reviews=40), 0)


def rows_of(dataset: Dataset) -> list[tuple[object, ...]]:
    """Return all rows of dense inputs as they are stored, each with its class's name, sorted."""
    names = dataset.about.get("class_names", range(dataset.about["classes"]))
    found = []
    for part in PARTS:
        inputs = in_source_order(dataset, dataset[f"{part}_inputs"])
        labels = [names[c] for c in dataset[f"{part}_labels"]]
        found += [(*map(float, x), y) for x, y in zip(inputs, labels, strict=True)]
    return sorted(found)
