"""Sequences of counts of different lengths, and parameters, for any network that reads them."""

import numpy as np
import pytest


@pytest.fixture
def theta(model):
    return np.random.default_rng(1).normal(size=model.layout.size)


@pytest.fixture
def sequences():
    rng = np.random.default_rng(2)
    counts = [rng.poisson(0.6, (length, 7)).astype(float) for length in (3, 1, 6, 3, 1, 4)]
    counts[2][1] = 0.0  # a sentence without a word of the vocabulary
    counts[4][0] = 0.0  # a sequence without any
    return counts
