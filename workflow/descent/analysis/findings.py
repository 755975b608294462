"""What a study says, in sentences made from its tables, so that they cannot go stale.

Run as ``python -m descent.analysis.findings results/<study>/study.json --output FILE``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pandas as pd

from descent.analysis import answer
from descent.analysis.ladders import ladders
from descent.analysis.ladders import sentence as ladder_sentence
from descent.analysis.speed_up import speed_ups
from descent.analysis.tables import display
from descent.analysis.tables.display import ShownTable
from descent.analysis.tables.formatting import metric_value, metric_words, schedule_words
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import markdown, without_html
from descent.analysis.tables.values import Row
from descent.foundation.atomic_files import write_atomically
from descent.foundation.command_line import fails_on, study_parser
from descent.foundation.command_template import is_told_the_schedule
from descent.foundation.wording import counted, metric_difference
from descent.study.measures import ACCURACY_TOLERANCE, LOSS_TOLERANCE, higher_is_better
from descent.study.origins import note
from descent.study.plan import schedule_pairs, with_schedule
from descent.verdicts.sentences import (
    Seen,
    count_of_verdicts,
    finished_none,
    first_names,
    listed_names,
    seen_from,
    verdicts_of,
    what_was_seen,
)


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
    """

    title: str
    sentences: tuple[str, ...] = ()
    table: ShownTable | None = None


def findings(tables: StudyTables) -> str:
    """Return what a study says, as Markdown; its first section is the answer.

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
        the_answer(tables),
        *which_is_best(tables),
        *of_schedules(tables),
        how_it_was_run(tables),
        *(of_problem(tables, problem) for problem in tables.problems),
        *over_all_problems(tables),
        *of_ladders(tables),
        *warnings(tables),
    ]
    parts = [f"# What the study `{tables.config['study']}` says", origin]
    for section in sections:
        parts += [f"## {section.title}", *_paragraphs(section)]
    return "\n\n".join(parts) + "\n"


def _paragraphs(section: Section) -> Iterator[str]:
    if section.sentences:
        yield "\n".join(f"- {without_html(sentence)}" for sentence in section.sentences)
    if section.table:
        yield markdown(section.table).rstrip("\n")


def the_answer(tables: StudyTables) -> Section:
    """Return the question of the study, its answer and what could change it."""
    focus, table = tables.config["focus"], None
    rivals = [name for name in tables.optimizers if name != focus]
    if focus and rivals:
        table = _verdicts(tables, {name: (focus, name) for name in rivals})
    sentences = tuple(map(str, answer.opening(tables)))
    return Section(answer.question(tables.config), sentences, table)


def which_is_best(tables: StudyTables) -> list[Section]:
    """Return who leads on each problem, and after a ``focus`` whom to follow; often nothing."""
    said = answer.best(tables)
    return [Section("Which optimizer is best", tuple(map(str, said)))] if said else []


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
                    tuple(
                        f"{title}: {worth(tables, problem, list(pairs.values()))}"
                        for problem, title in tables.problem_titles.items()
                    ),
                    _verdicts(tables, pairs),
                )
            )
    return sections


def worth(tables: StudyTables, problem: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return for how many optimizers the schedule of the study has which verdict on a problem."""
    counts = Counter(seen_pair(tables, problem, pair).verdict for pair in pairs)
    said = listed_names(f"{verdict} for {count}" for verdict, count in counts.most_common())
    return f"of {counted(len(pairs), 'optimizer')}, the schedule of the study is {said}."


def seen_pair(tables: StudyTables, problem: str, pair: tuple[str, str]) -> Seen:
    """Return a pair of the headline track as the first of the two sees it."""
    rows = tables.pairs(problem)
    return next(
        seen_from(pair[0], row) for row in rows if {row["optimizer"], row["rival"]} == set(pair)
    )


def _verdicts(tables: StudyTables, pairs: Mapping[str, tuple[str, str]]) -> ShownTable:
    """Return a table of pairs by problem: the verdict and lead of the first of each."""
    rows = []
    for name, pair in pairs.items():
        cells = [
            display.verdict_and_lead(seen_pair(tables, problem, pair), tables.metric(problem))
            for problem in tables.problems
        ]
        rows.append([tables.optimizer_titles[name], *cells])
    return display.of_texts(["against", *tables.problem_titles.values()], rows)


def how_it_was_run(tables: StudyTables) -> Section:
    """Return the seeds, the tuning budget, the schedule and the number of runs."""
    return Section("How it was run", tuple(_how(tables)))


def of_problem(tables: StudyTables, problem: str) -> Section:
    """Return the leaderboard of one problem and what it shows."""
    table = display.leaderboard(tables, problem, tables.track, display.FINDINGS)
    return Section(tables.problem_titles[problem], tuple(_of_problem(tables, problem)), table)


def of_ladders(tables: StudyTables) -> list[Section]:
    """Return where leads begin and end as a setting grows; empty without ladders."""
    said = [ladder_sentence(tables, rungs) for rungs in ladders(tables.config).values()]
    return [Section("Where a lead begins and ends", tuple(said))] if said else []


def over_all_problems(tables: StudyTables) -> list[Section]:
    """Return how the optimizers compare over all problems; empty if there is one."""
    if len(tables.problems) < 2:
        return []
    score = (
        "Scores are normalised within each problem: 0 is the untrained model, 1 the mean of the "
        "best optimizer. The mean gives each problem the same weight; the shortfall is how far an "
        "optimizer is behind 1 on its worst problem."
    )
    return [Section("Over all problems", (score,), display.across_problems(tables))]


def warnings(tables: StudyTables) -> list[Section]:
    """Return the warnings about the study; empty if there are none."""
    sentences = tuple(str(message) for message in tables["warnings"]["message"])
    return [Section("Warnings", sentences)] if sentences else []


def _leaderboard(tables: StudyTables, problem: str, track: str | None = None) -> list[Row]:
    return tables.rows("leaderboard", titled=True, problem=problem, track=track or tables.track)


def _learned(board: Sequence[Row]) -> list[str]:
    """Return the optimizers that clearly beat the untrained model."""
    return [row["optimizer"] for row in board if row["learned"]]


def _how(tables: StudyTables) -> Iterator[str]:
    for row in tables.rows("seeds"):
        yield f"Seeds {ranges(row['seeds'])} ({row['stage']}): {row['used_for']}."
    yield from tuning_budgets(tables)
    yield from schedules_used(tables)
    runs = tables["runs"]
    lost = int((runs["status"] != "finished").sum())
    yield f"{counted(len(runs), 'run')}, of which {lost} diverged or ran out of time."


def ranges(seeds: str) -> str:
    """Return whole numbers with each run of neighbours as a range: ``0 to 2 and 7``."""
    numbers = [int(seed) for seed in seeds.split()]
    runs = [
        [number for _, number in run]
        for _, run in groupby(enumerate(numbers), key=lambda item: item[1] - item[0])
    ]
    return listed_names(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def tuning_budgets(tables: StudyTables) -> Iterator[str]:
    """Yield for each track that tunes how many settings of each optimizer were tried."""
    for track, rows in tables["tuned"].groupby("track", sort=False):
        sentence = f"Track {track}: {_extent(rows['candidates'])} settings of each optimizer"
        widths = rows["decades"].dropna().round(1)
        if track == "tuned" and len(widths):
            sentence += f", with learning rates over {_extent(widths)} decades"
        yield f"{sentence}, on each problem."


def _extent(values: pd.Series) -> str:
    least, most = f"{values.min():g}", f"{values.max():g}"
    return least if least == most else f"{least} to {most}"


def schedules_used(tables: StudyTables) -> Iterator[str]:
    """Yield the schedule of the optimizers, and of those that have another."""
    usual = tables.config["schedule"]
    if not all(map(is_told_the_schedule, tables.config["problems"].values())):
        yield "Learning-rate schedule: that of the script that trains."
        return
    own: dict[str, list[str]] = {}
    for name, entry in tables.config["optimizers"].items():
        if entry.get("schedule", usual) != usual:
            own.setdefault(schedule_words(entry["schedule"]), []).append(
                tables.optimizer_titles[name]
            )
    said = [f"Learning-rate schedule: {schedule_words(usual)}"]
    said += [f"for {listed_names(names)} {words}" for words, names in own.items()]
    yield "; ".join(said) + "."


def _of_problem(tables: StudyTables, problem: str) -> Iterator[str]:
    board, pairs = _leaderboard(tables, problem), tables.pairs(problem, titled=True)
    lost = finished_none(board)
    if len(lost) == len(board):
        yield "No evaluated run finished, so there is no mean and no verdict."
        return
    if lost:
        yield f"No evaluated run of {listed_names(lost)} finished."
    if pairs:
        named = [tables.optimizer_titles[name] for name in tables.named]
        for optimizer in dict.fromkeys([board[0]["optimizer"], *named]):
            yield verdicts_of(optimizer, pairs)
        yield f"In {metric_words(board[0]['metric'])}: {count_of_verdicts(pairs)}"
        folds = answer.shares_folds(tables, problem)
        for row in tables.rows("resolution", problem=problem, track=tables.track):
            yield from what_was_seen(row, pairs, folds=folds)
    if not _learned(board):
        yield (
            "No optimizer clearly beat the untrained model: nothing is said of speed, robustness "
            "and defaults."
        )
        return
    yield from target_speed(tables, problem)
    yield from speed_ups(tables, problem)
    yield from robustness(tables, problem)
    yield from budget(tables, problem)
    yield from _gains(tables, problem)


def target_speed(tables: StudyTables, problem: str, track: str | None = None) -> Iterator[str]:
    """Yield who reaches the target first: in steps, and in gradients where that differs."""
    target = tables.config["problems"][problem].get("target")
    if not target:
        return
    track = track or tables.track
    board = _leaderboard(tables, problem, track)
    missed = [row["optimizer"] for row in board if row["median_epochs_to_target"] is None]
    goal = f"Target {metric_words(target['metric'])} {target['value']:g}"
    if len(missed) == len(board):
        yield f"{goal}: the median run of every optimizer misses it."
        return
    steps, gradients = (
        tables.rows(f"{what}_to_target", titled=True, problem=problem, track=track)
        for what in ("steps", "gradients")
    )
    yield from who_is_first(f"{goal}, at equal steps", steps, missed)
    if len(set(display.gradients_per_step(tables).values())) > 1:
        yield from who_is_first(f"{goal}, at equal gradient evaluations", gradients, missed)


def who_is_first(goal: str, pairs: Sequence[Row], missed: Sequence[str] = ()) -> Iterator[str]:
    """Yield who reaches a target first: those that no other is shown to be faster than.

    Parameters
    ----------
    goal : str
        The target, and of what the times are.
    pairs : sequence of mapping
        Rows of ``steps_to_target`` or another table of times, of one problem and track.
    missed : sequence of str, default ()
        Optimizers whose median run misses the target.
    """
    slower = {row["rival"] for row in pairs if row["verdict"].startswith("better")}
    medians = {row["optimizer"]: row["median"] for row in pairs}
    medians |= {row["rival"]: row["rival_median"] for row in pairs}
    ahead = [(of, name) for name, of in medians.items() if of is not None and name not in slower]
    if not ahead:
        return
    names = first_names([f"{name} (median {of:,.4g})" for of, name in sorted(ahead)])
    said = [f"{goal}: {names} {'is' if len(ahead) == 1 else 'are'} ahead"]
    if not slower:
        said = [f"{goal}: no optimizer is shown to be faster than another"]
    elif len(ahead) > 1:
        said.append("none is shown to be faster than another")
    said += [f"the median run of {listed_names(missed)} misses it"] if missed else []
    yield "; ".join(said) + "."


def robustness(tables: StudyTables, problem: str) -> Iterator[str]:
    """Yield who is most and who is least robust to the learning rate, of those that learn."""
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


def _near_the_best(metric: str) -> str:
    """Return in words how far from the best a learning rate may be and still be robust."""
    if higher_is_better(metric):
        return f"within {100 * ACCURACY_TOLERANCE:g} points of its best"
    return f"within {100 * LOSS_TOLERANCE:g} % of its best"


def budget(tables: StudyTables, problem: str, track: str | None = None) -> Iterator[str]:
    """Yield who is expected to be best after one trial, and after as many as all have had."""
    track = track or tables.track
    rows = tables.rows("tuning_budget", titled=True, problem=problem, track=track)
    if not rows:
        return
    metric, most = rows[0]["metric"], Counter(row["optimizer"] for row in rows)
    least = min(most.values())
    one, last = (
        min((row for row in rows if row["trials"] == trials), key=lambda row: float(row["rank"]))
        for trials in (1, least)
    )
    unit = " %" if metric.endswith("accuracy") else ""
    all_of_them = f"all {least}" if least == max(most.values()) else f"{least}, which all have had"
    yield (
        f"With a budget of one random candidate, {one['optimizer']} has the best expected "
        f"{metric_words(metric)} ({metric_value(one['expected_best'], metric)}{unit}); with "
        f"{all_of_them}, {last['optimizer']} ({metric_value(last['expected_best'], metric)}{unit})."
    )


def _gains(tables: StudyTables, problem: str) -> Iterator[str]:
    """Yield what tuning is worth for the optimizers that learn, by verdict."""
    learned = _learned(_leaderboard(tables, problem))
    rows = [
        row
        for row in tables.rows("tuning_gains", titled=True, problem=problem)
        if row["optimizer"] in learned
    ]
    if not rows:
        return
    margin = metric_difference(rows[0]["margin"], rows[0]["metric"])
    words = {
        "better": "better for {}",
        "better and equivalent": f"better by less than {margin} for {{}}",
        "equivalent": f"equivalent within {margin} for {{}}",
        "worse and equivalent": f"worse by less than {margin} for {{}}",
        "worse": "worse for {}",
        "undecided": "undecided for {}",
    }
    named = {
        verdict: [row["optimizer"] for row in rows if row["verdict"] == verdict]
        for verdict in words
    }
    said = [words[v].format(listed_names(names)) for v, names in named.items() if names]
    yield f"Tuned against the default learning rate: {'; '.join(said)}."
    known = [row for row in rows if row["verdict"] == "better" and row["gain"] is not None]
    if known:
        gain, most = max((row["gain"], row["optimizer"]) for row in known)
        yield f"Tuning gains most for {most}: {metric_difference(gain, rows[0]['metric'])}."
    board = _leaderboard(tables, problem, "default")
    lost = [row["optimizer"] for row in board if row["unfinished"]]
    if lost:
        yield f"With the default learning rate, runs of {listed_names(lost)} diverge."


@fails_on(FileNotFoundError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the findings of a study; exit code 1 if a table is missing."""
    parser = study_parser("descent.analysis.findings", __doc__)
    parser.add_argument("--output", type=Path, required=True, help="the Markdown file")
    given = parser.parse_args(arguments)
    write_atomically(given.output, findings(StudyTables(given.study)).encode())
    note(given.study.parent, "descent.analysis.findings", [given.output])
    return 0


if __name__ == "__main__":
    sys.exit(main())
