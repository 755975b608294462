"""A verdict on a table of results: which method is better, what is open, and what it would take."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from descent.foundation.suggestions import nearest
from descent.verdicts import resolution as planning
from descent.verdicts.contenders import contenders
from descent.verdicts.looks import ALPHA, Look, look_at, share_error_rate
from descent.verdicts.lost_runs import counted
from descent.verdicts.pairs import Comparison, compare_all, compare_unpaired
from descent.verdicts.sentences import verdicts_of, who_is_better
from descent.verdicts.simultaneous import FloatArray
from descent.verdicts.tables import LOWER, BadTableError, runs_of

#: The scores of each method, higher is better.
Scores: TypeAlias = Mapping[str, FloatArray]
#: How many runs are proposed where there is one of each method.
PROPOSED_RUNS = (5, 10, 20)


@dataclass(frozen=True)
class Verdict:
    """What a table of results says.

    Attributes
    ----------
    answer : str
        Who is better, in a sentence; one for each problem.
    comparisons : DataFrame
        A row for each pair, best first: ``problem``; ``first``, the better of the two on these
        runs, and ``second``; ``verdict`` of the first over the second: better, equivalent, better
        and equivalent, or undecided; ``difference`` of their means, >= 0, in the unit of the score,
        with ``low`` and ``high``, the ends of its interval (NaN if there is none); ``margin``;
        ``seeds``, of the one with fewer; ``paired``; and ``seeds_to_decide``, how many of each an
        undecided pair may take in all (NaN if more than 10,000, or if the runs do not tell).
    methods : DataFrame
        A row for each method, best first: ``problem``, ``method``, ``mean`` and ``sd`` of its
        finished runs, ``seeds`` and how many of them were ``lost``.
    notes : list of str
        How the table was read and judged.
    limits : list of str
        What must not be claimed.
    """

    answer: str
    comparisons: pd.DataFrame
    methods: pd.DataFrame
    notes: list[str]
    limits: list[str]

    def __str__(self) -> str:
        shown = self.comparisons.drop(columns=["margin", "paired"])
        parts = [self.answer, _text(shown), _text(self.methods)]
        for title, sentences in (("Notes", self.notes), ("Not to be claimed", self.limits)):
            if sentences:
                parts.append("\n".join([f"{title}:", *(f"- {sentence}" for sentence in sentences)]))
        return "\n\n".join(parts)

    __repr__ = __str__


def _text(frame: pd.DataFrame) -> str:
    """Return a table for a terminal, without columns that say nothing."""
    said = [c for c in frame if frame[c].notna().any() and frame[c].ne("").any()]
    return frame[said].to_string(index=False, float_format="{:.4g}".format, na_rep="-")


def verdict(
    frame: pd.DataFrame,
    *,
    score: str | None = None,
    margin: float | str | None = None,
    lower_is_better: bool | None = None,
    baseline: str | None = None,
    focus: str | None = None,
    pair_by: str | None = "seed",
    looks: Sequence[int] = (),
    method: str | None = None,
    problem: str | None = None,
    worst: float | None = None,
) -> Verdict:
    """Judge every pair of the methods of a table of results.

    Parameters
    ----------
    frame : DataFrame
        A row for each run, or any other table that :func:`~descent.verdicts.tables.runs_of` reads.
        A run without a score, or with one that is not finite, was lost.
    score : str, optional
        The column that is compared; by default the only one whose name says that it is a score.
    margin : float or str, optional
        The smallest difference that matters, > 0, in the unit of the score; or a share of the mean
        of the baseline, ``"2%"``, without a baseline of the best mean. Without a margin, nothing
        is said to be equivalent.
    lower_is_better : bool, optional
        By default what the name of the score says: a loss, an error, a time; else higher is better.
    baseline, focus : str, optional
        Methods whose pairs are the question. They are judged as a family of their own, and the
        answer is about the focus, or else about the baseline.
    pair_by : str or None, default "seed"
        The column by which runs of two methods belong together. None: they do not. Where the
        methods of a problem do not share all seeds, they are judged unpaired.
    looks : sequence of int, default ()
        The numbers of seeds at which the runs were to be looked at, all planned before the first
        look, increasing; they share the error rate. By default this is the only look.
    method, problem : str, optional
        The columns of these; by default guessed.
    worst : float, optional
        What a lost run counts as, if none that finished is worse: what the untrained model has. By
        default 0 for scores that are not negative, if higher is better, else the worst of all.

    Returns
    -------
    Verdict
        Every pair of each problem. A wrong "better" comes up in at most 5 % of problems, and so
        does a wrong "equivalent"; skewed noise in very unequal numbers of runs can exceed it.

    Raises
    ------
    ValueError
        If the table or an argument is wrong; the message says what, and what to do.

    Examples
    --------
    >>> rows = [("new", 1, 0.912), ("new", 2, 0.913), ("new", 3, 0.911)]
    >>> rows += [("old", 1, 0.902), ("old", 2, 0.901), ("old", 3, 0.903)]
    >>> table = pd.DataFrame(rows, columns=["optimizer", "seed", "accuracy"])
    >>> verdict(table).answer
    'new is better than old by 0.01.'
    """
    column = None if pair_by in ("seed", None) else pair_by
    runs = runs_of(frame, score=score, method=method, seed=column, problem=problem)
    named = [name for name in (focus, baseline) if name is not None]
    for name in named:
        if name not in set(runs.table["method"]):
            known = runs.table["method"].unique()
            raise BadTableError(f"there is no method {name!r}. {nearest(name, known)}")
    if lower_is_better is None:
        lower_is_better = LOWER.search(runs.score.lower()) is not None
    sign = -1.0 if lower_is_better else 1.0
    plan = share_error_rate(looks) if looks else ()
    judged = []
    for name in runs.table["problem"].drop_duplicates():
        table = runs.table[runs.table["problem"] == name]
        scores = _scores(table, sign)
        if len(scores) < 2:
            raise BadTableError(f"two methods are compared, or more. Received: {', '.join(scores)}")
        floor = _worst(scores, worst, sign)
        full = counted(scores, floor)
        width = _margin(margin, full, baseline)
        paired = pair_by is not None and _share_seeds(table)
        compared = _compare(scores, width, plan, floor, named, paired=paired)
        judged.append(_Judged(str(name), scores, full, compared, width, paired, plan))
    pairs = pd.DataFrame([row for of in judged for row in _pair_rows(of)])
    pairs = pairs.replace([-math.inf, math.inf], math.nan)  # no interval
    methods = pd.DataFrame([row for of in judged for row in _method_rows(of, sign)])
    return Verdict(
        " ".join(_sentence(of, named) for of in judged),
        pairs,
        methods,
        [*_open(pairs), *runs.remarks, *_notes(pairs, methods, runs.score, lower_is_better)],
        list(_limits(pairs, planned=bool(looks))),
    )


@dataclass(frozen=True)
class _Judged:
    """One problem: scores with -inf for lost runs, scores with what these count as, every pair."""

    problem: str
    scores: Scores
    full: Scores
    pairs: list[Comparison]
    margin: float
    paired: bool
    plan: tuple[Look, ...]

    @property
    def best_first(self) -> list[str]:
        """The methods by the mean of all their runs."""
        return sorted(self.full, key=lambda name: -self.full[name].mean())


def _scores(table: pd.DataFrame, sign: float) -> Scores:
    """Return the scores of each method in the order of the seeds, ``-inf`` for a lost run."""
    number = pd.to_numeric(table["seed"], errors="coerce")
    in_order = table.assign(number=number).sort_values(["number", "seed"], kind="stable")
    value = (sign * in_order["score"]).fillna(-np.inf)
    return {
        str(name): value[in_order["method"] == name].to_numpy()
        for name in table["method"].drop_duplicates()
    }


def _share_seeds(table: pd.DataFrame) -> bool:
    seeds = table.groupby("method")["seed"].agg(frozenset)
    return bool(table["seed"].ne("").all() and len(set(seeds)) == 1)


def _worst(scores: Scores, given: float | None, sign: float) -> float:
    values = np.concatenate(list(scores.values()))
    finished = values[np.isfinite(values)]
    if not finished.size:
        raise BadTableError("no run has a score: there is nothing to compare")
    if given is not None:
        return sign * given
    return 0.0 if sign > 0 and finished.min() >= 0 else float(finished.min())


def _margin(given: float | str | None, full: Scores, baseline: str | None) -> float:
    """Return the margin in the unit of the score; 0 if there is none."""
    if given is None:
        return 0.0
    text = str(given).strip()
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise BadTableError(f"margin must be > 0, such as 0.01 or 2%. Received: {given}")
    if not text.endswith("%"):
        return value
    means = {name: float(values.mean()) for name, values in full.items()}
    return value / 100 * abs(means.get(baseline or "", max(means.values())))


def _compare(
    scores: Scores,
    margin: float,
    plan: tuple[Look, ...],
    worst: float,
    named: Collection[str],
    *,
    paired: bool,
) -> list[Comparison]:
    """Return the verdict on every pair, at the last look that all have the runs for."""
    least = min(map(len, scores.values()))
    step = _step(np.concatenate(list(scores.values())))
    look = look_at(plan, least) if plan else Look(least, ALPHA)
    if look is None:  # a look at one run decides nothing
        first = {name: x[:1] for name, x in scores.items()}
        return compare_all(first, margin, share_error_rate([1]), worst=worst)
    if paired:
        return compare_all(scores, margin, plan or (look,), worst=worst, step=step, named=named)
    used = {name: x[: look.seeds] for name, x in scores.items()} if plan else scores
    return compare_unpaired(used, margin, look.alpha, worst=worst, step=step, named=named)


def _step(values: FloatArray) -> float:
    """Return what values were rounded to: 0.1 for 97.3 and 97.0, 1 for whole numbers."""
    texts = (repr(float(value)) for value in values if math.isfinite(value))
    exponents = (Decimal(text).normalize().as_tuple().exponent for text in texts)
    return float(10.0 ** min(0, *map(int, exponents)))


def _pair_rows(of: _Judged) -> Iterator[dict[str, Any]]:
    place = {name: i for i, name in enumerate(of.best_first)}
    for pair in sorted(of.pairs, key=lambda pair: (place[pair.first], place[pair.second])):
        known = asdict(pair)
        yield {
            "problem": of.problem,
            **{key: known[key] for key in ("first", "second", "verdict")},
            **{key: known[key] for key in ("difference", "low", "high", "seeds")},
            "margin": of.margin or math.nan,
            "paired": of.paired,
            "seeds_to_decide": _seeds_to_decide(of, pair),
        }


def _seeds_to_decide(of: _Judged, pair: Comparison) -> float:
    """Return how many seeds of each may decide an open pair, if its difference stays the same."""
    if pair.verdict != "undecided" or pair.seeds < 2:
        return math.nan
    first, second = of.full[pair.first], of.full[pair.second]
    if of.paired:
        deviation = float(np.std(first - second, ddof=1))
    else:
        deviation = math.hypot(np.std(first, ddof=1), np.std(second, ddof=1))
    alpha, rivals = of.plan[-1].alpha if of.plan else ALPHA, len(of.full)
    difference = float(abs(first.mean() - second.mean()))
    found = [planning.seeds_to_differ(difference, deviation, rivals, alpha)]
    if difference < of.margin:
        room = of.margin - difference
        found.append(planning.seeds_to_be_equivalent(room, deviation, rivals, alpha))
    enough = [seeds for seeds in found if seeds is not None]
    return float(max(min(enough), pair.seeds + 1)) if enough else math.nan


def _method_rows(of: _Judged, sign: float) -> Iterator[dict[str, Any]]:
    for name in of.best_first:
        finished = of.scores[name][np.isfinite(of.scores[name])]
        yield {
            "problem": of.problem,
            "method": name,
            "mean": sign * finished.mean() if finished.size else math.nan,
            "sd": finished.std(ddof=1) if finished.size > 1 else math.nan,
            "seeds": len(of.scores[name]),
            "lost": len(of.scores[name]) - finished.size,
        }


def _sentence(of: _Judged, named: Sequence[str]) -> str:
    """Return the answer on one problem: about the focus or the baseline, or who leads."""
    place = f"{of.problem}: " if of.problem else ""
    least = min(map(len, of.full.values()))
    if max(map(len, of.full.values())) == 1:
        return f"{place}no verdict: {_one_run(len(of.full))}"
    if of.plan and least < of.plan[0].seeds:
        first = of.plan[0].seeds
        return f"{place}no verdict yet: the first look is at {first} seeds of each, not at {least}."
    rows = [
        {
            **asdict(pair),
            "optimizer": pair.first,
            "rival": pair.second,
            "metric": "score",
            "margin": of.margin or math.nan,
        }
        for pair in of.pairs
    ]
    subject = next((name for name in named if name in of.full), None)
    if subject is not None:
        return place + verdicts_of(subject, rows)
    in_front = contenders(of.full, of.pairs)
    board = [
        {
            "optimizer": name,
            "contender": name in in_front,
            "unfinished": int(np.isneginf(of.scores[name]).sum()),
            "seeds": len(of.scores[name]),
        }
        for name in of.best_first
    ]
    return place + who_is_better(board, rows)


def _one_run(methods: int) -> str:
    """Return how many runs are needed where there is one of each method."""
    least = {n: planning.least_difference(math.sqrt(2), n, methods) for n in PROPOSED_RUNS}
    shown = ", ".join(f"{n} show a difference of {size:.1f}" for n, size in least.items())
    return (
        "one run of each does not tell a difference from chance. Two of each give an interval; "
        f"{shown} standard deviations of a run, with probability 0.8."
    )


def _open(pairs: pd.DataFrame) -> Iterator[str]:
    """Yield how many more seeds would decide what is open."""
    undecided = pairs[pairs["verdict"] == "undecided"]
    more = sorted((undecided["seeds_to_decide"] - undecided["seeds"]).dropna().astype(int).unique())
    if more:
        number = f"{more[0]} to {more[-1]}" if len(more) > 1 else str(more[0])
        which = "the undecided pair" if len(undecided) == 1 else "the undecided pairs"
        yield (
            f"About {number} more seeds of each method would decide {which}, if differences stay "
            "as they are."
        )


def _notes(
    pairs: pd.DataFrame, methods: pd.DataFrame, score: str, lower_is_better: bool
) -> Iterator[str]:
    """Yield how the table was judged."""
    direction = "lower" if lower_is_better else "higher"
    yield f"{f'`{score}`' if score else 'The score'} is better the {direction} it is."
    if pairs["paired"].any():
        yield "Runs of one seed are paired: the methods share their seeds."
    if not pairs["paired"].all():
        yield (
            "Runs are not paired: the methods do not share their seeds. The intervals are Welch's; "
            "with shared seeds they can be narrower."
        )
    if margins := sorted(pairs["margin"].dropna().unique()):
        shown = " or ".join(f"{margin:.3g}" for margin in margins)
        yield f"The smallest difference that matters is {shown}."
    if lost := methods["lost"].sum():
        yield f"Lost runs: {lost}. Each counts as the worst that can be."


def _limits(pairs: pd.DataFrame, *, planned: bool) -> Iterator[str]:
    """Yield what must not be claimed."""
    verdicts = set(pairs["verdict"])
    if "undecided" in verdicts:
        yield "That an undecided pair is equal: its interval says how far apart the two may be."
    if "better and equivalent" in verdicts:
        yield "That a difference within the margin matters: it is real, and too small."
    if pairs["margin"].isna().all():
        yield "That any two are as good as each other: that takes a margin."
    if not planned:
        yield "Any of it, if runs were added until it came out: the looks must be planned."
    yield (
        "More than these runs show: an interval covers what differs from seed to seed, not how "
        "well each method was tuned, nor other data."
    )
