"""Sequences of different lengths, one after the other, without padding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.arrays import IntArray


class Concatenation:
    """Where each step of each sequence lies in the concatenated array.

    Parameters
    ----------
    lengths : ndarray of int, shape (B,)
        Steps of each sequence, >= 1.

    Attributes
    ----------
    order : ndarray of int, shape (B,)
        The sequences in the order in which they lie: as given.
    lengths : ndarray of int, shape (B,)
        As given.
    starts : ndarray of int, shape (B,)
        Row of each sequence's first step.
    slices : list of slice
        For each sequence its rows.
    steps, members : ndarray of int, shape (N,)
        For each row its time step and its sequence.
    """

    def __init__(self, lengths: IntArray) -> None:
        self.order: NDArray[np.intp] = np.arange(len(lengths))
        self.lengths = lengths
        stops = np.cumsum(lengths, dtype=np.intp)
        self.starts: NDArray[np.intp] = stops - lengths
        self.slices = [
            slice(start, stop)
            for start, stop in zip(self.starts.tolist(), stops.tolist(), strict=True)
        ]
        self.members: NDArray[np.intp] = np.repeat(self.order, lengths)
        self.steps: NDArray[Any] = np.arange(len(self.members)) - self.starts[self.members]
