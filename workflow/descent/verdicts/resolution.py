"""What a study can see: the least difference that so many seeds show, and the seeds that it takes.

Everything follows from the critical value of the last look and from the standard deviation of the
paired differences, of a pilot or of earlier runs. It is the power of a single look; the looks
before it add a little.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable

from scipy import optimize, stats

from descent.verdicts.looks import ALPHA
from descent.verdicts.simultaneous import typical_critical_value

#: Chance to find a difference of the size that is planned for.
POWER = 0.8
#: More seeds than these are not worth planning.
SEEDS = range(2, 10_001)


def power(effect: float, seeds: int, critical: float) -> float:
    """Return the chance that the interval of a difference lies above zero.

    Parameters
    ----------
    effect : float
        True mean difference in standard errors of one seed: in units of the differences' standard
        deviation, >= 0.
    seeds : int
        Paired seeds, >= 2.
    critical : float
        Half-width of the interval in standard errors.
    """
    return float(stats.nct.sf(critical, seeds - 1, effect * math.sqrt(seeds)))


def power_of_equivalence(margin: float, seeds: int, critical: float) -> float:
    """Return the least chance that the interval of rivals without a difference is in the margin.

    Parameters
    ----------
    margin : float
        In units of the differences' standard deviation, > 0.
    seeds, critical
        As :func:`power` has them.

    Returns
    -------
    float
        That of two one-sided tests (Schuirmann 1987), of which each may fail.
    """
    return max(0.0, 2 * power(margin, seeds, critical) - 1)


def least_difference(deviation: float, seeds: int, rivals: int, alpha: float = ALPHA) -> float:
    """Return the least true difference that so many seeds show.

    Parameters
    ----------
    deviation : float
        Standard deviation of the paired differences, >= 0, in any unit.
    seeds : int
        Paired seeds, >= 2.
    rivals : int
        How many are compared, each with each.
    alpha : float, default 0.05
        Error rate of the look.

    Returns
    -------
    float
        In the unit of ``deviation``.
    """
    critical = typical_critical_value(seeds, rivals, alpha)
    enough = 2 * critical
    while power(enough / math.sqrt(seeds), seeds, critical) < POWER:
        enough *= 2
    shift = optimize.brentq(
        lambda shift: power(shift / math.sqrt(seeds), seeds, critical) - POWER, 0.0, enough
    )
    return float(shift) * deviation / math.sqrt(seeds)


def seeds_to_differ(
    difference: float, deviation: float, rivals: int, alpha: float = ALPHA
) -> int | None:
    """Return how many seeds show a difference.

    Parameters
    ----------
    difference : float
        The true difference, >= 0.
    deviation, rivals, alpha
        As :func:`least_difference` has them.

    Returns
    -------
    int or None
        None if it takes more than 10,000.
    """
    return _least_seeds(difference, deviation, rivals, alpha, power)


def seeds_to_be_equivalent(
    margin: float, deviation: float, rivals: int, alpha: float = ALPHA
) -> int | None:
    """Return how many seeds show that rivals without a difference are equivalent.

    Parameters
    ----------
    margin : float
        The smallest difference that matters, > 0.
    deviation, rivals, alpha
        As :func:`least_difference` has them.

    Returns
    -------
    int or None
        None if it takes more than 10,000.
    """
    return _least_seeds(margin, deviation, rivals, alpha, power_of_equivalence)


def _least_seeds(
    difference: float,
    deviation: float,
    rivals: int,
    alpha: float,
    power_of: Callable[[float, int, float], float],
) -> int | None:
    def found(seeds: int) -> bool:
        critical = typical_critical_value(seeds, rivals, alpha)
        return power_of(difference / deviation, seeds, critical) >= POWER

    if deviation == 0:
        return 2 if difference > 0 else None
    place = bisect.bisect_left(SEEDS, True, key=found)
    return SEEDS[place] if place < len(SEEDS) else None
