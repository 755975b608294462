"""Examples sorted by how many of their leading columns they use, and products without the rest.

Images are blank at their edges. With the columns in the order in which images use them, and the
rows of a mini-batch in the order of the columns that they need, the numbers other than zero lie
below a staircase. A product takes one step of it at a time::

    rows          columns
    0   ... 48    xxxxxxxx
    48  ... 96    xxxxxxxxxxx
    96  ... 120   xxxxxxxxxxxxx
    120 ... 128   xxxxxxxxxxxxxxxxxx
"""

from __future__ import annotations

import numpy as np

from descent.arrays import Array, IntArray

#: Shares of the rows at which a step of the staircase may end.
STEPS = (15 / 16, 3 / 4, 3 / 8)
#: Columns that a step must leave out to be worth a product of its own.
LEAST_COLUMNS = 32


class Staircase:
    """A matrix of which each row is zero from some column on.

    Parameters
    ----------
    rows : ndarray of shape (B, K)
        The matrix.
    extents : ndarray of int, shape (B,), optional
        From which column on each row is zero, ascending, at most K; by default all of them have K
        columns, in one step.
    """

    def __init__(self, rows: Array, extents: IntArray | None = None) -> None:
        self._rows = rows
        stop, columns = rows.shape
        steps: list[tuple[int, int, int]] = []
        if extents is not None:
            columns = int(extents[-1])
            for share in STEPS:
                row = int(share * len(rows))
                used = int(extents[row - 1])
                if row > 0 and used + LEAST_COLUMNS <= columns:
                    steps.append((row, stop, columns))
                    stop, columns = row, used
        self._steps = [*reversed([*steps, (0, stop, columns)])]

    def __len__(self) -> int:
        return len(self._rows)

    def times(self, W: Array, out: Array) -> Array:
        """Write the product with a matrix.

        Parameters
        ----------
        W : ndarray of shape (inputs, H)
            With at least K rows; the others are not read.
        out : ndarray of shape (B, H)
            Receives the product.
        """
        for start, stop, columns in self._steps:
            np.matmul(self._rows[start:stop, :columns], W[:columns], out=out[start:stop])
        return out

    def transposed_times(self, delta: Array, out: Array) -> None:
        """Write the product of the transposed matrix with another.

        Parameters
        ----------
        delta : ndarray of shape (B, H)
            The other.
        out : ndarray of shape (inputs, H)
            Receives the product; zero where no row has a column.
        """
        before = 0
        for start, _, columns in self._steps:
            rows = self._rows[start:, before:columns]
            np.matmul(rows.T, delta[start:], out=out[before:columns])
            before = columns
        out[before:] = 0.0
