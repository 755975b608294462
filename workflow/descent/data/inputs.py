"""The inputs of one part of a dense dataset, converted to floats for a model.

Images are stored as bytes and converted when a model reads them: a mini-batch of random rows reads
a quarter of the memory that floats would take, and the data that jobs share are a quarter as large.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.arrays import Array, IntArray, aligned_array
from descent.data.dataset import Dataset


class Inputs:
    """Rows of ``train_inputs``, ``validation_inputs`` or ``test_inputs`` as floats.

    Parameters
    ----------
    dataset : Dataset
        A dense dataset, see :mod:`descent.data.labelled_vectors`.
    part : {"train", "validation", "test"}
        Which part.
    dtype : dtype
        float32 or float64, of what is read.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns.
    """

    def __init__(self, dataset: Dataset, part: str, dtype: np.dtype[np.floating]) -> None:
        stored = dataset[f"{part}_inputs"]
        self._extents = np.asarray(dataset[f"{part}_extents"])
        self.shape: tuple[int, int] = stored.shape
        self._are_bytes = stored.dtype == np.uint8
        # asarray removes the slower class of the memory map and keeps the shared memory
        self._stored = np.asarray(stored, np.uint8 if self._are_bytes else dtype)
        if self._are_bytes:
            self._shift, self._factor = dataset["shift"].item(), 1.0 / dataset["scale"].item()
        self._taken = np.empty((0, self.shape[1]), self._stored.dtype)
        self._read = aligned_array(0, dtype)

    def by_extent(self, indices: IntArray) -> tuple[IntArray, IntArray]:
        """Return rows in the order of the number of leading columns that they use.

        Parameters
        ----------
        indices : ndarray of shape (B,)
            Which rows.

        Returns
        -------
        indices : ndarray of shape (B,)
            The same in that order.
        extents : ndarray of int, shape (B,)
            From which column on each of them is zero, ascending.
        """
        extents = self._extents.take(indices)
        order = extents.argsort(kind="stable")
        return indices.take(order), extents.take(order)

    def gather(self, indices: IntArray, columns: int) -> Array:
        """Return the first columns of rows.

        Parameters
        ----------
        indices : ndarray of shape (B,)
            Which rows, in which order.
        columns : int
            How many columns.

        Returns
        -------
        ndarray of shape (B, columns)
            Only to be read, until the next call of this method or of ``rows``.
        """
        if len(indices) > len(self._taken):
            self._taken = np.empty((len(indices), self.shape[1]), self._stored.dtype)
        rows = self._taken[: len(indices)]
        # NumPy writes straight into out= only in the modes that cannot raise
        self._stored.take(indices, axis=0, out=rows, mode="clip")
        return self._standardized(rows[:, :columns])

    def rows(self, which: slice) -> Array:
        """Return consecutive rows, shape (B, columns), to be read until the next call of either."""
        return self._standardized(self._stored[which])

    def _standardized(self, stored: NDArray[Any]) -> Array:
        """Return what a model reads: bytes standardised, numbers as they are."""
        if not self._are_bytes:
            return stored
        if stored.size > self._read.size:
            self._read = aligned_array(stored.size, self._read.dtype)
        read: Array = self._read[: stored.size].reshape(stored.shape)
        np.copyto(read, stored)
        if self._shift:
            read -= self._shift
        read *= self._factor
        return read
