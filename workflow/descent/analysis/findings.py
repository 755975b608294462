"""What a study says, in sentences made from its tables, so that they cannot go stale.

Run as ``python -m descent.analysis.findings results/<study>/study.json --output FILE``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from descent.analysis.measures import higher_is_better
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import (
    better_word,
    metric_difference,
    metric_name,
    metric_value,
    missing,
    number,
    p_value,
)
from descent.foundation.atomic_files import write_atomically
from descent.foundation.command_line import fails_on, study_parser

Row = Mapping[str, Any]
#: Rules without a learning rate of their own for each parameter.
_NOT_ADAPTIVE = ("sgd", "momentum", "nesterov")


@dataclass(frozen=True)
class Table:
    """A small table among the findings: its headers, and the cells of each row."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """What a study says about one thing; words that are code stand between backticks.

    Attributes
    ----------
    title : str
        Its heading.
    sentences : tuple of str
        The findings, each a point of its own.
    table : Table or None
        The numbers that they speak of.
    remarks : tuple of str
        Prose: how to read the table, or that there is nothing to say.
    """

    title: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None
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
        summary(tables),
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
        headers = section.table.headers
        lines = [headers, ("---",) * len(headers), *section.table.rows]
        yield "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    if section.sentences:
        yield "\n".join(f"- {sentence}" for sentence in section.sentences)
    yield from section.remarks


def summary(tables: StudyTables) -> Section:
    """Return the answer: who leads on each problem, and whether the choice matters."""
    return Section("Summary", tuple(_summary(tables)))


def how_it_was_run(tables: StudyTables) -> Section:
    """Return the seeds, the tuning budget and the number of runs."""
    return Section("How it was run", tuple(_how(tables)))


def of_problem(tables: StudyTables, problem: str) -> Section:
    """Return the leaderboard of one problem and what it shows."""
    title = tables.problem_titles[problem]
    return Section(title, tuple(_of_problem(tables, problem)), table=_board(tables, problem))


def over_all_problems(tables: StudyTables) -> Section:
    """Return how the optimizers compare over all problems."""
    title = "Over all problems"
    if len(tables.problems) < 2:
        return Section(title, remarks=("There is one problem: nothing to say over all.",))
    return Section(title, table=_board_of_all(tables), remarks=tuple(_about_all(tables)))


def notable(tables: StudyTables) -> Section:
    """Return what goes against what is commonly expected."""
    sentences = tuple(_notable(tables))
    none = "Nothing of what is looked for."
    return Section("Notable results", sentences, remarks=() if sentences else (none,))


def warnings(tables: StudyTables) -> Section:
    """Return the warnings of the study."""
    sentences = tuple(str(message) for message in tables["warnings"]["message"])
    return Section("Warnings", sentences, remarks=() if sentences else ("No warnings.",))


def _names(optimizers: Iterable[str]) -> str:
    names = list(optimizers)
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + f" and {names[-1]}"


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _leaderboard(tables: StudyTables, problem: str, track: str | None = None) -> list[Row]:
    table = tables.titled("leaderboard", problem=problem, track=track or tables.track)
    return list(_rows(table.sort_values("rank")))


def _with_unit(value: Any, metric: str) -> str:
    return metric_value(value, metric) + (" %" if metric.endswith("accuracy") else "")


def _summary(tables: StudyTables) -> Iterator[str]:
    if tables.too_few_seeds:
        seeds = len(tables.config["seeds"]["evaluation"])
        yield (
            f"With {seeds} evaluation seeds no winner can be told from "
            f"{len(tables.optimizers) - 1} others by a corrected test: read the means with their "
            "intervals, not the ranks."
        )
    else:
        for problem in tables.problems:
            table = _leaderboard(tables, problem)
            title = tables.problem_titles[problem]
            first = [row["optimizer"] for row in table if row["tie_group"] == 1]
            rest = len(table) - len(first)
            if len(first) > 1:
                yield (
                    f"{title}: {len(first)} of {len(table)} tuned optimizers tie in front: "
                    f"{_names(first)}."
                )
            elif rest:
                yield f"{title}: {first[0]} is alone in front of {rest} others."
    for problem in tables.problems:
        sentence = _choice_or_rate(tables, problem)
        if sentence:
            yield sentence


def _choice_or_rate(tables: StudyTables, problem: str) -> str | None:
    """Say which matters more, the optimizer or its learning rate."""
    means = [row["mean"] for row in _leaderboard(tables, problem) if not missing(row["mean"])]
    if "tuned" not in tables.config["tracks"] or len(means) < 2:
        return None
    sensitivity = tables.of("sensitivity", problem=problem)
    moved = (sensitivity["best"] - sensitivity["worst"]).abs().dropna()
    if moved.empty:
        return None
    metric = str(sensitivity["metric"].iloc[0])
    reported = str(_leaderboard(tables, problem)[0]["metric"])
    title = tables.problem_titles[problem]
    return (
        f"{title}: from the best tuned optimizer to the worst it is "
        f"{metric_difference(max(means) - min(means), reported)} ({reported.replace('_', ' ')}); "
        f"from the best to the worst learning rate of one optimizer that does not diverge, "
        f"{metric_difference(float(moved.median()), metric)} in the median "
        f"({metric.replace('_', ' ')})."
    )


def _how(tables: StudyTables) -> Iterator[str]:
    for row in _rows(tables["seeds"]):
        yield f"Seeds {row['seeds']} ({row['stage']}): {row['used_for']}."
    tuned = tables.of("tuned", track="tuned")
    if len(tuned):
        counts, widths = sorted(set(tuned["candidates"])), sorted(set(tuned["decades"].round(1)))
        yield (
            f"Tuning: {_names(map(str, counts))} learning rates over "
            f"{_names(f'{w:g}' for w in widths)} decades for every optimizer."
        )
    runs = tables["runs"]
    lost = int((runs["status"] != "finished").sum())
    yield f"{len(runs)} runs, of which {lost} diverged or ran out of time."


def _board(tables: StudyTables, problem: str) -> Table:
    table = _leaderboard(tables, problem)
    metric = str(table[0]["metric"])
    headers = (
        "group",
        "optimizer",
        f"{metric_name(metric)}, {better_word(metric)}",
        "95 % interval",
        "learning rate",
        "robust decades",
        "epochs to target",
    )
    rows = []
    robust = {}
    if "tuned" in tables.config["tracks"]:
        for known in _rows(tables.titled("sensitivity", problem=problem)):
            more = "≥ " if known["robust_censored"] else ""
            robust[known["optimizer"]] = more + number(known["robust_decades"], ".2f")
    for row in table:
        interval = "-"
        if not missing(row["low"]):
            interval = f"{metric_value(row['low'], metric)} to {metric_value(row['high'], metric)}"
        lost = f" ({row['unfinished']} of {row['seeds']} lost)" if row["unfinished"] else ""
        edge = " (edge)" if row["on_edge"] else ""
        group = "?" if tables.too_few_seeds else str(row["tie_group"])
        cells = (
            group,
            row["optimizer"],
            metric_value(row["mean"], metric) + lost,
            interval,
            number(row["learning_rate"]) + edge,
            robust.get(row["optimizer"], "-"),
            number(row["median_epochs_to_target"]),
        )
        rows.append(cells)
    return Table(headers, tuple(rows))


def _of_problem(tables: StudyTables, problem: str) -> Iterator[str]:
    comparisons = _rows(tables.titled("comparisons", problem=problem, track=tables.track))
    finite = [row for row in comparisons if not missing(row["difference"])]
    if finite:
        yield _closest(finite[0], too_few_seeds=tables.too_few_seeds)
    table = _leaderboard(tables, problem)
    yield from _speed(tables, problem, table)
    yield from _distance(table)
    yield from _rates(tables, problem)
    yield from _budget(tables, problem)
    yield from _defaults(tables, problem)


def _closest(row: Row, *, too_few_seeds: bool) -> str:
    sentence = (
        f"Closest pair in front: {row['best']} leads {row['optimizer']} by "
        f"{metric_difference(row['difference'], row['metric'])} (p = {p_value(row['p_holm'])}, "
        f"wins on {100 * row['probability']:.0f} % of the seeds, interval "
        f"{100 * row['probability_low']:.0f} to {100 * row['probability_high']:.0f} %)"
    ).replace("p = <", "p <")
    if not row["tie"]:
        return f"{sentence}: told apart."
    if missing(row["seeds_to_separate"]):
        return f"{sentence}: a tie that no affordable number of seeds would break."
    verdict = "not told apart, with so few seeds" if too_few_seeds else "a tie"
    return (
        f"{sentence}: {verdict}; if the difference is real, about {row['more_seeds']:.0f} more "
        "seeds would show it."
    )


def _speed(tables: StudyTables, problem: str, table: Sequence[Row]) -> Iterator[str]:
    target = tables.config["problems"][problem].get("target")
    if not target:
        return
    arrived = [row for row in table if not missing(row["median_epochs_to_target"])]
    goal = f"{target['metric'].replace('_', ' ')} {target['value']:g}"
    if not arrived:
        yield f"Target {goal}: the median run of every optimizer misses it."
        return
    least = min(row["median_epochs_to_target"] for row in arrived)
    most = max(row["median_epochs_to_target"] for row in arrived)
    fastest = [r["optimizer"] for r in arrived if r["median_epochs_to_target"] == least]
    slowest = [r["optimizer"] for r in arrived if r["median_epochs_to_target"] == most]
    missed = [r["optimizer"] for r in table if missing(r["median_epochs_to_target"])]
    sentence = f"Target {goal}: first {_names(fastest)} after {_epochs(least)}"
    if most > least:
        sentence += f", last {_names(slowest)} after {most:g}"
    if missed:
        sentence += f"; the median run of {_names(missed)} misses it"
    yield sentence + "."


def _epochs(number: float) -> str:
    return "1 epoch" if number == 1 else f"{number:g} epochs"


def _distance(table: Sequence[Row]) -> Iterator[str]:
    known = [row for row in table if not missing(row["distance"])]
    if len(known) > 1:
        near = min(known, key=lambda row: float(row["distance"]))
        far = max(known, key=lambda row: float(row["distance"]))
        yield (
            f"Distance of the training loss to its known optimum: {near['distance']:.3g} for "
            f"{near['optimizer']}, {far['distance']:.3g} for {far['optimizer']}."
        )


def _rates(tables: StudyTables, problem: str) -> Iterator[str]:
    if "tuned" not in tables.config["tracks"]:
        return
    rows = tables.titled("sensitivity", problem=problem).sort_values(
        ["robust_decades", "optimizer"], ascending=[False, True]
    )
    if len(rows) < 2:
        return
    wide, narrow = rows.iloc[0], rows.iloc[-1]
    yield (
        f"Least touchy about its learning rate: {wide['optimizer']} "
        f"({wide['robust_decades']:.2f} decades{' or more' if wide['robust_censored'] else ''}); "
        f"most: {narrow['optimizer']} ({narrow['robust_decades']:.2f})."
    )
    lost = rows[rows["unfinished"] > 0]
    if len(lost):
        shares = (f"{r['optimizer']} {100 * r['divergence_rate']:.0f} %" for r in _rows(lost))
        yield f"Diverged somewhere on their grid: {_names(shares)} of the runs."


def _budget(tables: StudyTables, problem: str) -> Iterator[str]:
    if all(track == "default" for track in tables.config["tracks"]):
        return
    rows = tables.titled("tuning_budget", problem=problem, track=tables.track)
    if rows.empty:
        return
    most = int(rows["trials"].max())
    one = rows[rows["trials"] == 1].sort_values("rank").iloc[0]
    last = rows[rows["trials"] == most].sort_values("rank").iloc[0]
    metric = one["metric"]
    yield (
        f"With one trial of the grid, drawn blindly, {one['optimizer']} promises most "
        f"({_with_unit(one['expected_best'], metric)}); with all {most}, {last['optimizer']} "
        f"({_with_unit(last['expected_best'], metric)}). Pairs that change their order in between: "
        f"{len(tables.of('crossings', problem=problem, track=tables.track))}."
    )


def _defaults(tables: StudyTables, problem: str) -> Iterator[str]:
    if tables.track == "default" or "default" not in tables.config["tracks"]:
        return
    gains = []
    default = {row["optimizer"]: row for row in _leaderboard(tables, problem, "default")}
    lost = [name for name, row in default.items() if row["unfinished"]]
    for row in _leaderboard(tables, problem):
        other = default[row["optimizer"]]
        if not missing(row["mean"]) and not missing(other["mean"]):
            better, worse = row["mean"], other["mean"]
            if not higher_is_better(row["metric"]):
                better, worse = worse, better
            gains.append((better - worse, row["optimizer"], row["metric"]))
    if len(gains) > 1:
        most, least = max(gains), min(gains)
        sentence = (
            f"What tuning the learning rate buys over the rule's default: most for {most[1]} "
            f"({metric_difference(most[0], most[2])}), least for {least[1]} "
            f"({metric_difference(least[0], least[2])})"
        )
        if lost:
            sentence += f"; at the default, runs of {_names(sorted(lost))} diverge"
        yield sentence + "."


def _board_of_all(tables: StudyTables) -> Table:
    rows = tables.titled("across_problems", track=tables.track).sort_values(
        ["interquartile_mean", "optimizer"], ascending=[False, True]
    )
    return Table(
        ("optimizer", "interquartile mean", "95 % interval", "mean rank", "in the first group"),
        tuple(
            (
                str(row["optimizer"]),
                f"{row['interquartile_mean']:.4f}",
                f"{row['low']:.4f} to {row['high']:.4f}",
                f"{row['mean_rank']:.2f}",
                "?" if tables.too_few_seeds else f"{row['first_groups']} of {row['problems']}",
            )
            for row in _rows(rows)
        ),
    )


def _about_all(tables: StudyTables) -> Iterator[str]:
    yield (
        "Scores are normalised within each problem: 0 is the untrained model, 1 the mean of the "
        "best optimizer."
    )
    if tables["critical_difference"].empty:
        yield (
            f"No critical-difference diagram: over {len(tables.problems)} problems a difference "
            "between mean ranks would have to be larger than most that exist; it takes ten "
            "problems, and seeds are not problems."
        )


def _notable(tables: StudyTables) -> Iterator[str]:
    for problem in tables.problems:
        table = _leaderboard(tables, problem)
        finished = [row for row in table if not row["unfinished"]]
        if len(finished) < 2:
            continue
        yield from _plain_rules(tables, problem, table)
        yield from _different_leaders(tables, problem, finished)
        yield from _default_as_good(tables, problem, table)
    yield from _far_defaults(tables)


def _plain_rules(tables: StudyTables, problem: str, table: Sequence[Row]) -> Iterator[str]:
    title = tables.problem_titles[problem]
    first = [row["optimizer"] for row in table if row["tie_group"] == 1]
    not_adaptive = {tables.optimizer_titles.get(name) for name in _NOT_ADAPTIVE}
    plain = [title for title in first if title in not_adaptive]
    adaptive = [row["optimizer"] for row in table if row["optimizer"] not in not_adaptive]
    if plain and adaptive and not tables.too_few_seeds:
        yield (
            f"{title}: {_names(plain)}, without a step size for each parameter, "
            f"{'ties' if len(plain) == 1 else 'tie'} with the best once tuned."
        )


def _different_leaders(tables: StudyTables, problem: str, table: Sequence[Row]) -> Iterator[str]:
    title, best = tables.problem_titles[problem], table[0]
    if not best["metric"].startswith("train"):
        lowest = min(table, key=lambda row: float(row["train_loss"]))
        if lowest["optimizer"] != best["optimizer"]:
            yield (
                f"{title}: {lowest['optimizer']} ends with the lowest training loss "
                f"({lowest['train_loss']:.3g}, against {best['train_loss']:.3g}), but "
                f"{best['optimizer']} leads on {best['metric'].replace('_', ' ')}."
            )
    timed = [row for row in table if not missing(row["median_steps_to_target"])]
    if timed and not missing(best["median_steps_to_target"]):
        fastest = min(timed, key=lambda row: float(row["median_steps_to_target"]))
        if fastest["median_steps_to_target"] < best["median_steps_to_target"]:
            yield (
                f"{title}: {best['optimizer']} ends best but is not first at the target: "
                f"{fastest['optimizer']} needs {fastest['median_steps_to_target']:.0f} steps, "
                f"{best['optimizer']} {best['median_steps_to_target']:.0f}."
            )


def _default_as_good(tables: StudyTables, problem: str, table: Sequence[Row]) -> Iterator[str]:
    if tables.track == "default" or "default" not in tables.config["tracks"]:
        return
    default = {row["optimizer"]: row for row in _leaderboard(tables, problem, "default")}
    as_good = []
    for row in table:
        other = default[row["optimizer"]]
        if other["unfinished"] or missing(row["low"]) or missing(other["mean"]):
            continue
        up = higher_is_better(row["metric"])
        if (other["mean"] >= row["low"]) if up else (other["mean"] <= row["high"]):
            as_good.append(row["optimizer"])
    if as_good:
        title = tables.problem_titles[problem]
        yield (
            f"{title}: untuned, {_names(as_good)} {'is' if len(as_good) == 1 else 'are'} "
            "within the interval of the tuned result, or better."
        )


def _far_defaults(tables: StudyTables) -> Iterator[str]:
    if not {"tuned", "default"} <= set(tables.config["tracks"]):
        return
    for optimizer in tables.optimizers:
        rows = tables.titled("sensitivity", optimizer=optimizer)
        off = [
            (abs(math.log10(row["best_learning_rate"] / row["default_learning_rate"])), row)
            for row in _rows(rows)
            if not missing(row["default_learning_rate"])
        ]
        far = [row for decades, row in off if decades >= 1]
        if far:
            best = _names(f"{row['best_learning_rate']:g} on {row['problem']}" for row in far)
            yield (
                f"{tables.optimizer_titles[optimizer]}: the default learning rate, "
                f"{far[0]['default_learning_rate']:g}, is a factor of ten or more "
                f"off the best, {best}."
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
