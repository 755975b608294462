"""Verdicts in plain sentences, for the findings and the captions of figures."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from descent.analysis.tables.formatting import metric_difference, missing
from descent.study.plan import Study

Row = Mapping[str, Any]

#: Of more leaders than this, a sentence names the first three.
MOST_NAMES = 5


def listed_names(names: Iterable[str]) -> str:
    """Return names as a sentence lists them: ``a, b and c``."""
    known = list(names)
    if len(known) < 2:
        return "".join(known)
    return ", ".join(known[:-1]) + f" and {known[-1]}"


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
    parts = [
        f"{counts[verdict]} {words}"
        for verdict, words in (
            ("better", "better"),
            ("equivalent", f"equivalent within {margin}"),
            ("better and equivalent", "better by less than that"),
            ("undecided", "undecided"),
        )
        if counts[verdict]
    ]
    total = "the one pair is" if len(pairs) == 1 else f"verdicts on {len(pairs)} pairs:"
    return f"{total} {', '.join(parts)}."


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
    groups: dict[str, list[Row]] = {}
    for row in own:
        behind = row["rival"] == optimizer and row["verdict"].startswith("better")
        groups.setdefault("worse" if behind else str(row["verdict"]), []).append(row)
    margin = metric_difference(own[0]["margin"], own[0]["metric"])

    def others(rows: Sequence[Row]) -> str:
        return listed_names(
            row["rival"] if row["optimizer"] == optimizer else row["optimizer"] for row in rows
        )

    words = {
        "better": lambda rows: f"is better than {others(rows)}{_by(rows)}",
        "better and equivalent": lambda rows: (
            f"is better than {others(rows)}, but equivalent within {margin}"
        ),
        "equivalent": lambda rows: f"is equivalent to {others(rows)} within {margin}",
        "worse": lambda rows: f"is worse than {others(rows)}{_by(rows)}",
        "undecided": lambda rows: f"is undecided against {others(rows)} after {_seeds(rows)}",
    }
    said = [words[verdict](groups[verdict]) for verdict in words if verdict in groups]
    return f"{optimizer} {'; '.join(said)}."


def _by(rows: Sequence[Row]) -> str:
    known = [float(row["difference"]) for row in rows if not missing(row["difference"])]
    if not known:
        return ""
    metric = str(rows[0]["metric"])
    least, most = metric_difference(min(known), metric), metric_difference(max(known), metric)
    return f" by {most}" if least == most else f" by {least.removesuffix(' points')} to {most}"


def _seeds(rows: Sequence[Row]) -> str:
    counts = sorted({int(row["seeds"]) for row in rows})
    if counts == [1]:
        return "1 seed"
    return f"{counts[0]} seeds" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"


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
        verb = "is" if len(partly) == 1 else "are"
        said.append(f"{listed_names(partly)}, which lost runs, {verb} not shown to be worse")
    if lost:
        said.append(f"{listed_names(lost)} finished no run")
    return "; ".join(said) + "."


def _one_leads(best: str, board: Sequence[Row], pairs: Sequence[Row]) -> str:
    """Return what the only leader is better than."""
    beaten = {
        row["rival"]
        for row in pairs
        if row["optimizer"] == best and row["verdict"].startswith("better")
    }
    rest = [str(row["optimizer"]) for row in board if row["optimizer"] != best]
    undecided = [name for name in rest if name not in beaten]
    if undecided:
        return f"{best} leads; it is not shown to be better than {listed_names(undecided)}."
    others = "the other optimizer" if len(rest) == 1 else f"each of the {len(rest)} others"
    return f"{best} is better than {others}."


def _lead(names: Sequence[str], pairs: Sequence[Row]) -> str:
    """Return who leads, and how the leaders compare with each other."""
    if len(names) == 1:
        return f"{names[0]} leads"
    shown = list(names)
    if len(names) > MOST_NAMES:
        shown = [*names[:3], f"{len(names) - 3} others"]
    none = "neither" if len(names) == 2 else "none"
    text = f"{listed_names(shown)} lead; {none} is shown to be better than "
    text += "the other" if len(names) == 2 else "another"
    among = [row for row in pairs if {row["optimizer"], row["rival"]} <= set(names)]
    equivalent = sum(row["verdict"].endswith("equivalent") for row in among)
    within = f"equivalent within {metric_difference(pairs[0]['margin'], pairs[0]['metric'])}"
    if equivalent == len(among):
        return f"{text}, and they are {within}"
    if equivalent:
        verb = "is" if equivalent == 1 else "are"
        return f"{text}, and {equivalent} of the {len(among)} pairs among them {verb} {within}"
    return text


def what_was_seen(resolution: Row, *, folds: bool) -> Iterator[str]:
    """Yield the difference that the seeds can show, and how much the leader owes to luck.

    Parameters
    ----------
    resolution : mapping
        The row of ``resolution``.
    folds : bool
        Whether the seeds share the folds of one corpus.
    """
    metric, seeds = str(resolution["metric"]), int(resolution["seeds"])
    if resolution["deviation"] and not missing(resolution["least_difference"]):
        least = metric_difference(resolution["least_difference"], metric)
        margin = metric_difference(resolution["margin"], metric)
        on = f"{seeds} seeds on the folds of one corpus" if folds else f"{seeds} seeds"
        sentence = f"Resolution: {on} show a difference of {least} with probability 0.8"
        if not missing(resolution["seeds_for_margin"]):
            sentence += f"; one of {margin} takes about {resolution['seeds_for_margin']:.0f}"
        else:
            sentence += f"; one of {margin} takes more than 10,000"
        if metric.endswith("accuracy") and resolution["least_difference"] >= 1:
            sentence = f"Resolution: {on} are too few to show any difference"
        yield sentence + "."


def what_earlier_runs_saw(study: Study) -> Iterator[str]:
    """Yield, for each problem of a study with tables of earlier runs, what its seeds could see."""
    path = study.folder / "tables" / "resolution.csv"
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for text in csv.DictReader(file):
            if text["track"] == study.track and text["problem"] in study.problems:
                row: dict[str, Any] = {
                    key: value if key in {"problem", "track", "metric"} else _number(value)
                    for key, value in text.items()
                }
                folds = study.part(row["problem"], study.evaluation_seeds[0]) != "all"
                seen = next(what_was_seen(row, folds=folds), None)
                if seen:
                    yield f"{row['problem']}: {seen}"


def _number(text: str) -> float | None:
    return float(text) if text else None


def on_other_data(pairs: Sequence[Row]) -> Iterator[str]:
    """Yield how many differences would be as sure on other data, if any is known."""
    known = [
        row["low_other_data"] > 0
        for row in pairs
        if row["verdict"].startswith("better") and not missing(row["low_other_data"])
    ]
    if known:
        yield (
            f"On other data like these, {sum(known)} of the {len(known)} differences would be as "
            "sure, or more."
        )
