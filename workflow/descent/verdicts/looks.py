"""The looks of a study at its seeds, and the share of the error rate that each may spend.

A study that looks again and again until a verdict comes will find one by chance. Here the looks
are planned before the first: their number, their seeds and their shares of the error rate, in
proportion to the seeds that each adds. The shares sum to the whole, so that all repeated
confidence intervals (Jennison and Turnbull 1989) of all looks hold together by Bonferroni's
inequality, whichever rivals are given more seeds, and whatever decides it.

Two alternatives were weighed. Boundaries that integrate over the correlation of the looks (Lan and
DeMets 1983) would save 6 % of the seeds for a single pair and 1 % for the 45 pairs of ten rivals,
and hold only if nothing but the results of that pair decides whether it is looked at again. A
confidence sequence may be looked at after every seed, which nobody does here, and is wider for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Chance that any verdict of one problem and track is wrong.
ALPHA = 0.05


@dataclass(frozen=True)
class Look:
    """One look at the first seeds of a study.

    Attributes
    ----------
    seeds : int
        The number of evaluation seeds, >= 1.
    alpha : float
        Share of the error rate that the look may spend, in (0, 1).
    """

    seeds: int
    alpha: float


def plan_looks(first: int, at_most: int, alpha: float = ALPHA) -> tuple[Look, ...]:
    """Return the looks of a study: at its first seeds, and then at twice as many each time.

    Parameters
    ----------
    first : int
        Seeds of the first look, >= 1.
    at_most : int
        Seeds of the last look, >= ``first``; equal to it: there is one look.
    alpha : float, default 0.05
        Error rate of all looks together.

    Returns
    -------
    tuple of Look
        With increasing numbers of seeds.

    Raises
    ------
    ValueError
        If the numbers are not in order.

    Examples
    --------
    >>> [(look.seeds, round(look.alpha, 6)) for look in plan_looks(10, 80)]
    [(10, 0.00625), (20, 0.00625), (40, 0.0125), (80, 0.025)]
    """
    if not 1 <= first <= at_most:
        raise ValueError(
            f"the seeds of the first look must be in [1, {at_most}], the most that there may be. "
            f"Received: {first}"
        )
    seeds = [first]
    while seeds[-1] < at_most:
        seeds.append(min(2 * seeds[-1], at_most))
    return share_error_rate(seeds, alpha)


def share_error_rate(seeds: Sequence[int], alpha: float = ALPHA) -> tuple[Look, ...]:
    """Return looks at given numbers of seeds, each with its share of the error rate.

    Parameters
    ----------
    seeds : sequence of int
        Increasing, >= 1.
    alpha : float, default 0.05
        Error rate of all looks together.

    Raises
    ------
    ValueError
        If the numbers do not increase.
    """
    added = [now - before for before, now in zip([0, *seeds], seeds, strict=False)]
    if not added or min(added) < 1:
        raise ValueError(f"the seeds of the looks must increase. Received: {list(seeds)}")
    return tuple(Look(n, alpha * new / seeds[-1]) for n, new in zip(seeds, added, strict=True))


def look_at(looks: tuple[Look, ...], seeds: int) -> Look | None:
    """Return the last look with at most this number of seeds; None if there is none yet."""
    return next((look for look in reversed(looks) if look.seeds <= seeds), None)
