"""What a study says, in sentences made from its tables, so that they cannot go stale.

Run as ``python -m descent.analysis.findings results/<study>/study.json --output FILE``.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from descent.analysis.answer import answer
from descent.analysis.answer import of_focus as answer_of_focus
from descent.analysis.tables import display
from descent.analysis.tables.display import ShownTable
from descent.analysis.tables.formatting import (
    metric_difference,
    metric_value,
    metric_words,
)
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import markdown
from descent.analysis.tables.values import Row
from descent.analysis.verdict_sentences import (
    Seen,
    count_of_verdicts,
    finished_none,
    listed_names,
    on_other_data,
    seen_from,
    verdicts_of,
    what_was_seen,
)
from descent.data.sources import source_of
from descent.foundation.atomic_files import write_atomically
from descent.foundation.command_line import fails_on, study_parser
from descent.study.measures import ACCURACY_TOLERANCE, LOSS_TOLERANCE, higher_is_better
from descent.study.plan import schedule_pairs, with_schedule

#: Rules without a learning rate of their own for each parameter.
_NOT_ADAPTIVE = ("sgd", "momentum", "nesterov")


@dataclass(frozen=True)
class Section:
    """What a study says about one thing; words that are code stand between backticks.

    Attributes
    ----------
    title : str
        Its heading.
    sentences : tuple of str
        The findings, each a point of its own.
    table : ShownTable or None
        The numbers that they speak of.
    remarks : tuple of str
        Prose: how to read the table, or that there is nothing to say.
    """

    title: str
    sentences: tuple[str, ...] = ()
    table: ShownTable | None = None
    remarks: tuple[str, ...] = ()


def findings(tables: StudyTables) -> str:
    """Return what a study says, as Markdown.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.

    Returns
    -------
    str
        The text, the same for the same tables.
    """
    origin = (
        "Every number here is read from the tables of the study by "
        "`python -m descent.analysis.findings`; the words follow the numbers. "
        "`docs/protocol.md` says how they were made, `docs/tables.md` what each "
        "column means."
    )
    sections = [
        *of_focus(tables),
        summary(tables),
        *of_schedules(tables),
        how_it_was_run(tables),
        *(of_problem(tables, problem) for problem in tables.problems),
        over_all_problems(tables),
        notable(tables),
        warnings(tables),
    ]
    parts = [f"# What the study `{tables.config['study']}` says", origin]
    for section in sections:
        parts += [f"## {section.title}", *_paragraphs(section)]
    return "\n\n".join(parts) + "\n"


def _paragraphs(section: Section) -> Iterator[str]:
    if section.table:
        yield markdown(section.table).rstrip("\n")
    if section.sentences:
        yield "\n".join(f"- {sentence}" for sentence in section.sentences)
    yield from section.remarks


def summary(tables: StudyTables) -> Section:
    """Return the answer, and whether the choice matters."""
    return Section("Summary", (*map(str, answer(tables)), *choices_and_rates(tables)))


def of_focus(tables: StudyTables) -> list[Section]:
    """Return whether the optimizer of ``focus`` is better than each other, problem by problem.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.

    Returns
    -------
    list of Section
        Empty if the study has no focus, or nothing to compare it with.
    """
    said = answer_of_focus(tables)
    if not said:
        return []
    focus = tables.config["focus"]
    table = _verdicts(
        tables, "against", {name: (focus, name) for name in tables.optimizers if name != focus}
    )
    title = f"Is {tables.optimizer_titles[focus]} better?"
    return [Section(title, tuple(map(str, said)), table)]


def of_schedules(tables: StudyTables) -> list[Section]:
    """Return what the schedule of the study is worth for each optimizer, against its others.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.

    Returns
    -------
    list of Section
        Empty if the study compares no schedules.
    """
    usual, sections = tables.config["schedule"]["use"], []
    for other in tables.config["schedules"][1:]:
        pairs = {
            scheduled: (name, scheduled)
            for name, scheduled in schedule_pairs(tables.config)
            if scheduled == with_schedule(name, other)
        }
        if pairs:
            sections.append(
                Section(
                    f"What is the schedule worth: {usual} against {other['use']}",
                    tuple(_worth(tables, list(pairs.values()))),
                    _verdicts(tables, "against", pairs),
                )
            )
    return sections


def _worth(tables: StudyTables, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield for each problem on how many optimizers the study's schedule has which verdict."""
    for problem, title in tables.problem_titles.items():
        seen = [_seen(tables, problem, pair) for pair in pairs]
        counts = Counter(each.verdict.removesuffix(" and equivalent") for each in seen)
        said = listed_names(f"{verdict} for {count}" for verdict, count in counts.most_common())
        yield f"{title}: of {len(pairs)} optimizers, the schedule of the study is {said}."


def _seen(tables: StudyTables, problem: str, pair: tuple[str, str]) -> Seen:
    """Return a pair as the first of the two sees it."""
    rows = tables.pairs(problem)
    return next(
        seen_from(pair[0], row) for row in rows if {row["optimizer"], row["rival"]} == set(pair)
    )


def _verdicts(tables: StudyTables, header: str, pairs: Mapping[str, tuple[str, str]]) -> ShownTable:
    """Return a table of pairs by problem: the verdict and lead of the first of each."""
    rows = []
    for name, pair in pairs.items():
        cells = [
            display.verdict_and_lead(_seen(tables, problem, pair), tables.metric(problem))
            for problem in tables.problems
        ]
        rows.append([tables.optimizer_titles[name], *cells])
    return display.of_texts([header, *tables.problem_titles.values()], rows)


def how_it_was_run(tables: StudyTables) -> Section:
    """Return the seeds, the tuning budget and the number of runs."""
    return Section("How it was run", tuple(_how(tables)))


def of_problem(tables: StudyTables, problem: str) -> Section:
    """Return the leaderboard of one problem and what it shows."""
    table = display.leaderboard(tables, problem, tables.track, display.FINDINGS)
    return Section(tables.problem_titles[problem], tuple(_of_problem(tables, problem)), table)


def over_all_problems(tables: StudyTables) -> Section:
    """Return how the optimizers compare over all problems."""
    title = "Over all problems"
    if len(tables.problems) < 2:
        return Section(title, remarks=("There is one problem: nothing to say over all.",))
    score = (
        "The score is an interquartile mean over problems and seeds, normalised within each "
        "problem: 0 is the untrained model, 1 the mean of the best optimizer."
    )
    remarks = [score]
    if tables["critical_difference"].empty:
        remarks.append(
            f"There is no critical-difference diagram: {len(tables.problems)} problems are too few "
            "to tell mean ranks apart. It takes ten problems, and seeds are not problems."
        )
    return Section(title, (), display.across_problems(tables), tuple(remarks))


def notable(tables: StudyTables) -> Section:
    """Return results that go against what is commonly expected."""
    sentences = tuple(_notable(tables))
    none = "No notable results."
    return Section("Notable results", sentences, remarks=() if sentences else (none,))


def warnings(tables: StudyTables) -> Section:
    """Return the warnings of the study."""
    sentences = tuple(str(message) for message in tables["warnings"]["message"])
    return Section("Warnings", sentences, remarks=() if sentences else ("No warnings.",))


def _leaderboard(tables: StudyTables, problem: str, track: str | None = None) -> list[Row]:
    return tables.rows("leaderboard", titled=True, problem=problem, track=track or tables.track)


def _learned(board: Sequence[Row]) -> list[str]:
    """Return the optimizers that clearly beat the untrained model."""
    return [row["optimizer"] for row in board if row["learned"]]


def _with_unit(value: Any, metric: str) -> str:
    return metric_value(value, metric) + (" %" if metric.endswith("accuracy") else "")


class Spans(NamedTuple):
    """How far the choice of the optimizer and that of its learning rate move a result.

    Attributes
    ----------
    optimizers : float
        Best less worst mean of the tuned optimizers, in ``reported``.
    rates : float
        Best less worst learning rate of an optimizer that does not diverge, the median over the
        optimizers, in ``selected``.
    reported, selected : str
        The metric that is reported, and that by which learning rates are chosen.
    """

    optimizers: float
    rates: float
    reported: str
    selected: str


def spans(tables: StudyTables, problem: str) -> Spans | None:
    """Return the spans on a problem; None if nothing is tuned or there is nothing to compare."""
    board = _leaderboard(tables, problem)
    means = [row["mean"] for row in board if row["mean"] is not None]
    if "tuned" not in tables.config["tracks"] or len(means) < 2:
        return None
    sensitivity = tables.of("sensitivity", problem=problem)
    moved = (sensitivity["best"] - sensitivity["worst"]).abs().dropna()
    if moved.empty:
        return None
    return Spans(
        max(means) - min(means),
        float(moved.median()),
        str(board[0]["metric"]),
        str(sensitivity["metric"].iloc[0]),
    )


def choices_and_rates(tables: StudyTables) -> Iterator[str]:
    """Yield for each problem which matters more, the optimizer or its learning rate."""
    for problem, title in tables.problem_titles.items():
        found = spans(tables, problem)
        if found is not None:
            yield (
                f"{title}: the tuned optimizers span "
                f"{metric_difference(found.optimizers, found.reported)} of "
                f"{metric_words(found.reported)}. The learning rates of one optimizer that do not "
                f"diverge span {metric_difference(found.rates, found.selected)} of "
                f"{metric_words(found.selected)} in the median."
            )


def _how(tables: StudyTables) -> Iterator[str]:
    for row in tables.rows("seeds"):
        yield f"Seeds {row['seeds']} ({row['stage']}): {row['used_for']}."
    tuned = tables.of("tuned", track="tuned")
    if len(tuned):
        counts, widths = sorted(set(tuned["candidates"])), sorted(set(tuned["decades"].round(1)))
        yield (
            f"Tuning: {listed_names(map(str, counts))} learning rates over "
            f"{listed_names(f'{w:g}' for w in widths)} decades for every optimizer."
        )
    runs = tables["runs"]
    lost = int((runs["status"] != "finished").sum())
    yield f"{len(runs)} runs, of which {lost} diverged or ran out of time."


def _of_problem(tables: StudyTables, problem: str) -> Iterator[str]:
    board, pairs = _leaderboard(tables, problem), tables.pairs(problem, titled=True)
    lost = finished_none(board)
    if len(lost) == len(board):
        yield (
            "No evaluated run finished: all diverged or ran out of time. There is no mean and no "
            "verdict."
        )
        return
    if lost:
        yield f"No evaluated run of {listed_names(lost)} finished."
    if pairs:
        named = [tables.optimizer_titles[name] for name in tables.named]
        for optimizer in dict.fromkeys([board[0]["optimizer"], *named]):
            yield verdicts_of(optimizer, pairs)
        yield f"In {metric_words(board[0]['metric'])}: {count_of_verdicts(pairs)}"
        folds = _shares_folds(tables, problem)
        for row in tables.rows("resolution", problem=problem, track=tables.track):
            yield from what_was_seen(row, folds=folds)
        yield from on_other_data(pairs)
    if not _learned(board):
        yield (
            "No optimizer clearly beat the untrained model: nothing is said of speed, robustness "
            "and defaults."
        )
        return
    yield from _speed(tables, problem, board)
    yield from _distance(board)
    yield from _rates(tables, problem)
    yield from _budget(tables, problem)
    yield from _defaults(tables, problem, board)


def _shares_folds(tables: StudyTables, problem: str) -> bool:
    dataset = tables.config["problems"][problem].get("dataset")
    return dataset is not None and source_of(tables.config["datasets"][dataset]).has_folds


def _speed(tables: StudyTables, problem: str, board: Sequence[Row]) -> Iterator[str]:
    target = tables.config["problems"][problem].get("target")
    if not target:
        return
    epochs = {row["optimizer"]: row["median_epochs_to_target"] for row in board}
    missed = [name for name, median in epochs.items() if median is None]
    arrived = {name: epochs[name] for name in _learned(board) if name not in missed}
    goal = f"{metric_words(target['metric'])} {target['value']:g}"
    if not arrived:
        yield f"Target {goal}: the median run of every optimizer misses it."
        return
    least, most = min(arrived.values()), max(arrived.values())
    fastest, slowest = (
        listed_names(name for name, median in arrived.items() if median == end)
        for end in (least, most)
    )
    sentence = f"Target {goal}: first {fastest} after {least:g} epoch{'s' if least != 1 else ''}"
    if most > least:
        sentence += f", last {slowest} after {most:g}"
    if missed:
        sentence += f"; the median run of {listed_names(missed)} misses it"
    yield sentence + "."
    steps, gradients = (
        tables.rows(name, problem=problem, track=tables.track)
        for name in ("steps_to_target", "gradients_to_target")
    )
    by = {"steps": steps}
    if [row["verdict"] for row in gradients] != [row["verdict"] for row in steps]:
        by["gradient evaluations"] = gradients
    for what, pairs in by.items():
        if pairs:
            within = f"a factor of {pairs[0]['margin']:g}"
            yield f"In {what} to the target: {count_of_verdicts(pairs, within)}"


def _distance(board: Sequence[Row]) -> Iterator[str]:
    known = [row for row in board if row["distance"] is not None]
    if len(known) > 1:
        near, *_, far = sorted(known, key=lambda row: float(row["distance"]))
        yield (
            f"Distance of the training loss to its known optimum: {near['distance']:.3g} for "
            f"{near['optimizer']}, {far['distance']:.3g} for {far['optimizer']}."
        )


def _rates(tables: StudyTables, problem: str) -> Iterator[str]:
    if "tuned" not in tables.config["tracks"]:
        return
    learned = _learned(_leaderboard(tables, problem, "tuned"))
    rows = [
        row
        for row in tables.rows("sensitivity", titled=True, problem=problem)
        if row["optimizer"] in learned
    ]
    rows.sort(key=lambda row: (-row["robust_decades"], row["optimizer"]))
    if len(rows) < 2:
        return
    widest, narrowest = rows[0], rows[-1]
    yield (
        f"Most robust to the learning rate: {widest['optimizer']} "
        f"({_near_the_best(widest['metric'])} over {widest['robust_decades']:.2f} decades"
        f"{' or more' if widest['robust_censored'] else ''}); "
        f"least robust: {narrowest['optimizer']} ({narrowest['robust_decades']:.2f} decades)."
    )
    diverged = [
        f"{row['optimizer']} {100 * row['divergence_rate']:.0f} %"
        for row in rows
        if row["unfinished"]
    ]
    if diverged:
        yield f"Runs that diverged on the grid: {listed_names(diverged)}."


def _near_the_best(metric: str) -> str:
    """Return in words how far from the best a learning rate may be and still be robust."""
    if higher_is_better(metric):
        return f"within {100 * ACCURACY_TOLERANCE:g} points of its best"
    return f"within {100 * LOSS_TOLERANCE:g} % of its best"


def _budget(tables: StudyTables, problem: str) -> Iterator[str]:
    rows = tables.rows("tuning_budget", titled=True, problem=problem, track=tables.track)
    if not rows:
        return
    metric, most = rows[0]["metric"], max(row["trials"] for row in rows)
    one, last = (
        min((row for row in rows if row["trials"] == trials), key=lambda row: float(row["rank"]))
        for trials in (1, most)
    )
    changes = len(tables.of("crossings", problem=problem, track=tables.track))
    yield (
        f"With a budget of one random candidate, {one['optimizer']} has the best expected "
        f"{metric_words(metric)} ({_with_unit(one['expected_best'], metric)}); with all {most}, "
        f"{last['optimizer']} ({_with_unit(last['expected_best'], metric)}). In between, pairs "
        f"change their order {changes} time{'' if changes == 1 else 's'}."
    )


def _defaults_of(tables: StudyTables, problem: str) -> dict[str, Row]:
    """Return the rows of the track ``default`` beside a tuned headline; empty if there are none."""
    if tables.track == "default" or "default" not in tables.config["tracks"]:
        return {}
    return {row["optimizer"]: row for row in _leaderboard(tables, problem, "default")}


def _defaults(tables: StudyTables, problem: str, board: Sequence[Row]) -> Iterator[str]:
    defaults = _defaults_of(tables, problem)
    gains = []
    for row in board if defaults else ():
        default = defaults[row["optimizer"]]["mean"]
        if row["learned"] and row["mean"] is not None and default is not None:
            sign = 1 if higher_is_better(row["metric"]) else -1
            gains.append((sign * (row["mean"] - default), row["optimizer"]))
    if len(gains) < 2:
        return
    metric = board[0]["metric"]
    (most, first), (least, last) = max(gains), min(gains)
    yield (
        f"Tuning gains over the default learning rate: largest for {first} "
        f"({metric_difference(most, metric)}), smallest for {last} "
        f"({metric_difference(least, metric)})."
    )
    lost = sorted(name for name, row in defaults.items() if row["unfinished"])
    if lost:
        yield f"With the default learning rate, runs of {listed_names(lost)} diverge."


def _notable(tables: StudyTables) -> Iterator[str]:
    for problem, title in tables.problem_titles.items():
        board = _leaderboard(tables, problem)
        finished = [row for row in board if not row["unfinished"]]
        if len(finished) > 1:
            found = (
                *_plain_rules(tables, board),
                *_different_leaders(finished),
                *_default_as_good(board, _defaults_of(tables, problem)),
            )
            yield from (f"{title}: {sentence}" for sentence in found)
    yield from _far_defaults(tables)


def _plain_rules(tables: StudyTables, board: Sequence[Row]) -> Iterator[str]:
    not_adaptive = {tables.optimizer_titles.get(name) for name in _NOT_ADAPTIVE}
    plain = [
        row["optimizer"]
        for row in board
        if row["contender"] and row["learned"] and row["optimizer"] in not_adaptive
    ]
    if plain and any(row["optimizer"] not in not_adaptive for row in board):
        verb, its = ("is", "its") if len(plain) == 1 else ("are", "their")
        yield (
            f"{listed_names(plain)} {verb} among the leaders, although {its} step size is the same "
            "for all parameters."
        )


def _different_leaders(board: Sequence[Row]) -> Iterator[str]:
    best = board[0]
    if not best["metric"].startswith("train"):
        lowest = min(board, key=lambda row: float(row["train_loss"]))
        if lowest["optimizer"] != best["optimizer"]:
            yield (
                f"{lowest['optimizer']} ends with the lowest training loss "
                f"({lowest['train_loss']:.3g}, against {best['train_loss']:.3g}), but "
                f"{best['optimizer']} has the best {metric_words(best['metric'])}."
            )
    steps = {
        row["optimizer"]: row["median_steps_to_target"]
        for row in board
        if row["median_steps_to_target"] is not None
    }
    own = steps.get(best["optimizer"])
    if own is not None and min(steps.values()) < own:
        fastest = min(steps, key=steps.__getitem__)
        yield (
            f"{best['optimizer']} ends best but does not reach the target first: {fastest} needs "
            f"{steps[fastest]:.0f} steps, {best['optimizer']} {own:.0f}."
        )


def _default_as_good(board: Sequence[Row], defaults: dict[str, Row]) -> Iterator[str]:
    as_good = []
    for row in board if defaults else ():
        default = defaults[row["optimizer"]]
        known = row["low"] is not None and default["mean"] is not None
        if row["learned"] and known and not default["unfinished"]:
            up = higher_is_better(row["metric"])
            if default["mean"] >= row["low"] if up else default["mean"] <= row["high"]:
                as_good.append(row["optimizer"])
    if as_good:
        verb, its = ("does", "its") if len(as_good) == 1 else ("do", "their")
        yield f"{listed_names(as_good)} {verb} as well with {its} default learning rate as tuned."


def _far_defaults(tables: StudyTables) -> Iterator[str]:
    if not {"tuned", "default"} <= set(tables.config["tracks"]):
        return
    board = tables.rows("leaderboard", titled=True, track="tuned")
    learned = {(row["problem"], row["optimizer"]) for row in board if row["learned"]}
    for optimizer, title in tables.optimizer_titles.items():
        far = [
            row
            for row in tables.rows("sensitivity", titled=True, optimizer=optimizer)
            if (row["problem"], row["optimizer"]) in learned
            and row["default_learning_rate"] is not None
            and abs(math.log10(row["best_learning_rate"] / row["default_learning_rate"])) >= 1
        ]
        if far:
            best = listed_names(f"{row['best_learning_rate']:g} on {row['problem']}" for row in far)
            yield (
                f"{title}: the default learning rate, {far[0]['default_learning_rate']:g}, differs "
                f"by a factor of ten or more from the best: {best}."
            )


@fails_on(FileNotFoundError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the findings of a study; exit code 1 if a table is missing."""
    parser = study_parser("descent.analysis.findings", __doc__)
    parser.add_argument("--output", type=Path, required=True, help="the Markdown file")
    given = parser.parse_args(arguments)
    write_atomically(given.output, findings(StudyTables(given.study)).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
