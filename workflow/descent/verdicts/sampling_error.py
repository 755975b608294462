"""How far apart the accuracies of a pair may be by chance of the test examples.

Seeds repeat the training, not the test set: an interval over seeds holds for these test examples.
What each run got right says how far other examples from the same source would move a difference:
most are right, or wrong, for both of a pair, and these do not move it.
"""

from __future__ import annotations

import base64
import math
from functools import lru_cache

import numpy as np

from descent.verdicts.simultaneous import FloatArray


@lru_cache(maxsize=64)  # each optimizer is in many pairs
def mean_correctness(runs: tuple[str | float, ...], examples: int) -> FloatArray:
    """Return the share of runs that get each test example right, shape (examples,).

    Parameters
    ----------
    runs : tuple of str or float
        Of each run which examples are right, a bit each, in base64 (``test_correct`` of a record);
        of a lost run the accuracy that it counts as, which is then that of each example.
    examples : int
        Test examples, >= 2.
    """
    total = np.zeros(examples)
    for run in runs:
        if isinstance(run, str):
            bits = np.frombuffer(base64.b64decode(run), np.uint8)
            total += np.unpackbits(bits, count=examples)
        else:
            total += run
    return total / len(runs)


def error_over_examples(first: FloatArray, second: FloatArray) -> float:
    """Return the standard error, over test examples, of the difference of two accuracies.

    Parameters
    ----------
    first, second : ndarray of shape (examples,)
        What :func:`mean_correctness` returns of each of a pair.
    """
    return float(np.std(first - second, ddof=1)) / math.sqrt(len(first))
