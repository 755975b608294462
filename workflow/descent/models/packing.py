"""Sequences of different lengths as one array without padding.

The sequences are sorted by length, longest first, and laid out time-major: first every sequence's
step 0, then step 1 of those that have one, and so on. The sequences still running at a step are
then the first so many of the step before, in the same order, and a step is one contiguous block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.arrays import IntArray


class Packing:
    """The position of each step of each sequence in the packed array.

    Parameters
    ----------
    lengths : ndarray of int, shape (B,)
        Steps of each sequence, >= 1.

    Attributes
    ----------
    order : ndarray of int, shape (B,)
        The sequences by decreasing length; those of equal length keep their order.
    blocks : list of slice
        For each time step the rows of the packed array that belong to it.
    running : ndarray of int, shape (T,)
        Number of sequences that have each time step.
    steps, members : ndarray of int, shape (N,)
        For each row its time step and its sequence, counted along ``order``.
    last : ndarray of int, shape (B,)
        Row of each sequence's last step, along ``order``.
    previous : ndarray of int, shape (N - B,)
        For each row from time step 1 on, the row of the same sequence one step earlier.
    """

    def __init__(self, lengths: IntArray) -> None:
        self.order: NDArray[np.intp] = np.argsort(-lengths.astype(np.intp), kind="stable")
        sorted_lengths = lengths[self.order]
        runs = np.arange(sorted_lengths[0])[:, None] < sorted_lengths  # (T, B)
        self.steps, self.members = np.nonzero(runs)
        self.running: NDArray[np.intp] = np.count_nonzero(runs, axis=1)
        starts = np.cumsum(self.running) - self.running
        self.blocks = [
            slice(start, start + n)
            for start, n in zip(starts.tolist(), self.running.tolist(), strict=True)
        ]
        self.last: NDArray[Any] = starts[sorted_lengths - 1] + np.arange(len(lengths))
        later = slice(len(lengths), None)
        self.previous: NDArray[Any] = starts[self.steps[later] - 1] + self.members[later]
