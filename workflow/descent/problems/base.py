"""The interface of all problems, from test functions to networks on data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from descent.arrays import Array, IntArray, Layout


class Problem(ABC):
    """Something to minimise: a loss over a flat vector of parameters.

    Parameters
    ----------
    name : str
        Name of the config entry; it keys the random streams.

    Attributes
    ----------
    dataset : {"dense", "reviews", "characters"} or None
        The kind of data that the class learns from, an attribute of the class; None for none. The
        prepared dataset is then the second argument of the constructor.
    title : str or None
        Display name of the model or function, an attribute of the class.
    columns_by_use : bool, default False
        Whether the class reads dense data as they are stored, columns in the order of their use
        (see :mod:`descent.data.labelled_vectors`). If not, it is given every example in its shape,
        such as images of (height, width), by
        :func:`descent.data.labelled_vectors.in_source_shape`.
    size : int
        Number of parameters.
    dtype : numpy.dtype
        float32 or float64, of the parameters and the gradient.
    steps_per_epoch : int
        Mini-batches in an epoch.
    splits : tuple of str
        What :meth:`evaluate` accepts, of ``train``, ``validation`` and ``test``. The last entry of
        ``train``, ``validation`` that is present is the one that tuning uses.
    metrics : tuple of str
        Keys of what :meth:`evaluate` returns; ``loss`` is always among them.
    headline : str
        The metric that tables compare, e.g. ``accuracy`` (higher is better) or ``loss`` (lower is).
    optimum : float or None
        The least possible training loss where it is known.
    layout : Layout
        Which stretch of the parameters is which weight matrix or bias, for rules that treat each on
        its own; may be set by the constructor. By default one block.
    fingerprint : str
        Hexadecimal digest of everything that defines the problem but its seed: the data and the
        settings. Runs with different fingerprints are never averaged.

    Notes
    -----
    A batch is an array of indices of training examples; a deterministic function has one empty
    batch an epoch. :meth:`loss_and_grad` looks the examples up itself.
    """

    dataset: ClassVar[str | None] = None
    title: ClassVar[str | None] = None
    columns_by_use: ClassVar[bool] = False
    splits: ClassVar[tuple[str, ...]] = ("train", "validation", "test")
    metrics: ClassVar[tuple[str, ...]] = ("loss",)
    headline: ClassVar[str] = "loss"

    name: str
    size: int
    dtype: np.dtype[np.floating]
    steps_per_epoch: int
    fingerprint: str
    optimum: float | None = None

    @cached_property
    def layout(self) -> Layout:
        """Names, shapes and kinds of the blocks of the parameters; by default one block."""
        return Layout({"theta": (self.size,)}, kinds={"theta": "other"})

    @property
    def tuning_split(self) -> str:
        """The split that tuning looks at: validation if there is one, else train."""
        return [split for split in ("train", "validation") if split in self.splits][-1]

    #: Splits that the curve of a run shows a sample of, see :meth:`evaluate_sample`.
    sampled_splits: tuple[str, ...] = ()

    def evaluate_sample(self, theta: Array, split: str) -> dict[str, float]:
        """Return the metrics for the curve of a run: over the whole split, or a fixed sample of it.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The parameters.
        split : str
            One of ``splits``. If it is one of ``sampled_splits``, the sample is the same in every
            run of the problem.
        """
        return self.evaluate(theta, split)

    @abstractmethod
    def init(self, rng: np.random.Generator) -> Array:
        """Return new initial parameters, shape (size,)."""

    @abstractmethod
    def batches(self, rng: np.random.Generator) -> Iterator[IntArray]:
        """Yield the mini-batches of one epoch in the order that ``rng`` decides.

        Parameters
        ----------
        rng : numpy.random.Generator
            The generator of this epoch and no other.

        Yields
        ------
        ndarray of shape (batch,)
            Indices of training examples; may be a view that the next batch overwrites.
        """

    @abstractmethod
    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the mean loss over a mini-batch and write its gradient.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The parameters; only read.
        batch : ndarray of shape (batch,)
            Indices of training examples.
        grad : ndarray of shape (size,)
            Receives the gradient; every component is overwritten.

        Returns
        -------
        float
            The loss, NaN or infinite where it diverged; no warning is raised.
        """

    def loss_and_grad_elsewhere(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return loss and gradient at another point that a rule visits within a step.

        The same as :meth:`loss_and_grad`, except for a problem that records the path of the steps.
        """
        return self.loss_and_grad(theta, batch, grad)

    @abstractmethod
    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return the metrics over a whole split, as plain floats.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The parameters.
        split : str
            One of ``splits``.

        Returns
        -------
        dict of str to float
            A value for each of ``metrics``.
        """

    def correct(self, theta: Array, split: str) -> NDArray[np.bool_] | None:
        """Return for each example of a split, in a fixed order, whether it is classified correctly.

        None, the default, if the problem does not say. A study keeps what it says of a test set
        that all seeds share: how sure a difference is on other test examples follows from it.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The parameters.
        split : str
            One of ``splits``.
        """
        del theta, split
        return None


def check_count(name: str, value: object, least: int = 1) -> int:
    """Return a setting if it is an integer of at least ``least``.

    Raises
    ------
    ValueError
        If it is not; the message names it and what was received.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer >= {least}. Received: {value!r}")
    return value
