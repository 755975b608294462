"""Flat vectors with named views: the one memory layout that models and optimizers share.

A model's parameters live in one contiguous vector, its gradient in a second one of the same
length, and every slot of an optimizer in a third, a fourth, and so on. A :class:`Layout` says
which stretch of such a vector is which weight matrix. A view shares memory with the vector:
write through it with ``out=``, ``[...] =`` or ``+=``; a plain ``=`` only rebinds the name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
IntArray: TypeAlias = NDArray[np.integer[Any]]


class Layout:
    """Names and shapes of the blocks of a flat vector.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        The blocks, in the order in which they lie in the vector.

    Attributes
    ----------
    size : int
        Length of the flat vector.
    slices : dict of str to slice
        Where each block lies.

    Examples
    --------
    >>> layout = Layout({"W": (2, 3), "b": (2,)})
    >>> theta = np.zeros(layout.size)
    >>> layout.views(theta)["b"][...] = 1.0
    >>> theta
    array([0., 0., 0., 0., 0., 0., 1., 1.])
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = dict(shapes)
        self.slices: dict[str, slice] = {}
        start = 0
        for name, shape in self.shapes.items():
            stop = start + math.prod(shape)
            self.slices[name] = slice(start, stop)
            start = stop
        self.size = start

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the named blocks of ``flat``, without a copy.

        Parameters
        ----------
        flat : ndarray of shape (size,)
            A contiguous vector.

        Returns
        -------
        dict of str to ndarray
            Views, in the layout's order.

        Raises
        ------
        ValueError
            If ``flat`` does not have the layout's length.
        """
        if flat.shape != (self.size,):
            raise ValueError(
                f"a vector with this layout must have shape ({self.size},). Received: {flat.shape}"
            )
        return {name: flat[self.slices[name]].reshape(s) for name, s in self.shapes.items()}
