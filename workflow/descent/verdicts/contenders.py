"""Which rivals need more seeds: those whose verdicts matter and are still open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from descent.verdicts.pairs import Comparison


def contenders(rivals: Iterable[str], comparisons: Sequence[Comparison]) -> list[str]:
    """Return the rivals that may be the best: those that no other is shown to be better than."""
    beaten = {pair.second for pair in comparisons if pair.better}
    return [rival for rival in rivals if rival not in beaten]


def rivals_to_continue(
    rivals: Sequence[str], comparisons: Sequence[Comparison], named: Iterable[str] = ()
) -> list[str]:
    """Return the rivals for which more seeds may decide a pair that matters.

    Parameters
    ----------
    rivals : sequence of str
        All of them.
    comparisons : sequence of Comparison
        Every pair of them.
    named : iterable of str, default ()
        Rivals whose every verdict matters: the focus and the baseline of a study.

    Returns
    -------
    list of str
        In the order of ``rivals``: both of each undecided pair of contenders, or with a named one.
    """
    matter = set(contenders(rivals, comparisons))
    open_pairs = [{pair.first, pair.second} for pair in comparisons if pair.verdict == "undecided"]
    wanted = [pair for pair in open_pairs if pair <= matter or pair & set(named)]
    return [rival for rival in rivals if any(rival in pair for pair in wanted)]
