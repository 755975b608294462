"""How far apart the means of two rivals may be by chance where seeds share the folds of one corpus.

Three things make the seeds of such a problem less than independent.

- Seeds ten apart test on the same documents. The differences of a fold are averaged first, and the
  fold is the unit: ten folds leave nine degrees of freedom, however many seeds there are.
- More seeds make each fold's mean sharper, but what the folds differ by stays: a corpus can be too
  small to decide, and no number of seeds will change it.
- The training parts of two folds overlap. As long as a claim is about models trained on this
  corpus, as one about MNIST is about models trained on its training images, they share no error by
  that. For other corpora of this size the variance of the mean of F folds is not ``s^2 / F`` but
  ``(1 / F + test / train) s^2``: the corrected resampled variance of Nadeau and Bengio (2003),
  which Bouckaert and Frank (2004) found to keep the level of repeated cross-validation. It is
  given beside the verdict, as the sampling error of a fixed test set is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Folds:
    """How the seeds of a problem share one corpus.

    Attributes
    ----------
    of_seed : tuple of int
        The fold of each seed, in the order of the seeds.
    test_share : float
        Test examples for each training example, > 0.
    """

    of_seed: tuple[int, ...]
    test_share: float

    def factor_for_other_corpora(self, seeds: int) -> float:
        """Return the factor by which an interval of the first seeds is wider for other corpora."""
        return math.sqrt(1 + len(set(self.of_seed[:seeds])) * self.test_share)


def fold_means(values: ArrayLike, folds: Folds) -> NDArray[np.float64]:
    """Return the mean of each fold.

    Parameters
    ----------
    values : array_like of shape (..., n)
        One value a seed, for the first n seeds.
    folds : Folds
        The folds of these seeds, or of more.

    Returns
    -------
    ndarray of shape (..., number of folds that occur)
        By increasing fold.
    """
    x = np.asarray(values, dtype=float)
    names, place, count = np.unique(
        folds.of_seed[: x.shape[-1]], return_inverse=True, return_counts=True
    )
    members = (place[:, np.newaxis] == np.arange(len(names))).astype(float)  # (n, folds)
    means: NDArray[np.float64] = x @ members / count
    return means


def deviation_between(values: ArrayLike, folds: Folds) -> float:
    """Return how much the means of folds would differ with infinitely many seeds per fold.

    Parameters
    ----------
    values : array_like of shape (n,)
        One value a seed, for the first n seeds.
    folds : Folds
        The folds of these seeds, or of more.

    Returns
    -------
    float
        Standard deviation, by the analysis of variance; 0 where no fold has two seeds, which
        leaves it unknown.
    """
    x = np.asarray(values, dtype=float)
    of_seed = np.array(folds.of_seed[: len(x)])
    means = fold_means(x, folds)
    names, place, count = np.unique(of_seed, return_inverse=True, return_counts=True)
    if len(names) < 2 or len(x) == len(names):
        return 0.0
    within = float(((x - means[place]) ** 2).sum()) / (len(x) - len(names))
    between = float(means.var(ddof=1)) - within * float((1 / count).mean())
    return float(np.sqrt(max(0.0, between)))
