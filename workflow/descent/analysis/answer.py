"""The answer of a study, first in the findings, on the page, in the terminal and in the paper.

Which optimizer to use, and what it costs to follow that; then who leads on each problem. A
*shortfall* is how far the mean of an optimizer is behind another's on one problem. Over problems,
shortfalls are compared in margins, the smallest differences that matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from descent.analysis.tables.formatting import (
    MINUS,
    metric_difference,
    metric_value,
    metric_words,
    missing,
)
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.values import Row
from descent.analysis.verdict_sentences import (
    finished_none,
    leaders,
    listed_names,
    on_other_data,
    verdicts_of,
)
from descent.study.measures import higher_is_better

#: Fewer learning rates than this that an optimizer has on all problems are no choice.
LEAST_COMMON_RATES = 2


class Answer(NamedTuple):
    """One sentence of the answer, or two.

    Attributes
    ----------
    title : str
        Display name of the problem, or for whom it is.
    text : str
        What is said.
    kind : str
        ``one`` is better than all others or to be followed, ``several`` may be, or ``none``.
    """

    title: str
    text: str
    kind: str

    def __str__(self) -> str:
        return f"{self.title}: {self.text}"


class Shortfall(NamedTuple):
    """How far an optimizer is behind where it is furthest behind.

    Attributes
    ----------
    margins : float
        In margins of the problem; infinite where a run was lost.
    problem : str
        Name of the problem.
    pair : mapping or None
        Its row of ``comparisons`` with the optimizer that is furthest ahead; None if none is.
    """

    margins: float
    problem: str
    pair: Row | None = None


def answer(tables: StudyTables) -> list[Answer]:
    """Return the answer of a study.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.

    Returns
    -------
    list of Answer
        For who tunes the learning rate, for who does not, for who takes one setting everywhere, as
        far as the study tells; then one for each problem.
    """
    tracks, found = tables.config["tracks"], []
    if len(tables.optimizers) > 1:
        several = len(tables.problems) > 1
        if several and tables.track != "default":
            found.append(_to_follow(tables, tables.track, "If you tune the learning rate"))
        if "default" in tracks and (several or tables.track != "default"):
            found.append(_to_follow(tables, "default", "If you do not tune"))
        carried = _carried_over(tables) if several and "tuned" in tracks else None
        found += [carried] if carried else []
    found += [of_problem(tables, problem) for problem in tables.problems]
    if tables.config["schedule"]["use"] == "constant" and not tables.config["schedules"]:
        said = "Learning rates are constant over a run; with decay another optimizer may lead."
        found[0] = found[0]._replace(text=f"{found[0].text} {said}")
    return found


def of_problem(tables: StudyTables, problem: str) -> Answer:
    """Return who leads on one problem, and what limits that."""
    board = tables.rows("leaderboard", titled=True, problem=problem, track=tables.track)
    lost = finished_none(board)
    in_front = [row["optimizer"] for row in board if row["contender"]]
    kind = "none" if len(lost) == len(board) else "one" if len(in_front) == 1 else "several"
    if len(board) == 1 and kind != "none":
        (row,) = board
        unit = " %" if row["metric"].endswith("accuracy") else ""
        reached = f"{metric_value(row['mean'], row['metric'])}{unit} {metric_words(row['metric'])}"
        said = [f"{row['optimizer']} reaches {reached}."]
    elif len(board) == 1:
        said = [f"no run of {board[0]['optimizer']} finished, so there is no answer."]
    else:
        pairs = tables.pairs(problem, titled=True)
        said = [leaders(board, pairs), *on_other_data(pairs)]
    said += _at_edges([row for row in board if row["contender"]])
    return Answer(tables.problem_titles[problem], " ".join(said), kind)


def of_focus(tables: StudyTables) -> list[Answer]:
    """Return whether the optimizer of ``focus`` is better than each other, problem by problem.

    Nothing if the study has no focus, or nothing to compare it with.
    """
    name, found = tables.config["focus"], []
    if name is None or len(tables.optimizers) < 2:
        return []
    focus = tables.optimizer_titles[name]
    for problem, title in tables.problem_titles.items():
        (row,) = tables.rows("leaderboard", problem=problem, track=tables.track, optimizer=name)
        lost = row["unfinished"] == row["seeds"]
        pairs = tables.pairs(problem, titled=True)
        text = f"{focus} finished no run." if lost else verdicts_of(focus, pairs)
        beaten = len((row["better_than"] or "").split()) == len(tables.optimizers) - 1
        found.append(Answer(title, text, "none" if lost else "one" if beaten else "several"))
    return found


def largest_shortfalls(tables: StudyTables, track: str) -> dict[str, Shortfall]:
    """Return how far each optimizer of a track is behind where it is furthest behind."""
    found = {}
    for name in tables.optimizers:
        each = [_shortfall(tables, problem, track, name) for problem in tables.problems]
        found[name] = max(each, key=lambda shortfall: shortfall.margins)
    return found


def _shortfall(tables: StudyTables, problem: str, track: str, optimizer: str) -> Shortfall:
    board = tables.of("leaderboard", problem=problem, track=track, optimizer=optimizer)
    if board["unfinished"].any():
        return Shortfall(math.inf, problem)
    pairs = [
        pair
        for pair in tables.rows("comparisons", problem=problem, track=track, rival=optimizer)
        if not missing(pair["difference"]) and pair["difference"] > 0
    ]
    if not pairs:
        return Shortfall(0.0, problem)
    worst = max(pairs, key=lambda pair: float(pair["difference"]))
    return Shortfall(_in_margins(worst["difference"], worst["margin"]), problem, worst)


def _in_margins(difference: float, margin: float) -> float:
    return difference / margin if margin else math.inf


def _to_follow(tables: StudyTables, track: str, title: str) -> Answer:
    """Return which optimizer is least behind where it is furthest behind, and how far."""
    shortfalls = largest_shortfalls(tables, track)
    chosen = min(shortfalls, key=lambda name: shortfalls[name].margins)
    margins, problem, pair = shortfalls[chosen]
    name = tables.optimizer_titles[chosen]
    if math.isinf(margins):
        return Answer(title, "every optimizer lost a run on some problem: there is none.", "none")
    if pair is None:
        said = [f"take {name}. On no problem has another a better mean."]
    else:
        share, rival = _share(tables, problem, pair["metric"]), pair["optimizer"]
        by = _points(pair["difference"], pair, share)
        reach = _reach(pair["low"], pair["high"], pair, share)
        elsewhere = _reach(pair["low_other_data"], pair["high_other_data"], pair, share)
        sentence = (
            f"take {name}. It falls short most on {tables.problem_titles[problem]}: {by} behind "
            f"{tables.optimizer_titles[rival]}"
        )
        sentence += f", 95 % interval {reach}" if reach else ""
        sentence += f"; on other data like these {elsewhere}" if elsewhere else ""
        said = [f"{sentence}."]
    lost = [
        tables.optimizer_titles[other]
        for other, shortfall in shortfalls.items()
        if math.isinf(shortfall.margins)
    ]
    if lost:
        said.append(f"Left out, since they lost runs on some problem: {listed_names(lost)}.")
    board = tables.rows("leaderboard", titled=True, track=track, optimizer=chosen)
    said += _at_edges(board, [row["problem"] for row in board])
    return Answer(title, " ".join(said), "one")


def _points(value: float, pair: Row, share: float) -> str:
    """Return a difference in points of an accuracy, in percent of the best mean of a loss."""
    sign = MINUS if value < 0 else ""
    if higher_is_better(pair["metric"]):
        return sign + metric_difference(abs(value), pair["metric"])
    return f"{sign}{100 * share * abs(value) / pair['margin']:.3g} %"


def _reach(low: Any, high: Any, pair: Row, share: float) -> str:
    """Return an interval in the same unit; nothing if it is not known."""
    if missing(low):
        return ""
    return f"{_points(low, pair, share).partition(' ')[0]} to {_points(high, pair, share)}"


def _share(tables: StudyTables, problem: str, metric: str) -> float:
    """Return the margin as the config has it: of accuracies, or a share of the best loss."""
    usual = tables.config["margin"]["accuracy" if higher_is_better(metric) else "loss"]
    return float(tables.config["problems"][problem].get("margin", usual))


def _at_edges(board: Sequence[Row], places: Sequence[str] = ()) -> Iterator[str]:
    """Yield which of some rows of ``leaderboard`` had their best learning rate at an end."""
    names = [places[i] if places else row["optimizer"] for i, row in enumerate(board)]
    found = [name for name, row in zip(names, board, strict=True) if row["on_edge"]]
    if found:
        where = "on" if places else "of"
        yield (
            f"The best learning rate {where} {listed_names(found)} is an end of its grid: a better "
            "one may lie beyond."
        )


def _carried_over(tables: StudyTables) -> Answer | None:
    """Return who does best with the setting that is best on the other problems.

    Each problem is left out once; what the setting does there is read from the tuning runs. None
    if no optimizer has settings in common to all problems.
    """
    behind = {problem: _behind_in_tuning(tables, problem) for problem in tables.problems}
    worst: dict[str, Shortfall] = {}
    for name in tables.optimizers:
        of_name = {problem: found.get(name, {}) for problem, found in behind.items()}
        common = [
            setting
            for setting in next(iter(of_name.values()))
            if all(setting in found for found in of_name.values())
        ]
        if len(common) < LEAST_COMMON_RATES:
            continue
        each = []
        for problem, found in of_name.items():
            others = [of_name[other] for other in of_name if other != problem]
            best = min(common, key=lambda s, o=others: math.fsum(of[s] for of in o))  # type: ignore[misc]
            each.append(Shortfall(found[best], problem))
        worst[name] = max(each, key=lambda shortfall: shortfall.margins)
    if not worst:
        return None
    title = "If you take the learning rate that is best on the other problems"
    chosen = min(worst, key=lambda name: worst[name].margins)
    margins, problem, _ = worst[chosen]
    if math.isinf(margins):
        return Answer(title, "every optimizer diverges on some problem: there is none.", "none")
    metric = str(tables.of("learning_rates", problem=problem)["metric"].iloc[0])
    share = _share(tables, problem, metric)
    by = _points(margins * share, {"metric": metric, "margin": share}, share)
    seeds = len(tables.config["seeds"]["tuning"])
    text = (
        f"take {tables.optimizer_titles[chosen]}. It falls short most on "
        f"{tables.problem_titles[problem]}: {by} of {metric_words(metric)} behind the best tuned "
        f"optimizer, in the tuning runs of {seeds} seed{'' if seeds == 1 else 's'}; no interval."
    )
    return Answer(title, text, "one")


def _behind_in_tuning(tables: StudyTables, problem: str) -> dict[str, dict[str, float]]:
    """Return by optimizer and candidate how many margins it is behind the best in tuning."""
    rows = tables.rows("learning_rates", problem=problem)
    means = [row["mean"] for row in rows if not row["unfinished"]]
    if not means:
        return {}
    metric = str(rows[0]["metric"])
    up = higher_is_better(metric)
    best = max(means) if up else min(means)
    margin = _share(tables, problem, metric) * (1 if up else abs(best))
    behind: dict[str, dict[str, float]] = {}
    for row in rows:
        lost = row["unfinished"] or row["mean"] is None
        margins = math.inf if lost else _in_margins(abs(best - row["mean"]), margin)
        behind.setdefault(row["optimizer"], {})[row["candidate"]] = margins
    return behind
