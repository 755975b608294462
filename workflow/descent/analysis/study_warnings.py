"""Warnings about a study: what limits the conclusions that its tables allow.

Each check returns rows of the table ``warnings``. Run as
``python -m descent.analysis.study_warnings results/<study>/study.json`` after the tables are
written, it prints them; ``strict: true`` in the config makes them errors. Runs that may not be
compared at all are refused, in :mod:`descent.analysis.results`.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from descent.analysis.results import Results
from descent.analysis.tables.columns import file_name
from descent.foundation.command_line import study_parser
from descent.foundation.source_digest import unfollowed
from descent.training.identity import read_shared
from descent.training.records import Record

#: ``check``, ``problem``, ``optimizer``, ``track`` (None where it concerns all), ``message``.
Warning_ = dict[str, str | None]
#: The rows of every other table, by its name.
Rows = Mapping[str, Sequence[Mapping[str, Any]]]

#: A choice that fewer samples of the tuning seeds than this make again is luck.
LEAST_SAME_CHOICE = 0.5
#: A loss may be computed this much, relatively, under a minimum that was computed otherwise.
MINIMUM_TOLERANCE = 1e-6
#: Grids whose widths differ by less than this many decades are equal but for rounding.
DECADES_TOLERANCE = 0.01


def check_results(results: Results, rows: Rows) -> list[Warning_]:
    """Return every warning that a study deserves.

    Parameters
    ----------
    results : Results
        What the study found.
    rows : mapping of str to sequence of mapping
        The rows of its other tables.

    Returns
    -------
    list of dict
        Rows of the table ``warnings``, check by check.
    """
    return [
        {"check": name, **warning}
        for name, check in CHECKS.items()
        for warning in check(results, rows)
    ]


def edge_of_grid(results: Results, _rows: Rows) -> Iterable[Warning_]:
    """Yield optimizers whose best learning rate is an end of the grid."""
    for (problem, optimizer, track), choice in results.choices.items():
        if choice["on_edge"]:
            rate = choice["hyperparameters"]["learning_rate"]
            grid = sorted(
                overrides["learning_rate"]
                for overrides in results.study.candidates(problem, optimizer, track).values()
            )
            end = "lower" if rate == grid[0] else "upper"
            yield _warning(
                f"{_subject(results, problem, optimizer)}: the best learning rate, {rate:g}, "
                f"is the {end} end of its grid {grid[0]:g} to {grid[-1]:g}; "
                "a better one may lie beyond it",
                problem,
                optimizer,
                track,
            )


def unequal_budgets(results: Results, _rows: Rows) -> Iterable[Warning_]:
    """Yield problems on which optimizers were tuned with unequal numbers or widths."""
    titles = results.study.optimizer_titles
    for problem, track in results.groups():
        budgets: dict[str, tuple[int, float]] = {}
        for optimizer in results.study.optimizers:
            candidates = results.study.candidates(problem, optimizer, track)
            rates = [c["learning_rate"] for c in candidates.values() if "learning_rate" in c]
            grid = track == "tuned" and rates
            width = math.log10(max(rates) / min(rates)) if grid else 0.0
            if candidates:
                budgets[optimizer] = (len(candidates), width)
        if not budgets:
            continue
        counts = [count for count, _ in budgets.values()]
        widths = [width for _, width in budgets.values()]
        if len(set(counts)) > 1:
            yield _warning(
                f"{_title(results, problem)}, {track}: "
                f"{_extremes({titles[o]: c for o, (c, _) in budgets.items()}, 'g')} "
                "candidates; the optimizer that was tuned more is favoured",
                problem,
                None,
                track,
            )
        if max(widths) - min(widths) > DECADES_TOLERANCE:
            yield _warning(
                f"{_title(results, problem)}, {track}: "
                f"{_extremes({titles[o]: w for o, (_, w) in budgets.items()}, '.2g')} "
                "decades of learning rates; the optimizers were not searched alike",
                problem,
                None,
                track,
            )


def _extremes(values: Mapping[str, float], spec: str) -> str:
    least, most = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    return f"{least} has {values[least]:{spec}}, {most} {values[most]:{spec}}"


def single_tuning_seed(results: Results, _rows: Rows) -> Iterable[Warning_]:
    """Yield that nothing is known of the luck of the tuning seeds."""
    if results.choices and len(results.study.tuning_seeds) < 2:
        yield _warning(
            "settings were chosen on a single tuning seed: the choice may be luck of that seed"
        )


def unstable_tuning(results: Results, rows: Rows) -> Iterable[Warning_]:
    """Yield choices that other tuning seeds would not have made, where that matters."""
    margins = {(row["problem"], row["track"]): row["margin"] for row in rows["resolution"]}
    for row in rows["tuning_stability"]:
        margin = margins.get((row["problem"], row["track"]), math.inf)
        if row["same_choice"] is None:
            continue
        if row["same_choice"] < LEAST_SAME_CHOICE and row["largest_cost"] > margin:
            yield _warning(
                f"{_subject(results, row['problem'], row['optimizer'])}, {row['track']}: only "
                f"{100 * row['same_choice']:.0f} % of bootstrap samples of the tuning seeds choose "
                f"{row['candidate']} again; another choice costs up to {row['largest_cost']:.3g} "
                f"of {row['metric']}",
                row["problem"],
                row["optimizer"],
                row["track"],
            )


def mostly_undecided(results: Results, rows: Rows) -> Iterable[Warning_]:
    """Yield problems of which the seeds decide less than half."""
    for row in rows["resolution"]:
        headline = row["track"] == results.study.track
        if headline and 2 * row["undecided"] > row["pairs"] and row["least_difference"] is not None:
            yield _warning(
                f"{_title(results, row['problem'])}, {row['track']}: {row['undecided']} of "
                f"{row['pairs']} pairs are undecided; {row['seeds']} seeds show differences of "
                f"{row['metric']} from {row['least_difference']:.3g} up, the margin is "
                f"{row['margin']:.3g}",
                row["problem"],
                None,
                row["track"],
            )


def corpus_too_small(results: Results, rows: Rows) -> Iterable[Warning_]:
    """Yield problems with pairs that no number of seeds on the same folds is likely to decide."""
    counts = Counter(
        (row["problem"], row["track"]) for row in rows["comparisons"] if row["corpus_too_small"]
    )
    for (problem, track), count in counts.items():
        yield _warning(
            f"{_title(results, problem)}, {track}: the corpus is too small to decide {count} "
            "pairs; more seeds test on the same documents",
            problem,
            None,
            track,
        )


def unfinished_runs(results: Results, rows: Rows) -> Iterable[Warning_]:
    """Yield optimizers of which an evaluated run diverged or ran out of time."""
    for row in rows["leaderboard"]:
        if row["unfinished"]:
            mean = math.nan if row["mean"] is None else row["mean"]
            yield _warning(
                f"{_subject(results, row['problem'], row['optimizer'])}, {row['track']}: "
                f"{row['unfinished']} of {row['seeds']} evaluated runs diverged or ran out of "
                "time; "
                + ("there is no mean" if math.isnan(mean) else "the mean is over the others"),
                row["problem"],
                row["optimizer"],
                row["track"],
            )


def identical_seeds(results: Results, rows: Rows) -> Iterable[Warning_]:
    """Yield problems on which every seed gives the same result."""
    for problem, track in results.groups():
        board = [r for r in rows["leaderboard"] if (r["problem"], r["track"]) == (problem, track)]
        spreads = [row["sd"] for row in board if row["sd"] is not None]
        if spreads and not any(spreads):
            yield _warning(
                f"{_title(results, problem)}, {track}: every seed gives the same result; seeds "
                "are no repetitions of a problem without chance, and its verdicts compare single "
                "outcomes",
                problem,
                None,
                track,
            )


def missed_target(results: Results, rows: Rows) -> Iterable[Warning_]:
    """Yield problems whose target most runs miss; what a default misses is a result."""
    tracks = results.study.tracks
    for problem, track in results.groups():
        if track == "default" and len(tracks) > 1:
            continue
        target = results.study.problems[problem].get("target")
        board = [r for r in rows["leaderboard"] if (r["problem"], r["track"]) == (problem, track)]
        runs = sum(r["seeds"] for r in board)
        if target and 2 * sum(r["target_reached"] for r in board) < runs:
            missed = runs - sum(r["target_reached"] for r in board)
            yield _warning(
                f"{_title(results, problem)}, {track}: {missed} of {runs} runs miss the target "
                f"{target['metric']} {target['value']:g}; steps to target say little",
                problem,
                None,
                track,
            )


def repeated_batch_order(results: Results, _rows: Rows) -> Iterable[Warning_]:
    """Yield problems whose mini-batches come in the same order in two epochs of a run."""
    for problem in results.study.problems:
        for record in results.of_problem(problem):
            if record.steps_per_epoch > 1 and _repeats(record):
                yield _warning(
                    f"{_subject(results, problem, record.optimizer)}: the mini-batches come in the "
                    f"same order in two epochs of seed {record.seed}; the noise of one order "
                    "is not averaged out",
                    problem,
                )
                break


def _repeats(record: Record) -> bool:
    orders = record.batch_order
    return len(set(orders)) < len(orders)


def remarks_of_rules(results: Results, _rows: Rows) -> Iterable[Warning_]:
    """Yield what rules say of how they ran, such as that a model has no hidden matrix."""
    for problem, track in results.groups():
        for optimizer in results.study.optimizers:
            records = results.evaluated(problem, optimizer, track)
            for remark in dict.fromkeys(r for record in records for r in record.remarks):
                subject = _subject(results, problem, optimizer)
                yield _warning(f"{subject}, {track}: {remark}", problem, optimizer, track)


def below_minimum(results: Results, _rows: Rows) -> Iterable[Warning_]:
    """Yield optimizers with a training loss under the known minimum."""
    for problem in results.study.problems:
        lowest: dict[str, tuple[float, float]] = {}
        for record in results.of_problem(problem):
            if record.optimum is None or not record.curve.get("train_loss"):
                continue
            loss = min(v for v in record.curve["train_loss"] if v is not None)
            slack = MINIMUM_TOLERANCE * abs(record.optimum) + 1e-12
            if loss < record.optimum - slack:
                known = lowest.setdefault(record.optimizer, (loss, record.optimum))
                lowest[record.optimizer] = min(known, (loss, record.optimum))
        for optimizer, (loss, optimum) in lowest.items():
            yield _warning(
                f"{_subject(results, problem, optimizer)}: a training loss of {loss:.9g} "
                f"is under the known minimum {optimum:.9g}; the problem or its optimum is not what "
                "it is said to be",
                problem,
                optimizer,
            )


def _title(results: Results, problem: str) -> str:
    return results.study.problem_titles[problem]


def _subject(results: Results, problem: str, optimizer: str) -> str:
    return f"{results.study.optimizer_titles[optimizer]} on {_title(results, problem)}"


def remarks_on_data(results: Results, _rows: Rows) -> Iterable[Warning_]:
    """Yield what was found when a dataset was prepared."""
    study = results.study
    for problem, entry in study.problems.items():
        parts = dict.fromkeys(study.part(problem, seed) for seed in study.evaluation_seeds)
        for manifest in (study.dataset_manifest(problem, part) for part in parts):
            if manifest is not None and manifest.is_file():
                for remark in read_shared(manifest)["about"].get("remarks", []):
                    yield _warning(f"{entry['dataset']}, {manifest.parent.name}: {remark}", problem)


def unfollowed_code(results: Results, _rows: Rows) -> Iterable[Warning_]:
    """Yield places in plug-ins that load code which no digest covers."""
    yield from map(_warning, unfollowed(results.study.plug_ins()))


def _warning(
    message: str,
    problem: str | None = None,
    optimizer: str | None = None,
    track: str | None = None,
) -> Warning_:
    return {"problem": problem, "optimizer": optimizer, "track": track, "message": message}


#: Every check, in the order of the table.
CHECKS: dict[str, Callable[[Results, Rows], Iterable[Warning_]]] = {
    "edge_of_grid": edge_of_grid,
    "unequal_budgets": unequal_budgets,
    "single_tuning_seed": single_tuning_seed,
    "unstable_tuning": unstable_tuning,
    "mostly_undecided": mostly_undecided,
    "corpus_too_small": corpus_too_small,
    "unfinished_runs": unfinished_runs,
    "identical_seeds": identical_seeds,
    "missed_target": missed_target,
    "remarks_of_rules": remarks_of_rules,
    "repeated_batch_order": repeated_batch_order,
    "below_minimum": below_minimum,
    "remarks_on_data": remarks_on_data,
    "unfollowed_code": unfollowed_code,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the warnings of a study; exit code 1 if there are any and the study is strict."""
    parser = study_parser("descent.analysis.study_warnings", __doc__)
    path: Path = parser.parse_args(arguments).study
    strict = bool(json.loads(path.read_text(encoding="utf-8")).get("strict"))
    with (path.parent / file_name("warnings")).open(encoding="utf-8", newline="") as file:
        messages = [row["message"] for row in csv.DictReader(file)]
    for message in messages:
        print(f"{'error' if strict else 'warning'}: {message}", file=sys.stderr)
    if strict and messages:
        print(
            f"{len(messages)} warnings are errors in a strict study; its tables are written",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
