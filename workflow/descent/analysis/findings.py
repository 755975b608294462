"""What a study says, in sentences made from its tables, so that they cannot go stale.

Run as ``python -m descent.analysis.findings results/<study>/study.json --output FILE``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import (
    better_word,
    metric_difference,
    metric_name,
    metric_value,
    missing,
    number,
    signed_difference,
)
from descent.analysis.verdict_sentences import (
    count_of_verdicts,
    finished_none,
    in_front,
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
        *of_focus(tables),
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


def answer(tables: StudyTables, problem: str, most_names: int | None = None) -> str:
    """Return the answer on one problem, in one sentence: who may be the best.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.
    problem : str
        The problem.
    most_names : int, optional
        Of more than so many that may be the best, the first three are named.
    """
    table = _leaderboard(tables, problem)
    if len(table) == 1:
        (row,) = table
        if finished_none(table):
            return f"no run of {row['optimizer']} finished, so there is no answer."
        reached = _with_unit(row["mean"], row["metric"])
        return f"{row['optimizer']} reaches {reached} {str(row['metric']).replace('_', ' ')}."
    return in_front(table, tables.pairs(problem, titled=True), most_names)


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
    named = tables.config["focus"]
    if named is None or len(tables.optimizers) < 2:
        return []
    focus = tables.optimizer_titles[named]
    rivals = [title for title in tables.optimizer_titles.values() if title != focus]
    sentences, columns = [], []
    for problem in tables.problems:
        pairs = tables.pairs(problem, titled=True)
        metric = str(pairs[0]["metric"])
        if focus in finished_none(_leaderboard(tables, problem)):
            said = f"{focus} finished no run."
        else:
            said = verdicts_of(focus, pairs)
        sentences.append(f"{tables.problem_titles[problem]}: {said}")
        own = [seen_from(focus, row) for row in pairs if focus in (row["optimizer"], row["rival"])]
        columns.append(
            {
                seen.rival: seen.verdict
                + ("" if seen.lead is None else f" ({signed_difference(seen.lead, metric)})")
                for seen in own
            }
        )
    table = Table(
        ("against", *tables.problem_titles.values()),
        tuple((rival, *(column[rival] for column in columns)) for rival in rivals),
    )
    return [Section(f"Is {focus} better?", tuple(sentences), table=table)]


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


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _leaderboard(tables: StudyTables, problem: str, track: str | None = None) -> list[Row]:
    table = tables.titled("leaderboard", problem=problem, track=track or tables.track)
    return list(_rows(table.sort_values("rank")))


def _learned(table: Sequence[Row]) -> list[str]:
    """Return the optimizers that clearly beat the untrained model."""
    return [row["optimizer"] for row in table if row["learned"]]


def _with_unit(value: Any, metric: str) -> str:
    return metric_value(value, metric) + (" %" if metric.endswith("accuracy") else "")


def _summary(tables: StudyTables) -> Iterator[str]:
    for problem in tables.problems:
        yield f"{tables.problem_titles[problem]}: {answer(tables, problem)}"
    for problem in tables.problems:
        sentence = _choice_or_rate(tables, problem)
        if sentence:
            yield sentence


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
    """Return what moves the results on a problem; None if nothing is tuned or to compare."""
    means = [row["mean"] for row in _leaderboard(tables, problem) if not missing(row["mean"])]
    if "tuned" not in tables.config["tracks"] or len(means) < 2:
        return None
    sensitivity = tables.of("sensitivity", problem=problem)
    moved = (sensitivity["best"] - sensitivity["worst"]).abs().dropna()
    if moved.empty:
        return None
    return Spans(
        max(means) - min(means),
        float(moved.median()),
        str(_leaderboard(tables, problem)[0]["metric"]),
        str(sensitivity["metric"].iloc[0]),
    )


def _choice_or_rate(tables: StudyTables, problem: str) -> str | None:
    """Say which matters more, the optimizer or its learning rate."""
    found = spans(tables, problem)
    if found is None:
        return None
    return (
        f"{tables.problem_titles[problem]}: the tuned optimizers span "
        f"{metric_difference(found.optimizers, found.reported)} of "
        f"{found.reported.replace('_', ' ')}. The learning rates of one optimizer that do not "
        f"diverge span {metric_difference(found.rates, found.selected)} of "
        f"{found.selected.replace('_', ' ')} in the median."
    )


def _how(tables: StudyTables) -> Iterator[str]:
    for row in _rows(tables["seeds"]):
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


def _board(tables: StudyTables, problem: str) -> Table:
    table = _leaderboard(tables, problem)
    metric = str(table[0]["metric"])
    headers = (
        "rank",
        "optimizer",
        f"{metric_name(metric)}, {better_word(metric)}",
        "95 % interval",
        "seeds",
        "better than",
        "equivalent to",
        "undecided with",
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
        cells = (
            str(row["rank"]),
            row["optimizer"],
            metric_value(row["mean"], metric) + lost,
            interval,
            str(row["seeds"]),
            *(
                "-" if missing(row[column]) else str(row[column])
                for column in ("better_than", "equivalent_to", "undecided_with")
            ),
            number(row["learning_rate"]) + edge,
            robust.get(row["optimizer"], "-"),
            number(row["median_epochs_to_target"]),
        )
        rows.append(cells)
    return Table(headers, tuple(rows))


def _of_problem(tables: StudyTables, problem: str) -> Iterator[str]:
    table, pairs = _leaderboard(tables, problem), tables.pairs(problem, titled=True)
    metric_words = str(table[0]["metric"]).replace("_", " ")
    lost = finished_none(table)
    if len(lost) == len(table):
        yield (
            "No evaluated run finished: all diverged or ran out of time. There is no mean and no "
            "verdict."
        )
        return
    if lost:
        yield f"No evaluated run of {listed_names(lost)} finished."
    if pairs:
        yield verdicts_of(table[0]["optimizer"], pairs)
        for optimizer in (tables.optimizer_titles[name] for name in tables.named):
            if optimizer != table[0]["optimizer"]:
                yield verdicts_of(optimizer, pairs)
        yield f"In {metric_words}: {count_of_verdicts(pairs)}"
        folds = _shares_folds(tables, problem)
        for row in _rows(tables.of("resolution", problem=problem, track=tables.track)):
            yield from what_was_seen(row, folds=folds)
        other = on_other_data(pairs)
        if other:
            yield other
    if not _learned(table):
        yield (
            "No optimizer clearly beat the untrained model: nothing is said of speed, robustness "
            "and defaults."
        )
        return
    yield from _speed(tables, problem, table)
    yield from _distance(table)
    yield from _rates(tables, problem)
    yield from _budget(tables, problem)
    yield from _defaults(tables, problem)


def _shares_folds(tables: StudyTables, problem: str) -> bool:
    dataset = tables.config["problems"][problem].get("dataset")
    return dataset is not None and source_of(tables.config["datasets"][dataset]).has_folds


def _speed(tables: StudyTables, problem: str, table: Sequence[Row]) -> Iterator[str]:
    target = tables.config["problems"][problem].get("target")
    if not target:
        return
    arrived = [
        row for row in table if row["learned"] and not missing(row["median_epochs_to_target"])
    ]
    goal = f"{target['metric'].replace('_', ' ')} {target['value']:g}"
    if not arrived:
        yield f"Target {goal}: the median run of every optimizer misses it."
        return
    least = min(row["median_epochs_to_target"] for row in arrived)
    most = max(row["median_epochs_to_target"] for row in arrived)
    fastest = [r["optimizer"] for r in arrived if r["median_epochs_to_target"] == least]
    slowest = [r["optimizer"] for r in arrived if r["median_epochs_to_target"] == most]
    missed = [r["optimizer"] for r in table if missing(r["median_epochs_to_target"])]
    sentence = f"Target {goal}: first {listed_names(fastest)} after {_epochs(least)}"
    if most > least:
        sentence += f", last {listed_names(slowest)} after {most:g}"
    if missed:
        sentence += f"; the median run of {listed_names(missed)} misses it"
    yield sentence + "."
    by_steps, by_gradients = (
        _rows(tables.of(name, problem=problem, track=tables.track))
        for name in ("steps_to_target", "gradients_to_target")
    )
    told = {"steps": by_steps}
    if [row["verdict"] for row in by_gradients] != [row["verdict"] for row in by_steps]:
        told["gradient evaluations"] = by_gradients
    for what, pairs in told.items():
        if pairs:
            within = f"a factor of {pairs[0]['margin']:g}"
            yield f"In {what} to the target: {count_of_verdicts(pairs, within)}"


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
    learned = _learned(_leaderboard(tables, problem, "tuned"))
    rows = tables.titled("sensitivity", problem=problem).sort_values(
        ["robust_decades", "optimizer"], ascending=[False, True]
    )
    rows = rows[rows["optimizer"].isin(learned)]
    if len(rows) < 2:
        return
    wide, narrow = rows.iloc[0], rows.iloc[-1]
    yield (
        f"Most robust to the learning rate: {wide['optimizer']} ({_near_the_best(wide['metric'])} "
        f"over {wide['robust_decades']:.2f} decades"
        f"{' or more' if wide['robust_censored'] else ''}); "
        f"least robust: {narrow['optimizer']} ({narrow['robust_decades']:.2f} decades)."
    )
    lost = rows[rows["unfinished"] > 0]
    if len(lost):
        shares = (f"{r['optimizer']} {100 * r['divergence_rate']:.0f} %" for r in _rows(lost))
        yield f"Diverged somewhere on their grid: {listed_names(shares)} of the runs."


def _near_the_best(metric: str) -> str:
    """Return in words how far from the best a learning rate may be and still be robust."""
    if higher_is_better(metric):
        return f"within {100 * ACCURACY_TOLERANCE:g} points of its best"
    return f"within {100 * LOSS_TOLERANCE:g} % of its best"


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
        f"With a budget of one random candidate, {one['optimizer']} has the best expected "
        f"{str(metric).replace('_', ' ')} ({_with_unit(one['expected_best'], metric)}); with all "
        f"{most}, {last['optimizer']} ({_with_unit(last['expected_best'], metric)}). "
        f"{len(tables.of('crossings', problem=problem, track=tables.track))} pairs change their "
        "order in between."
    )


def _defaults(tables: StudyTables, problem: str) -> Iterator[str]:
    if tables.track == "default" or "default" not in tables.config["tracks"]:
        return
    gains = []
    default = {row["optimizer"]: row for row in _leaderboard(tables, problem, "default")}
    lost = [name for name, row in default.items() if row["unfinished"]]
    for row in _leaderboard(tables, problem):
        other = default[row["optimizer"]]
        if row["learned"] and not missing(row["mean"]) and not missing(other["mean"]):
            better, worse = row["mean"], other["mean"]
            if not higher_is_better(row["metric"]):
                better, worse = worse, better
            gains.append((better - worse, row["optimizer"], row["metric"]))
    if len(gains) > 1:
        most, least = max(gains), min(gains)
        sentence = (
            f"Tuning gains over the default learning rate: largest for {most[1]} "
            f"({metric_difference(most[0], most[2])}), smallest for {least[1]} "
            f"({metric_difference(least[0], least[2])})"
        )
        if lost:
            sentence += f". At the default, runs of {listed_names(sorted(lost))} diverge"
        yield sentence + "."


def _board_of_all(tables: StudyTables) -> Table:
    rows = tables.titled("across_problems", track=tables.track).sort_values(
        ["interquartile_mean", "optimizer"], ascending=[False, True]
    )
    return Table(
        ("optimizer", "interquartile mean", "95 % interval", "mean rank", "no other is better"),
        tuple(
            (
                str(row["optimizer"]),
                f"{row['interquartile_mean']:.4f}",
                f"{row['low']:.4f} to {row['high']:.4f}",
                f"{row['mean_rank']:.2f}",
                f"on {row['contender']} of {row['problems']}",
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
    not_adaptive = {tables.optimizer_titles.get(name) for name in _NOT_ADAPTIVE}
    plain = [
        row["optimizer"]
        for row in table
        if row["contender"] and row["learned"] and row["optimizer"] in not_adaptive
    ]
    adaptive = [row["optimizer"] for row in table if row["optimizer"] not in not_adaptive]
    if plain and adaptive:
        have = "has" if len(plain) == 1 else "have"
        yield (
            f"{tables.problem_titles[problem]}: no optimizer is better than {listed_names(plain)}, "
            f"which {have} one step size for all parameters."
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
        known = not missing(row["low"]) and not missing(other["mean"])
        if not row["learned"] or other["unfinished"] or not known:
            continue
        up = higher_is_better(row["metric"])
        if (other["mean"] >= row["low"]) if up else (other["mean"] <= row["high"]):
            as_good.append(row["optimizer"])
    if as_good:
        title = tables.problem_titles[problem]
        yield (
            f"{title}: the default learning rate does as well as a tuned one for "
            f"{listed_names(as_good)}: within the interval of the tuned result, or better."
        )


def _far_defaults(tables: StudyTables) -> Iterator[str]:
    if not {"tuned", "default"} <= set(tables.config["tracks"]):
        return
    table = tables.titled("leaderboard", track="tuned")
    learned = {(r["problem"], r["optimizer"]) for r in _rows(table) if r["learned"]}
    for optimizer in tables.optimizers:
        rows = tables.titled("sensitivity", optimizer=optimizer)
        off = [
            (abs(math.log10(row["best_learning_rate"] / row["default_learning_rate"])), row)
            for row in _rows(rows)
            if (row["problem"], row["optimizer"]) in learned
            and not missing(row["default_learning_rate"])
        ]
        far = [row for decades, row in off if decades >= 1]
        if far:
            best = listed_names(f"{row['best_learning_rate']:g} on {row['problem']}" for row in far)
            yield (
                f"{tables.optimizer_titles[optimizer]}: the default learning rate, "
                f"{far[0]['default_learning_rate']:g}, differs by a factor of ten or more from the "
                f"best: {best}."
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
