"""What else could have come out on other test examples.

Seeds repeat the training, not the test set: an interval over seeds holds for these test examples.
On as many others from the same source the accuracies differ by more.
"""

from __future__ import annotations

import math


def error_of_difference(first: float, second: float, examples: int) -> float:
    """Return the most that the standard error of a difference of two accuracies can be.

    Parameters
    ----------
    first, second : float
        The mean accuracies of the pair over the seeds, in [0, 1].
    examples : int
        Test examples, >= 1; the same for both and for every seed.

    Returns
    -------
    float
        The records hold no single predictions. Of the two, one can be right where the other is
        wrong on at most as many examples as both get wrong together, or right, which bounds
        the variance of the difference over examples; less is likely, since hard examples are hard
        for both.
    """
    wrong, right = (1 - first) + (1 - second), first + second
    disagree = min(wrong, right)
    return math.sqrt(max(0.0, disagree - (first - second) ** 2) / examples)


def with_test_error(half_width: float, critical: float, error: float) -> float:
    """Return the half-width of an interval that includes the sampling error of the test set.

    Parameters
    ----------
    half_width : float
        Over seeds alone.
    critical : float
        The standard errors that it reaches.
    error : float
        Standard error of the difference over test examples.
    """
    return math.hypot(half_width, critical * error)
