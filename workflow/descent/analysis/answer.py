"""The answer of a study, first in the findings, on the page, in the terminal and in the paper.

Which optimizer to use, and what it costs to follow that; then who leads on each problem; and what
could change it. A *shortfall* is how far the mean of an optimizer is behind another's on one
problem. Over problems, shortfalls are compared in margins, the smallest differences that matter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from descent.analysis.tables.formatting import MINUS, metric_value, metric_words
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.values import Row
from descent.data.sources import source_of
from descent.foundation.command_template import is_told_the_schedule
from descent.foundation.wording import counted, metric_difference, missing
from descent.study.horizons import problem_of
from descent.study.measures import higher_is_better
from descent.verdicts.sentences import (
    OTHERS,
    finished_none,
    leaders,
    listed_names,
    on_other_data,
    verdicts_of,
)

#: Fewer learning rates than this that an optimizer has on all problems are no choice.
LEAST_COMMON_RATES = 2
#: What each check of ``warnings`` that could change the answer says of what it found.
CAVEATS = {
    "below_minimum": "Training losses lie under the known minimum, which cannot be: {}.",
    "unfinished_runs": "Runs diverged or ran out of time: {}.",
    "edge_of_grid": "A best learning rate is an end of its grid; a better one may lie beyond: {}.",
    "unequal_budgets": "Optimizers were tuned unequally, which favours what was tuned more: {}.",
    "identical_seeds": "Every seed gives the same result, so verdicts compare single outcomes: {}.",
    "remarks_of_rules": "A rule did not run as it is meant to (see the warnings): {}.",
}


class Answer(NamedTuple):
    """One sentence of the answer, or a few.

    Attributes
    ----------
    title : str
        Display name of the problem, or for whom it is, or ``Caveat``.
    text : str
        What is said.
    kind : str
        ``one`` is better than all others or to be followed, ``several`` may be, or ``none``;
        ``caveat`` is what could change the others.
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
        In margins of the problem.
    problem : str
        Name of the problem.
    pair : mapping or None
        Its row of ``comparisons`` with the optimizer that is furthest ahead; None if none is.
    """

    margins: float
    problem: str
    pair: Row | None = None


def question(config: Mapping[str, Any]) -> str:
    """Return the question of a study, in one sentence."""
    problems = counted(len(config["problems"]), "problem")
    focus, others = config.get("focus"), len(config["optimizers"]) - 1
    if focus and others:
        rivals = "the other rule" if others == 1 else f"each of the {others} other rules"
        return f"Is {config['optimizers'][focus]['title']} better than {rivals} on {problems}?"
    if not others:
        (only,) = config["optimizers"].values()
        return f"How does {only['title']} do on {problems}?"
    return (
        f"Which of {len(config['optimizers'])} optimizers does best on {problems}, and is the "
        "difference more than chance?"
    )


def opening(tables: StudyTables) -> list[Answer]:
    """Return the answer to the question of a study, and what could change it.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.

    Returns
    -------
    list of Answer
        On the ``focus``, problem by problem; without one, for the reader who tunes the learning
        rate, the one who does not, and the one who takes one setting everywhere, as far as the
        study tells. Then the caveats. Before all, what the study is without.
    """
    without = tables.config.get("left_out", {})
    left_out = [Answer("Left out", f"{name}: {why}.", "caveat") for name, why in without.items()]
    return [*left_out, *(of_focus(tables) or of_readers(tables)), *caveats(tables)]


def of_readers(tables: StudyTables) -> list[Answer]:
    """Return whom to follow; of a study of one problem, who leads."""
    tracks, several = tables.config["tracks"], len(tables.problems) > 1
    if not several or len(tables.optimizers) == 1:
        found = [of_problem(tables, problem) for problem in tables.problems]
        if len(tables.optimizers) > 1 and "default" in tracks and tables.track != "default":
            (problem,) = tables.problems
            found.append(of_problem(tables, problem, "default", "If you do not tune"))
        return found
    found = []
    if tables.track != "default":
        found.append(_to_follow(tables, tables.track, "If you tune the learning rate"))
    if "default" in tracks:
        found.append(_to_follow(tables, "default", "If you do not tune"))
    carried = _carried_over(tables) if "tuned" in tracks else None
    return [*found, carried] if carried else found


def best(tables: StudyTables) -> list[Answer]:
    """Return whom to follow and who leads on each problem, as far as the opening has not said."""
    readers = of_readers(tables) if of_focus(tables) else []
    if len(tables.problems) == 1 or len(tables.optimizers) == 1:
        return readers
    return [*readers, *(of_problem(tables, problem) for problem in tables.problems)]


#: Said where leaders get everything right.
TOO_EASY = (
    "The problem is too easy to tell the leaders apart: two or more get every test example right."
)


def of_problem(
    tables: StudyTables, problem: str, track: str | None = None, title: str | None = None
) -> Answer:
    """Return who leads on one problem, and whether it is shown for others."""
    track, title = track or tables.track, title or tables.problem_titles[problem]
    board = tables.rows("leaderboard", titled=True, problem=problem, track=track)
    lost = finished_none(board)
    in_front = [row["optimizer"] for row in board if row["contender"]]
    kind = "none" if len(lost) == len(board) else "one" if len(in_front) == 1 else "several"
    if len(board) > 1:
        pairs = tables.rows("comparisons", titled=True, problem=problem, track=track)
        others = on_other_data(pairs, folds=shares_folds(tables, problem))
        resolved = tables.rows("resolution", problem=problem, track=track)
        easy = [TOO_EASY for row in resolved if row["saturated"]]
        return Answer(title, " ".join([leaders(board, pairs), *easy, *others]), kind)
    (row,) = board
    if lost:
        return Answer(title, f"no run of {row['optimizer']} finished, so there is no answer.", kind)
    unit = " %" if row["metric"].endswith("accuracy") else ""
    reached = f"{metric_value(row['mean'], row['metric'])}{unit} {metric_words(row['metric'])}"
    return Answer(title, f"{row['optimizer']} reaches {reached}.", kind)


def shares_folds(tables: StudyTables, problem: str) -> bool:
    """Return whether the seeds of a problem share the folds of one corpus."""
    dataset = tables.config["problems"][problem].get("dataset")
    return dataset is not None and source_of(tables.config["datasets"][dataset]).has_folds


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
        every = tables.pairs(problem, titled=True)
        pairs = [pair for pair in every if focus in (pair["optimizer"], pair["rival"])]
        text = f"{focus} finished no run." if lost else verdicts_of(focus, pairs)
        others = on_other_data(pairs, folds=shares_folds(tables, problem))
        beaten = len((row["better_than"] or "").split()) == len(tables.optimizers) - 1
        kind = "none" if lost else "one" if beaten else "several"
        found.append(Answer(title, " ".join([text, *others]), kind))
    return found


def caveats(tables: StudyTables) -> list[Answer]:
    """Return what could change the answer: a sentence for each kind of warning, and limits."""
    said = []
    warnings = [row for row in tables.rows("warnings") if row["track"] in (None, tables.track)]
    for check, sentence in CAVEATS.items():
        places: dict[str, list[str]] = {}
        for row in warnings:
            if row["check"] == check:
                names = places.setdefault(tables.problem_titles[problem_of(row["problem"])], [])
                names += [tables.optimizer_titles[row["optimizer"]]] if row["optimizer"] else []
        if places:
            each = [
                f"{listed_names(dict.fromkeys(names))} on {title}" if names else title
                for title, names in places.items()
            ]
            said.append(sentence.format("; ".join(each)))
    if not all(map(is_told_the_schedule, tables.config["problems"].values())):
        said.append("How the learning rate changes over a run is up to the script that trains.")
    elif tables.config["schedule"]["use"] == "constant" and not tables.config["schedules"]:
        said.append("Learning rates are constant over a run; with decay another may lead.")
    return [Answer("Caveat", text, "caveat") for text in said]


def largest_shortfalls(tables: StudyTables, track: str) -> dict[str, Shortfall]:
    """Return how far each optimizer of a track is behind where it is furthest behind."""
    found = {}
    for name in tables.optimizers:
        each = [_shortfall(tables, problem, track, name) for problem in tables.problems]
        found[name] = max(each, key=lambda shortfall: shortfall.margins)
    return found


def _shortfall(tables: StudyTables, problem: str, track: str, optimizer: str) -> Shortfall:
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
    _, problem, pair = shortfalls[chosen]
    name = tables.optimizer_titles[chosen]
    if pair is None:
        board = tables.rows("leaderboard", track=track, optimizer=chosen)
        beaten = [len((row["better_than"] or "").split()) for row in board]
        alone = beaten.count(len(tables.optimizers) - 1)
        said = (
            f"take {name}. It has the best mean on every problem, and is shown to be better than "
            f"all others on {alone} of {len(board)}."
        )
    else:
        rival, metric = tables.optimizer_titles[pair["optimizer"]], pair["metric"]
        said = (
            f"take {name}. It falls short most on {tables.problem_titles[problem]}: "
            f"{metric_difference(pair['difference'], metric)} of {metric_words(metric)} behind "
            f"{rival}"
        )
        reach = _reach(pair["low"], pair["high"], metric)
        elsewhere = _reach(pair["low_other_data"], pair["high_other_data"], metric)
        said += f", 95 % interval {reach}" if reach else ""
        others = OTHERS[shares_folds(tables, problem)]
        said += f"; on {others} {elsewhere}." if elsewhere else "."
    return Answer(title, said, "one")


def _reach(low: Any, high: Any, metric: str) -> str:
    """Return an interval of a difference: ``0.10 to 0.21 points``; nothing if it is not known."""
    if missing(low):
        return ""
    ends = [(MINUS if end < 0 else "") + metric_difference(abs(end), metric) for end in (low, high)]
    return f"{ends[0].removesuffix(' points')} to {ends[1]}"


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
    by = metric_difference(margins * _margin(tables, problem), metric)
    seeds = counted(len(tables.config["seeds"]["tuning"]), "seed")
    text = (
        f"take {tables.optimizer_titles[chosen]}. It falls short most on "
        f"{tables.problem_titles[problem]}: {by} of {metric_words(metric)} behind the best tuned "
        f"optimizer, in the tuning runs of {seeds}; no interval."
    )
    return Answer(title, text, "one")


def _behind_in_tuning(tables: StudyTables, problem: str) -> dict[str, dict[str, float]]:
    """Return by optimizer and candidate how many margins it is behind the best in tuning."""
    rows = tables.rows("learning_rates", problem=problem)
    means = [row["mean"] for row in rows if not row["unfinished"]]
    if not means:
        return {}
    best = max(means) if higher_is_better(str(rows[0]["metric"])) else min(means)
    margin = _margin(tables, problem)
    behind: dict[str, dict[str, float]] = {}
    for row in rows:
        lost = row["unfinished"] or row["mean"] is None
        margins = math.inf if lost else _in_margins(abs(best - row["mean"]), margin)
        behind.setdefault(row["optimizer"], {})[row["candidate"]] = margins
    return behind


def _margin(tables: StudyTables, problem: str) -> float:
    return float(tables.of("comparisons", problem=problem)["margin"].iloc[0])
