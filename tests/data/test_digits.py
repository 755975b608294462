from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from descent.data.inputs import Inputs
from descent.data.labelled_vectors import in_source_order
from descent.data.readers.digits import prepare_digits


def test_every_digit_is_in_one_part_with_its_label():
    digits = load_digits()
    dataset = prepare_digits()
    parts = ("train", "validation", "test")
    stored = np.concatenate([dataset[f"{part}_inputs"] for part in parts])
    inputs = in_source_order(dataset, stored)
    labels = np.concatenate([dataset[f"{part}_labels"] for part in parts])
    found = sorted((*x, y) for x, y in zip(inputs.tolist(), labels.tolist(), strict=True))
    published = zip(digits.data.astype(int).tolist(), digits.target.tolist(), strict=True)
    assert found == sorted((*x, y) for x, y in published)
    assert dataset["test_labels"].size == round(0.2 * 1797)
    assert dataset["validation_labels"].size == round(0.15 * 1797)


def test_a_seed_gives_a_split_of_its_own():
    assert prepare_digits(seed=1).fingerprint == prepare_digits(seed=1).fingerprint
    assert prepare_digits(seed=1).fingerprint != prepare_digits(seed=2).fingerprint


def test_a_model_reads_pixels_from_zero_to_one():
    inputs = Inputs(prepare_digits(), "train", np.dtype(np.float64)).rows(slice(None))
    assert np.unique(inputs).tolist() == [grey / 16 for grey in range(17)]
