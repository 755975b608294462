"""Stand-ins for data before they are prepared: random, and of the size and shape of the real ones.

What a training step costs depends on how much the data hold, not on what. Here that is known before
the first download; nothing is ever trained on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.dataset import Dataset, make_dataset
from descent.data.labelled_vectors import dense_dataset
from descent.data.prepare import prepare
from descent.data.readers.digits import prepare_digits
from descent.data.sources import own_files

#: Chance of ink in the middle of MNIST's images, and how far it reaches, in pixels: a fifth of all
#: pixels is not blank, and a mini-batch of 128 images leaves the last fifth of the columns blank.
INK, REACH = 0.75, 8.4
#: Sentences of a published review and their standard deviation.
SENTENCES, SPREAD = 32.4, 14.6
#: Words of a sentence by the size of the vocabulary, English stop words left out.
WORDS = {100: 1.7, 300: 2.9, 1000: 4.8, 5000: 7.6, 20_000: 9.2, 36_000: 9.6}
#: How many stop words a sentence has.
STOP_WORDS = 8.0
#: Different words of a review as a share of all its words, without and with stop words.
DIFFERENT = 0.75, 0.5


def stand_in(settings: Mapping[str, Any]) -> Dataset | None:
    """Return a dataset that costs as much to train on as one that is not prepared yet.

    Parameters
    ----------
    settings : mapping of str to object
        ``use`` and the options of its source, see :func:`descent.data.prepare.prepare`.

    Returns
    -------
    Dataset or None
        Random data in place of a download, and of what takes longer to load than to train on;
        generated data as they are; None for a user's own files, of which nothing is known before
        they are read.
    """
    if own_files(settings, Path()):
        return None
    if settings["use"] in _RANDOM:
        return _RANDOM[settings["use"]](settings)
    return prepare(settings, Path(), base_folder=Path())


def _images(_settings: Mapping[str, Any]) -> Dataset:
    """Return random images: 55,000, 5,000 and 10,000 of 28 x 28 bytes, in ten classes."""
    rng = np.random.default_rng(0)
    row, column = np.mgrid[:28, :28] - 13.5
    of_pixels = INK * np.exp(-(((row**2 + column**2) / REACH**2) ** 2)).ravel()
    parts = {}
    for split, n in (("train", 55_000), ("validation", 5_000), ("test", 10_000)):
        ink = rng.random((n, 784), dtype=np.float32) < of_pixels
        parts[split] = (ink.astype(np.uint8) * 200, rng.integers(0, 10, n))
    return dense_dataset(parts, classes=10, standardize="scale", about={"image_shape": [28, 28]})


def _digits(settings: Mapping[str, Any]) -> Dataset:
    """Return 1,797 random images of 8 x 8, in ten classes: scikit-learn is costly to import."""
    rng = np.random.default_rng(0)
    images = 1797
    fractions = {**(prepare_digits.__kwdefaults__ or {}), **settings}
    sizes = {part: round(fractions[part] * images) for part in ("validation", "test")}
    sizes["train"] = images - sum(sizes.values())
    parts = {
        part: (rng.integers(0, 17, (n, 64), np.uint8), rng.permutation(np.arange(n) % 10))
        for part, n in sizes.items()
    }
    return dense_dataset(parts, classes=10, standardize="scale", about={"image_shape": [8, 8]})


def _texts(settings: Mapping[str, Any]) -> Dataset:
    """Return 2,000 random reviews of two classes: 1,600, 200 and 200."""
    rng = np.random.default_rng(0)
    reviews, vocabulary = 2000, settings.get("max_features", 5000) or max(WORDS)
    all_counted = settings.get("stop_words", "english") is None
    lengths = np.maximum(1, rng.normal(SENTENCES, SPREAD, reviews).astype(int))
    offsets = np.cumsum([0, *lengths], dtype=np.int32)
    usual = np.interp(np.log(vocabulary), np.log(list(WORDS)), list(WORDS.values()))
    words = rng.poisson(usual + STOP_WORDS * all_counted, offsets[-1])
    starts = np.cumsum([0, *words], dtype=np.int32)
    share = DIFFERENT[all_counted]
    arrays = {
        "review_offsets": offsets,
        **_counts("sentence", starts, vocabulary, rng),
        **_counts("bag", (share * starts[offsets]).astype(np.int32), vocabulary, rng),
        "labels": rng.integers(0, 2, reviews).astype(np.uint8),
        "train_reviews": np.arange(1600, dtype=np.int32),
        "validation_reviews": np.arange(1600, 1800, dtype=np.int32),
        "test_reviews": np.arange(1800, 2000, dtype=np.int32),
        "vocabulary": np.arange(vocabulary).astype(np.str_),
    }
    return make_dataset(arrays, {"kind": "reviews", "classes": 2, "vocabulary_size": vocabulary})


def _counts(
    name: str, starts: NDArray[np.int32], vocabulary: int, rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Return a matrix of counts, one in each place; few words are frequent, as in any language."""
    stored = int(starts[-1])
    columns = vocabulary ** rng.random(stored) - 1
    return {
        f"{name}_data": np.ones(stored, np.float32),
        f"{name}_indices": columns.astype(np.int32),
        f"{name}_indptr": starts,
    }


_RANDOM: Mapping[str, Callable[[Mapping[str, Any]], Dataset]] = {
    "mnist": _images,
    "digits": _digits,
    "reviews": _texts,
}
