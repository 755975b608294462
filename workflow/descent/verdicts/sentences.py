"""Verdicts in plain sentences, of a study or of any table of results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from descent.foundation.wording import counted, metric_difference, missing

Row = Mapping[str, Any]

#: Of more names than this, a sentence has the first three.
MOST_NAMES = 5
#: What a wider interval is for, by whether the seeds share the folds of one corpus.
OTHERS = {True: "other data like these", False: "other test examples like these"}


def listed_names(names: Iterable[str]) -> str:
    """Return names as a sentence lists them: ``a, b and c``."""
    known = list(names)
    if len(known) < 2:
        return "".join(known)
    return ", ".join(known[:-1]) + f" and {known[-1]}"


def first_names(names: Sequence[str]) -> str:
    """Return names as a sentence lists them; of many the first three: ``a, b, c and 4 others``."""
    return listed_names(
        [*names[:3], f"{len(names) - 3} others"] if len(names) > MOST_NAMES else names
    )


def count_of_verdicts(pairs: Sequence[Row], margin: str | None = None) -> str:
    """Return the number of pairs with each verdict: ``Verdicts on 45 pairs: 22 better, ...``.

    Parameters
    ----------
    pairs : sequence of mapping
        Rows of a table of pairs, at least one.
    margin : str, optional
        The margin in words; by default that of the metric.
    """
    counts = Counter(str(row["verdict"]) for row in pairs)
    margin = margin or metric_difference(pairs[0]["margin"], pairs[0]["metric"])
    clear = sum(map(is_clear, pairs))
    parts = [
        f"{counts[verdict]} {words}"
        for verdict, words in (
            ("better", f"better ({clear} clearly)" if clear else "better"),
            ("equivalent", f"equivalent within {margin}"),
            ("better and equivalent", f"better by less than {margin}"),
            ("undecided", "undecided"),
        )
        if counts[verdict]
    ]
    return f"verdicts on {counted(len(pairs), 'pair')}: {', '.join(parts)}."


def is_clear(pair: Row) -> bool:
    """Return whether one of a pair is clearly better: by more than the margin."""
    ahead = str(pair["verdict"]) == "better" and not missing(pair["low"])
    return ahead and float(pair["low"]) > float(pair["margin"])


class Seen(NamedTuple):
    """A pair of optimizers as one of the two sees it.

    Attributes
    ----------
    rival : str
        The other.
    verdict : str
        As in ``comparisons``; ``worse`` in place of ``better`` where the rival does better.
    lead : float or None
        Mean lead over the rival, or the ratio of the times to the target; None if unknown.
    low, high : float or None
        Ends of its interval.
    """

    rival: str
    verdict: str
    lead: float | None
    low: float | None
    high: float | None


def seen_from(optimizer: str, pair: Row) -> Seen:
    """Return a pair as one of its two optimizers sees it.

    Parameters
    ----------
    optimizer : str
        One of the pair.
    pair : mapping
        A row of ``comparisons`` or ``steps_to_target``.
    """
    of_times = "ratio" in pair
    lead, low, high = (
        None if missing(value) else float(value)
        for value in (pair["ratio" if of_times else "difference"], pair["low"], pair["high"])
    )
    if pair["optimizer"] == optimizer:
        return Seen(str(pair["rival"]), str(pair["verdict"]), lead, low, high)

    def turned(value: float | None) -> float | None:
        if value is None:
            return None
        return 1 / value if of_times else -value

    verdict = str(pair["verdict"]).replace("better", "worse")
    return Seen(str(pair["optimizer"]), verdict, turned(lead), turned(high), turned(low))


def finished_none(board: Sequence[Row]) -> list[str]:
    """Return the optimizers of a leaderboard without a finished evaluation run."""
    return [str(row["optimizer"]) for row in board if row["unfinished"] == row["seeds"]]


def verdicts_of(optimizer: str, pairs: Sequence[Row]) -> str:
    """Return the verdicts on one optimizer against each other one, in one sentence.

    Parameters
    ----------
    optimizer : str
        The optimizer.
    pairs : sequence of mapping
        Rows of ``comparisons`` of one problem and track, at least one with the optimizer.
    """
    own = [row for row in pairs if optimizer in (row["optimizer"], row["rival"])]
    margin = metric_difference(own[0]["margin"], own[0]["metric"])
    groups: dict[str, list[Row]] = {}
    for row in own:
        verdict = seen_from(optimizer, row).verdict
        groups.setdefault(f"clearly {verdict}" if is_clear(row) else verdict, []).append(row)
    words = {
        "clearly better": "is clearly better than {others}{by}",
        "better": "is better than {others}{by}",
        "better and equivalent": "is better than {others} by less than {margin}",
        "equivalent": "is equivalent to {others} within {margin}",
        "worse and equivalent": "is worse than {others} by less than {margin}",
        "worse": "is worse than {others}{by}",
        "clearly worse": "is clearly worse than {others}{by}",
        "undecided": "is undecided against {others} after {seeds}",
    }
    said = [
        words[verdict].format(
            others=listed_names(seen_from(optimizer, row).rival for row in groups[verdict]),
            by=_by(groups[verdict]),
            margin=margin,
            seeds=_seeds(groups[verdict]),
        )
        for verdict in words
        if verdict in groups
    ]
    return f"{optimizer} {'; '.join(said)}."


def _by(rows: Sequence[Row]) -> str:
    known = [float(row["difference"]) for row in rows if not missing(row["difference"])]
    if not known:
        return ""
    metric = str(rows[0]["metric"])
    least, most = metric_difference(min(known), metric), metric_difference(max(known), metric)
    return f" by {most}" if least == most else f" by {least.removesuffix(' points')} to {most}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _seeds(rows: Sequence[Row]) -> str:
    counts = sorted({int(row["seeds"]) for row in rows})
    return f"{counts[0]} to {counts[-1]} seeds" if len(counts) > 1 else counted(counts[0], "seed")


def who_is_better(board: Sequence[Row], pairs: Sequence[Row]) -> str:
    """Return the answer of a comparison, in one sentence.

    Parameters
    ----------
    board : sequence of mapping
        Rows of ``leaderboard``, or of any table with its columns ``optimizer``, ``contender``,
        ``unfinished`` and ``seeds``, best first.
    pairs : sequence of mapping
        Its rows of ``comparisons``.
    """
    if len(board) == 1:
        return f"{board[0]['optimizer']} has nothing to be compared with."
    some_finished = len(finished_none(board)) < len(board)
    if len(board) == 2 and some_finished:
        return verdicts_of(str(board[0]["optimizer"]), pairs)
    return leaders(board, pairs)


def leaders(board: Sequence[Row], pairs: Sequence[Row]) -> str:
    """Return who leads, in one sentence: those that no other is shown to be better than.

    Parameters
    ----------
    board : sequence of mapping
        Rows of ``leaderboard`` of one problem and track, by rank; two or more.
    pairs : sequence of mapping
        Its rows of ``comparisons``.
    """
    lost = finished_none(board)
    if len(lost) == len(board):
        return "no run of any optimizer finished, so there is no answer."
    contenders = [str(row["optimizer"]) for row in board if row["contender"]]
    if len(contenders) == 1:
        return _one_leads(contenders[0], board, pairs)
    lost_some = {str(row["optimizer"]) for row in board if row["unfinished"]}
    finished = [name for name in contenders if name not in lost]
    names = [name for name in finished if name not in lost_some] or finished
    said = [_lead(names, pairs)]
    partly = [name for name in finished if name not in names]
    if partly:
        said.append(
            f"{listed_names(partly)}, which lost runs, {_is(len(partly))} not shown to be worse"
        )
    if lost:
        said.append(f"{listed_names(lost)} finished no run")
    return "; ".join(said) + "."


def _one_leads(best: str, board: Sequence[Row], pairs: Sequence[Row]) -> str:
    """Return what the only leader is better than, and whether by more than the margin."""
    won = [row for row in pairs if row["optimizer"] == best and row["verdict"].startswith("better")]
    rest = [str(row["optimizer"]) for row in board if row["optimizer"] != best]
    if len(won) < len(rest):
        undecided = set(rest) - {row["rival"] for row in won}
        names = listed_names(name for name in rest if name in undecided)
        return f"{best} leads; it is not shown to be better than {names}."
    others = "the other optimizer" if len(rest) == 1 else f"each of the {len(rest)} others"
    margin = metric_difference(won[0]["margin"], won[0]["metric"])
    clear = sum(map(is_clear, won))
    equivalent = sum(row["verdict"] == "better and equivalent" for row in won)
    if clear == len(won):
        return f"{best} is clearly better than {others}, by more than {margin}."
    if equivalent == len(won):
        return f"{best} is better than {others} by less than {margin}."
    said = [f"than {clear} clearly, by more than {margin}"] if clear else []
    said += [f"than {equivalent} by less than {margin}"] if equivalent else []
    return f"{best} is better than {others}{': ' if said else ''}{'; '.join(said)}."


def _lead(names: Sequence[str], pairs: Sequence[Row]) -> str:
    """Return who leads, and how the leaders compare with each other."""
    if len(names) == 1:
        return f"{names[0]} leads"
    none = "neither" if len(names) == 2 else "none"
    text = f"{first_names(names)} lead; {none} is shown to be better than "
    text += "the other" if len(names) == 2 else "another"
    among = [row for row in pairs if {row["optimizer"], row["rival"]} <= set(names)]
    equivalent = sum(row["verdict"].endswith("equivalent") for row in among)
    within = f"equivalent within {metric_difference(pairs[0]['margin'], pairs[0]['metric'])}"
    if equivalent == len(among):
        return f"{text}, and they are {within}"
    if equivalent:
        of = f"{equivalent} of the {len(among)} pairs among them"
        return f"{text}, and {of} {_is(equivalent)} {within}"
    return text


def what_was_seen(resolution: Row, pairs: Sequence[Row] = (), *, folds: bool) -> Iterator[str]:
    """Yield the difference that the seeds can show.

    Parameters
    ----------
    resolution : mapping
        The row of ``resolution``.
    pairs : sequence of mapping, default ()
        The rows of ``comparisons``, of which some may have fewer seeds than the leaders.
    folds : bool
        Whether the seeds share the folds of one corpus.
    """
    if not resolution["deviation"] or missing(resolution["least_difference"]):
        return
    metric, seeds = str(resolution["metric"]), int(resolution["seeds"])
    margin = metric_difference(resolution["margin"], metric)
    fewer = [row for row in pairs if row["seeds"] < seeds]
    on = counted(seeds, "seed") + (" on the folds of one corpus" if folds else "")
    if fewer:
        on = f"for {len(pairs) - len(fewer)} of the {len(pairs)} pairs, {on}"
    if metric.endswith("accuracy") and resolution["least_difference"] >= 1:
        yield f"Resolution: {on} are too few to show any difference."
        return
    enough = resolution["seeds_for_margin"]
    takes = "more than 10,000" if missing(enough) else f"about {enough:.0f}"
    least = metric_difference(resolution["least_difference"], metric)
    sentence = f"Resolution: {on} show a difference of {least} with probability 0.8"
    sentence += f"; one of {margin}, the margin, takes {takes}"
    yield f"{sentence}. The other pairs have {_seeds(fewer)}." if fewer else f"{sentence}."


def on_other_data(pairs: Sequence[Row], *, folds: bool) -> Iterator[str]:
    """Yield whether the differences are shown for :data:`OTHERS` too, if that is known.

    Parameters
    ----------
    pairs : sequence of mapping
        Rows of ``comparisons`` of one problem and track.
    folds : bool
        Whether the seeds share the folds of one corpus; if not, they share one training set.
    """
    known = [
        row["low_other_data"] > 0
        for row in pairs
        if row["verdict"].startswith("better") and not missing(row["low_other_data"])
    ]
    if known:
        shared = "the folds of one corpus" if folds else "one training set"
        number, of_all = len(known), sum(known)
        which = {0: f"None of the {number} differences is", number: f"All {number} differences are"}
        said = which.get(of_all, f"{of_all} of the {number} differences {_is(of_all)}")
        if number == 1:
            said = "The difference is" if of_all else "The difference is not"
        sentence = f"{said} shown for {OTHERS[folds]}{' too' if of_all else ''}"
        yield f"{sentence}." if folds and all(known) else f"{sentence} (all seeds share {shared})."
