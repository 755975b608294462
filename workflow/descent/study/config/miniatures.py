"""Miniature datasets, on which a problem's settings are checked before the data are prepared.

A problem checks its settings in its constructor, which needs data. With a miniature of each kind
the settings are checked when the config is loaded, before the first training job.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.dataset import Dataset
from descent.data.labelled_vectors import PARTS, dense_dataset


def miniature(kind: str) -> Dataset:
    """Return two examples of two classes in every part, in the arrays of a kind of dataset.

    Parameters
    ----------
    kind : {"dense", "reviews"}
        As in :mod:`descent.data.labelled_vectors` and :mod:`descent.data.word_counts`.

    Returns
    -------
    Dataset
        The dataset.
    """
    return {"dense": _dense, "reviews": _reviews}[kind]()


def _dense() -> Dataset:
    parts = {part: (np.eye(2), np.arange(2)) for part in PARTS}
    return dense_dataset(parts, classes=2, standardize="none", about={})


def _reviews() -> Dataset:
    # Two reviews of one sentence of one word each; every part has both.
    rows: dict[str, NDArray[Any]] = {
        "data": np.ones(2, dtype=np.float32),
        "indices": np.arange(2, dtype=np.int32),
        "indptr": np.arange(3, dtype=np.int32),
    }
    arrays = {f"{name}_{part}": a for name in ("sentence", "bag") for part, a in rows.items()}
    arrays |= {f"{part}_reviews": np.arange(2, dtype=np.int32) for part in PARTS}
    arrays |= {
        "review_offsets": np.arange(3, dtype=np.int32),
        "labels": np.arange(2, dtype=np.uint8),
        "vocabulary": np.array(["bad", "good"]),
    }
    about = {"kind": "reviews", "classes": 2, "vocabulary_size": 2, "fold": 0}
    return Dataset(arrays, about, "miniature")
