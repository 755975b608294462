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
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from descent.analysis.results import Results
from descent.analysis.rivals import scores
from descent.analysis.tables.columns import file_name
from descent.analysis.tables.formatting import metric_words
from descent.analysis.tables.values import Row
from descent.foundation.command_line import study_parser
from descent.foundation.command_template import COMMAND, placeholders
from descent.foundation.source_digest import unfollowed
from descent.foundation.wording import metric_difference
from descent.training.identity import read_shared
from descent.verdicts.simultaneous import LEAST_SEEDS_TO_FLIP

#: The rows of every other table, by its name.
Rows = Mapping[str, Sequence[Row]]
#: A check yields rows of the table ``warnings`` but for its own name.
Check = Callable[[Results, Rows], Iterable[Row]]

#: A loss may be computed this much, relatively, under a minimum that was computed otherwise.
MINIMUM_TOLERANCE = 1e-6
#: Values that differ by less than this, relatively, are equal but for the rounding of their mean.
ROUNDING = 1e-12
#: The median distance of a normal value from the middle, in standard deviations.
NORMAL_MEDIAN = 0.6745
#: A seed further than this many robust standard deviations from the median is an outlier.
MOST_DEVIATIONS = 6.0
#: Grids whose widths differ by less than this many decades are equal but for rounding.
DECADES_TOLERANCE = 0.01


def check_results(results: Results, rows: Rows) -> list[Row]:
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


def _warning(
    results: Results,
    text: str,
    problem: str | None = None,
    optimizer: str | None = None,
    track: str | None = None,
) -> Row:
    """Return a warning whose message names what it is about: ``Adam on MNIST, tuned: ...``."""
    subject = results.study.problem_titles[problem] if problem else ""
    if optimizer:
        subject = f"{results.study.optimizer_titles[optimizer]} on {subject}"
    if track:
        subject += f", {track}"
    message = f"{subject}: {text}" if subject else text
    return {"problem": problem, "optimizer": optimizer, "track": track, "message": message}


def edge_of_grid(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield optimizers whose best learning rate is an end of the grid."""
    for (problem, optimizer, track), choice in results.choices.items():
        if choice["on_edge"]:
            rate = choice["finalists"][0]["hyperparameters"]["learning_rate"]
            candidates = results.study.candidates(problem, optimizer, track)
            grid = sorted(settings["learning_rate"] for settings in candidates.values())
            text = (
                f"the best learning rate, {rate:g}, is the "
                f"{'lower' if rate == grid[0] else 'upper'} end of its grid {grid[0]:g} to "
                f"{grid[-1]:g}; a better one may lie beyond it"
            )
            yield _warning(results, text, problem, optimizer) | {"track": track}


def unequal_budgets(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield problems on which optimizers were tuned with unequal numbers or widths."""
    for problem, track in results.groups():
        counts: dict[str, int] = {}
        widths: dict[str, float] = {}
        for optimizer, title in results.study.optimizer_titles.items():
            # that a grid grows where its best rate is at an end is one rule for all
            candidates = results.study.candidates(problem, optimizer, track, grid_looks=0).values()
            rates = [c["learning_rate"] for c in candidates if "learning_rate" in c]
            if candidates:
                counts[title] = len(candidates)
                grid = track == "tuned" and rates
                widths[title] = math.log10(max(rates) / min(rates)) if grid else 0.0
        if len(set(counts.values())) > 1:
            text = "candidates; the optimizer that was tuned more is favoured"
            yield _warning(results, f"{_extremes(counts, 'g')} {text}", problem, track=track)
        if widths and max(widths.values()) - min(widths.values()) > DECADES_TOLERANCE:
            text = "decades of learning rates; the optimizers were not searched alike"
            yield _warning(results, f"{_extremes(widths, '.2g')} {text}", problem, track=track)


def _extremes(values: Mapping[str, float], spec: str) -> str:
    least, most = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    return f"{least} has {values[least]:{spec}}, {most} {values[most]:{spec}}"


def mostly_undecided(results: Results, rows: Rows) -> Iterable[Row]:
    """Yield problems on which the seeds decide less than half of the pairs."""
    for row in rows["resolution"]:
        headline = row["track"] == results.study.track
        if headline and 2 * row["undecided"] > row["pairs"] and row["least_difference"] is not None:
            least, margin = (
                metric_difference(row[of], row["metric"]) for of in ("least_difference", "margin")
            )
            text = (
                f"{row['undecided']} of {row['pairs']} pairs are undecided; {row['seeds']} seeds "
                f"show differences of {metric_words(row['metric'])} from {least} up, the margin "
                f"is {margin}"
            )
            yield _warning(results, text, row["problem"], track=row["track"])


def unfinished_runs(results: Results, rows: Rows) -> Iterable[Row]:
    """Yield optimizers with an evaluation run that diverged or ran out of time."""
    for row in rows["leaderboard"]:
        if row["unfinished"]:
            text = (
                f"{row['unfinished']} of {row['seeds']} evaluated runs diverged or ran out of "
                "time; such a run counts as the untrained model"
            )
            yield _warning(results, text, row["problem"], row["optimizer"], row["track"])


def outlying_seeds(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield optimizers with a seed so far from the others that no error rate is promised."""
    for problem, track in results.groups():
        for optimizer, values in scores(results, problem, track).items():
            finished = np.array([value for value in values if math.isfinite(value)])
            if len(finished) < LEAST_SEEDS_TO_FLIP:
                continue
            distances = np.abs(finished - np.median(finished))
            furthest = float(distances.max() / (np.median(distances) / NORMAL_MEDIAN or math.inf))
            if furthest > MOST_DEVIATIONS:
                text = (
                    f"a seed is {furthest:.0f} robust standard deviations from the median; the "
                    "error rate of the verdicts is promised for noise without such seeds"
                )
                yield _warning(results, text, problem, optimizer, track)


def identical_seeds(results: Results, rows: Rows) -> Iterable[Row]:
    """Yield problems on which every seed gives the same result."""
    for problem, track, board in _leaderboards(results, rows):
        known = [row for row in board if row["sd"] is not None]
        if known and all(row["sd"] <= ROUNDING * abs(row["mean"]) for row in known):
            text = (
                "every seed gives the same result; seeds are no repetitions of a problem without "
                "chance, and its verdicts compare single outcomes"
            )
            yield _warning(results, text, problem, track=track)


def missed_target(results: Results, rows: Rows) -> Iterable[Row]:
    """Yield problems whose target most runs miss; what a default misses is a result."""
    for problem, track, board in _leaderboards(results, rows):
        target = results.study.problems[problem].get("target")
        if not target or (track == "default" and len(results.study.tracks) > 1):
            continue
        runs = sum(row["seeds"] for row in board)
        missed = runs - sum(row["target_reached"] for row in board)
        if 2 * missed > runs:
            text = (
                f"{missed} of {runs} runs miss the target {metric_words(target['metric'])} "
                f"{target['value']:g}; steps to target say little"
            )
            yield _warning(results, text, problem, track=track)


def _leaderboards(results: Results, rows: Rows) -> Iterable[tuple[str, str, list[Row]]]:
    for problem, track in results.groups():
        of_both = {"problem": problem, "track": track}.items()
        yield problem, track, [row for row in rows["leaderboard"] if of_both <= row.items()]


def repeated_batch_order(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield problems whose mini-batches come in the same order in two epochs of a run."""
    for problem in results.study.problems:
        for record in results.of_problem(problem):
            repeats = len(set(record.batch_order)) < len(record.batch_order)
            if record.steps_per_epoch > 1 and repeats:
                text = (
                    f"the mini-batches come in the same order in two epochs of seed {record.seed}; "
                    "the noise of one order is not averaged out"
                )
                yield _warning(results, text, problem, record.optimizer) | {"optimizer": None}
                break


def remarks_of_rules(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield remarks of rules on their runs, such as that a model has no hidden matrix."""
    tracks: dict[tuple[str, str, str], list[str]] = {}
    for problem, track in results.groups():
        for optimizer in results.study.optimizers:
            records = results.evaluated(problem, optimizer, track)
            for remark in dict.fromkeys(r for record in records for r in record.remarks):
                tracks.setdefault((problem, optimizer, remark), []).append(track)
    for (problem, optimizer, remark), found in tracks.items():
        one = found[0] if len(found) == 1 else None
        yield _warning(results, remark, problem, optimizer, one)


def below_minimum(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield optimizers with a training loss under the known minimum."""
    for problem in results.study.problems:
        lowest: dict[str, tuple[float, float]] = {}
        for record in results.of_problem(problem):
            losses = [v for v in record.curve.get("train_loss", []) if v is not None]
            if record.optimum is None or not losses:
                continue
            slack = MINIMUM_TOLERANCE * abs(record.optimum) + 1e-12
            found = min(losses), record.optimum
            if found[0] < record.optimum - slack:
                lowest[record.optimizer] = min(found, lowest.get(record.optimizer, found))
        for optimizer, (loss, optimum) in lowest.items():
            text = (
                f"a training loss of {loss:.9g} is under the known minimum {optimum:.9g}; the "
                "problem or its optimum is not what it is said to be"
            )
            yield _warning(results, text, problem, optimizer)


def remarks_on_data(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield what was found when a dataset was prepared."""
    study = results.study
    for problem, entry in study.problems.items():
        parts = dict.fromkeys(study.part(problem, seed) for seed in study.evaluation_seeds)
        for manifest in (study.dataset_manifest(problem, part) for part in parts):
            if manifest is not None and manifest.is_file():
                for remark in read_shared(manifest)["about"].get("remarks", []):
                    message = f"{entry['dataset']}, {manifest.parent.name}: {remark}"
                    yield _warning(results, message) | {"problem": problem}


def unfollowed_code(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield places in plug-ins that load code which no digest covers."""
    for place in unfollowed(results.study.plug_ins()):
        yield _warning(results, place)


def without_effect(results: Results, _rows: Rows) -> Iterable[Row]:
    """Yield hyper-parameters of optimizers that a command has no placeholder for."""
    for problem, entry in results.study.problems.items():
        if entry["use"] == COMMAND:
            known = {"use", "optimizer", "learning_rate", "schedule", *placeholders(entry["run"])}
            for optimizer in results.study.optimizers:
                for key in results.study.optimizer_entry(optimizer):
                    if key in known:
                        continue
                    text = f"{key} has no effect: the command has no {{{key}}}"
                    yield _warning(results, text, problem, optimizer)


#: Every check by its name, those first that could change the answer most.
CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        below_minimum,
        unfinished_runs,
        edge_of_grid,
        unequal_budgets,
        outlying_seeds,
        identical_seeds,
        repeated_batch_order,
        remarks_of_rules,
        without_effect,
        mostly_undecided,
        missed_target,
        remarks_on_data,
        unfollowed_code,
    )
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
