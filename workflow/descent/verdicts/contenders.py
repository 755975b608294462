"""What the verdicts on pairs say of each rival: who may be the best, and who needs more seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from descent.verdicts.pairs import Comparison


def contenders(rivals: Iterable[str], comparisons: Sequence[Comparison]) -> list[str]:
    """Return the rivals that may be the best: those that no other is shown to be better than."""
    beaten = {pair.second for pair in comparisons if pair.better}
    return [rival for rival in rivals if rival not in beaten]


def relations(rival: str, others: Iterable[str], pairs: Sequence[Any]) -> dict[str, str]:
    """Return the other rivals by their verdict against one, as names with blanks between them.

    Parameters
    ----------
    rival : str
        The one.
    others : iterable of str
        All rivals, in the order in which they are listed.
    pairs : sequence of object
        Every pair, with ``first``, ``second`` and ``verdict``.

    Returns
    -------
    dict of str to str
        ``better_than``, ``worse_than``, ``equivalent_to`` and ``undecided_with``.
    """
    ahead = {pair.second: pair.verdict for pair in pairs if pair.first == rival}
    behind = {pair.first: pair.verdict for pair in pairs if pair.second == rival}
    kinds = {
        "better_than": (ahead, "better"),
        "worse_than": (behind, "better"),
        "equivalent_to": (ahead | behind, "equivalent"),
        "undecided_with": (ahead | behind, "undecided"),
    }
    return {
        column: " ".join(name for name in others if word in among.get(name, ""))
        for column, (among, word) in kinds.items()
    }


def rivals_to_continue(
    rivals: Sequence[str],
    comparisons: Sequence[Comparison],
    named: Iterable[str] = (),
    cost: Mapping[str, float] | None = None,
    limit: float = math.inf,
) -> list[str]:
    """Return the rivals for which more seeds may decide a pair that matters.

    Parameters
    ----------
    rivals : sequence of str
        Those that may be given more.
    comparisons : sequence of Comparison
        Every pair of all.
    named : iterable of str, default ()
        Rivals whose every verdict matters: the focus and the baseline of a study.
    cost : mapping of str to float or None, default None
        What more seeds of each would cost; None: nothing.
    limit : float, default inf
        The most that they may cost together, in the unit of ``cost``.

    Returns
    -------
    list of str
        In the order of ``rivals``: both of each undecided pair of contenders, or with a named one.
        If they cost more than the limit, the pairs with a named one come first, then those that
        add the least cost.
    """
    matter, singled_out = set(contenders(rivals, comparisons)), set(named)
    open_pairs = [{pair.first, pair.second} for pair in comparisons if pair.verdict == "undecided"]
    possible = [pair for pair in open_pairs if pair <= set(rivals)]
    wanted = [pair for pair in possible if pair <= matter or pair & singled_out]
    chosen: set[str] = set()
    left = limit

    def added_cost(pair: set[str]) -> float:
        return math.fsum(cost[rival] for rival in pair - chosen) if cost else 0.0

    while wanted:
        pair = min(wanted, key=lambda pair: (not pair & singled_out, added_cost(pair)))
        wanted.remove(pair)
        if added_cost(pair) <= left:
            left -= added_cost(pair)
            chosen |= pair
    return [rival for rival in rivals if rival in chosen]
