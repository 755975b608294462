"""How far apart the means of two rivals may be by chance where seeds share the folds of one corpus.

Seeds ten apart test on the same documents, and their training parts are the same. As a claim about
MNIST is one about models trained on its training images, a claim about these data is one about the
mean over the ten folds of this corpus. Its error is what seeds differ by within a fold; what folds
differ by is part of the data. It takes two seeds a fold.

For other corpora of this size the folds are the sample, and their training parts overlap: the
variance of the mean of F folds is not ``s^2 / F`` but ``(1 / F + test / train) s^2``, the corrected
resampled variance of Nadeau and Bengio (2003), which Bouckaert and Frank (2004) found to keep the
level of repeated cross-validation. It is given beside the verdict, as the sampling error of a fixed
test set is.
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

    def groups(self, seeds: int) -> list[NDArray[np.intp]]:
        """Return the places of the first so many seeds by fold."""
        of_seed = np.array(self.of_seed[:seeds])
        return [np.flatnonzero(of_seed == fold) for fold in np.unique(of_seed)]

    def error_for_other_corpora(self, differences: ArrayLike) -> float:
        """Return the standard error of a mean difference for other corpora of this size.

        Parameters
        ----------
        differences : array_like of shape (n,)
            One a seed, for the first n seeds; of two folds or more.
        """
        d = np.asarray(differences, dtype=float)
        means = [float(d[group].mean()) for group in self.groups(len(d))]
        return float(np.std(means, ddof=1)) * math.sqrt(1 / len(means) + self.test_share)
