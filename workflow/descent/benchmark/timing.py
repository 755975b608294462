"""Rounds that alternate between candidates, so that varying load affects all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

#: Does the work of one round and returns the seconds that count.
Candidate = Callable[[], float]


def timed(work: Callable[[], object]) -> Candidate:
    """Return a candidate that counts all that ``work`` takes."""

    def round_() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return round_


def alternate(
    candidates: Mapping[str, Candidate], rounds: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Measure candidates in turns; each round begins with another one.

    Parameters
    ----------
    candidates : mapping of str to callable
        Does the work of one round and returns the seconds that count.
    rounds : int
        Rounds that count, >= 1.
    warm_up : int, default 1
        Rounds before them that do not: buffers are allocated, pages and caches filled.

    Returns
    -------
    dict of str to list of float
        Seconds of each round.
    """
    names = list(candidates)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for i in range(warm_up + rounds):
        first = i % len(names)
        for name in names[first:] + names[:first]:
            taken = candidates[name]()
            if i >= warm_up:
                seconds[name].append(taken)
    return seconds
