"""The inputs of one part of a dense dataset, converted to floats for a model.

Images are stored as bytes and converted when a model reads them: a mini-batch of random rows reads
a quarter of the memory that floats would take, and the data that jobs share are a quarter as large.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from descent.arrays import Array, IntArray, aligned_array
from descent.data.dataset import Dataset


class Inputs:
    """Rows of ``train_inputs``, ``validation_inputs`` or ``test_inputs`` as floats.

    Parameters
    ----------
    dataset : Dataset
        A dense dataset, see :mod:`descent.data.dense`.
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
        self._gathered = np.empty((0, self.shape[1]), np.uint8)
        self._read = aligned_array((0, self.shape[1]), dtype)

    def gather(self, indices: IntArray, out: Array) -> int:
        """Write the given rows; return the number of leading columns with all nonzero values.

        Parameters
        ----------
        indices : ndarray of shape (B,)
            Which rows, in which order.
        out : ndarray of shape (B, columns)
            Receives them; contiguous.

        Returns
        -------
        int
            The mini-batch's extent: from this column on, every row is zero.
        """
        # NumPy writes straight into out= only in the modes that cannot raise
        if self._are_bytes:
            if len(indices) > len(self._gathered):
                self._gathered = np.empty(out.shape, np.uint8)
            pixels = self._gathered[: len(indices)]
            self._stored.take(indices, axis=0, out=pixels, mode="clip")
            self._standardize(pixels, out)
        else:
            self._stored.take(indices, axis=0, out=out, mode="clip")
        return int(self._extents.take(indices).max())

    def rows(self, which: slice) -> Array:
        """Return consecutive rows, shape (B, columns), until the next call: only to be read."""
        stored = self._stored[which]
        if not self._are_bytes:
            return stored
        if len(stored) > len(self._read):
            self._read = aligned_array(stored.shape, self._read.dtype)
        read = self._read[: len(stored)]
        self._standardize(stored, read)
        return read

    def _standardize(self, pixels: NDArray[np.uint8], out: Array) -> None:
        np.copyto(out, pixels)
        if self._shift:
            out -= self._shift
        out *= self._factor
