"""Counts of reviews, on memory that all jobs share."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from descent.data.dataset import Dataset


def counts_matrix(dataset: Dataset, rows: str, dtype: np.dtype[np.floating]) -> Any:
    """Return counts of words as a sparse matrix on the dataset's own memory.

    Parameters
    ----------
    dataset : Dataset
        Prepared reviews.
    rows : {"sentence", "bag"}
        One row a sentence, or one a review.
    dtype : numpy.dtype
        Of the counts; anything but their own float32 copies them.

    Returns
    -------
    scipy.sparse.csr_array of shape (rows, vocabulary)
        The counts.
    """
    data, indices, indptr = (
        np.asarray(dataset[f"{rows}_{part}"]) for part in ("data", "indices", "indptr")
    )
    shape = (len(indptr) - 1, int(dataset.about["vocabulary_size"]))
    return csr_array((data.astype(dtype, copy=False), indices, indptr), shape=shape, copy=False)
