"""Tidy tables of a study, the same bytes on every run.

Run as ``python -m descent.analysis.tables results/<study>/study.json``. What each column means is
in :mod:`descent.analysis.columns`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from descent.analysis import inference, measures, typeset
from descent.analysis.columns import TABLES, file_name
from descent.analysis.lint import check_results
from descent.analysis.measures import higher_is_better
from descent.analysis.results import Results, load_results, track_of
from descent.records import Record, write_atomically
from descent.seeding import generator
from descent.study import Run, load_study

Row = dict[str, Any]
#: What a row of ``runs`` takes from the record as it is.
_COPIED = (
    "epochs",
    "steps",
    "steps_per_epoch",
    "parameters",
    "state_bytes_per_parameter",
    "headline",
    "optimum",
    "fingerprint",
    "initial_parameters",
    "identity",
)
#: A critical-difference diagram over fewer problems claims more than it knows.
LEAST_PROBLEMS_FOR_CRITICAL_DIFFERENCE = 10


def build(results: Results) -> dict[str, pd.DataFrame]:
    """Return all deterministic tables of a study.

    Parameters
    ----------
    results : Results
        What the study found.

    Returns
    -------
    dict of str to DataFrame
        Every table of :data:`~descent.analysis.columns.TABLES` but ``cost``, with its columns.
    """
    comparisons, ties = _comparisons(results)
    leaderboard = _leaderboard(results, ties)
    budget = _tuning_budget(results)
    rows: dict[str, list[Row]] = {
        "seeds": _seeds(results),
        "runs": [_run_row(results, run, record) for run, record in results.records.items()],
        "curves": [row for run, record in results.records.items() for row in _curve(run, record)],
        "learning_curves": list(_learning_curves(results)),
        "tuned": _tuned(results),
        "leaderboard": leaderboard,
        "comparisons": comparisons,
        "learning_rates": _learning_rates(results),
        "sensitivity": _sensitivity(results),
        "tuning_budget": budget,
        "crossings": _crossings(budget),
        "across_problems": _across_problems(results, leaderboard),
        "profiles": _profiles(results),
        "critical_difference": _critical_difference(results),
        "warnings": check_results(results, leaderboard),
    }
    return {name: frame(name, of_table) for name, of_table in rows.items()}


def frame(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Return rows as the named table, with its columns in their order."""
    columns = [column.name for column in TABLES[name].columns]
    table = pd.DataFrame(list(rows), columns=columns)
    # a column of None alone would have no type that Parquet can keep
    empty = [c for c in columns if table[c].dtype == object and table[c].isna().all()]
    return table.astype(dict.fromkeys(empty, "float64"))


def write(tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write tables below a study's folder.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By name.
    folder : Path
        ``results/<study>``.

    Returns
    -------
    list of Path
        The files.
    """
    written = []
    for name, table in tables.items():
        path = folder / file_name(name)
        if path.suffix == ".parquet":
            content: bytes = table.to_parquet(index=False, compression="zstd")
        else:
            content = table.to_csv(index=False, float_format="%.10g", lineterminator="\n").encode()
        files = {path: content}
        if TABLES[name].typeset:
            files[path.with_suffix(".tex")] = typeset.latex(name, table).encode()
            files[path.with_suffix(".md")] = typeset.markdown(name, table).encode()
        for file, data in files.items():
            write_atomically(file, data)
        written += list(files)
    return written


def scores(results: Results, problem: str, track: str) -> dict[str, list[float]]:
    """Return the reported metric by optimizer and evaluation seed, turned so that higher is better.

    Parameters
    ----------
    results : Results
        What the study found.
    problem, track : str
        Which comparison.

    Returns
    -------
    dict of str to list of float
        ``-inf`` for a run that did not finish.
    """
    metric = results.reported_metric(problem)
    sign = 1.0 if higher_is_better(metric) else -1.0
    table = {}
    for optimizer in results.study.optimizers:
        values = [measures.final(r, metric) for r in results.evaluated(problem, optimizer, track)]
        table[optimizer] = [-math.inf if v is None else sign * v for v in values]
    return table


def _mean(values: Iterable[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return math.fsum(present) / len(present) if present else None


def _seeds(results: Results) -> list[Row]:
    study = results.study
    tuned = " and ".join(f"`{track}`" for track in study.tracks if track != "default")
    purpose = {
        "tuning": f"choosing the settings of {tuned}, by the validation metric; never reported"
        if tuned
        else "nothing: no track of this study is tuned",
        "evaluation": "all reported metrics, intervals and tests; they chose nothing",
    }
    seeds = {"tuning": study.tuning_seeds, "evaluation": study.evaluation_seeds}
    return [
        {"stage": stage, "seeds": _joined(seeds[stage]), "used_for": text}
        for stage, text in purpose.items()
    ]


def _joined(values: Iterable[object]) -> str:
    return " ".join(map(str, values))


def _run_row(results: Results, run: Run, record: Record) -> Row:
    row: Row = {
        "problem": run.problem,
        "optimizer": run.optimizer,
        "stage": "evaluation" if run.candidate in results.study.tracks else "tuning",
        "track": track_of(run),
        "candidate": run.candidate,
        "seed": run.seed,
        "learning_rate": _learning_rate(record),
        "hyperparameters": json.dumps(record.hyperparameters, sort_keys=True),
        "status": str(record.status),
    }
    row |= {name: getattr(record, name) for name in _COPIED}
    for split in measures.SPLITS:
        for kind, metric in (("loss", "loss"), ("metric", record.headline)):
            row[f"final_{split}_{kind}"] = measures.final(record, f"{split}_{metric}")
            best = measures.best(record, f"{split}_{metric}")
            row[f"best_{split}_{kind}"] = best and best[0]
    best = measures.best(record, f"validation_{record.headline}")
    row["best_validation_epoch"] = best and best[1]
    row["area_log_loss"] = measures.area_log_loss(record)
    row["distance"] = measures.distance_to_optimum(record)
    target = results.study.problems[run.problem].get("target")
    if target:
        met = measures.time_to_target(record, target)
        row |= {
            "target_metric": target["metric"],
            "target_value": float(target["value"]),
            "target_reached": met.reached,
            "steps_to_target": met.steps,
            "epochs_to_target": met.epochs,
        }
    return row


def _learning_rate(record: Record) -> float | None:
    value = record.hyperparameters.get("learning_rate")
    return None if value is None else float(value)


def _curve(run: Run, record: Record) -> Iterable[Row]:
    columns = record.curve
    for i in range(len(columns.get("step", []))):
        row: Row = {**run._asdict(), "step": columns["step"][i], "epoch": columns["epoch"][i]}
        row["mini_batch_loss"] = columns["mini_batch_loss"][i]
        for split in measures.SPLITS:
            for kind, metric in (("loss", "loss"), ("metric", record.headline)):
                values = columns.get(f"{split}_{metric}")
                row[f"{split}_{kind}"] = values[i] if values else None
        loss = row["train_loss"]
        known = loss is not None and record.optimum is not None
        row["distance"] = loss - record.optimum if known else None
        yield row


def _learning_curves(results: Results) -> Iterable[Row]:
    for problem, track in results.groups():
        optimum_known = all(r.optimum is not None for r in results.of_problem(problem))
        for optimizer in results.study.optimizers:
            records = results.evaluated(problem, optimizer, track)
            values: dict[float, list[float]] = defaultdict(list)
            for record in records:
                floor = (record.optimum or 0.0) if optimum_known else 0.0
                epochs, losses = record.curve.get("epoch", []), record.curve.get("train_loss", [])
                for epoch, loss in zip(epochs, losses, strict=True):
                    if epoch is not None and loss is not None:
                        values[epoch].append(loss - floor)
            for epoch in sorted(values):
                middle = inference.level_interval(values[epoch])
                yield {
                    "problem": problem,
                    "track": track,
                    "optimizer": optimizer,
                    "epoch": epoch,
                    "quantity": "distance" if optimum_known else "train_loss",
                    "mean": middle.estimate,
                    "low": middle.low,
                    "high": middle.high,
                    "runs": len(values[epoch]),
                    "seeds": len(records),
                }


def _tuned(results: Results) -> list[Row]:
    rows = []
    for (problem, optimizer, track), choice in results.choices.items():
        rates = [
            overrides["learning_rate"]
            for overrides in results.study.candidates(problem, optimizer, track).values()
            if "learning_rate" in overrides
        ]
        chosen = choice["candidates"][choice["candidate"]]
        rows.append(
            {
                "problem": problem,
                "track": track,
                "optimizer": optimizer,
                "candidate": choice["candidate"],
                "learning_rate": choice["hyperparameters"].get("learning_rate"),
                "hyperparameters": json.dumps(choice["hyperparameters"], sort_keys=True),
                "metric": choice["metric"],
                "mean": chosen["mean"],
                "candidates": len(choice["candidates"]),
                "decades": math.log10(max(rates) / min(rates)) if track == "tuned" else None,
                "on_edge": choice["on_edge"],
                "unfinished_candidates": sum(
                    c["diverged"] > 0 for c in choice["candidates"].values()
                ),
                "tuning_seeds": _joined(choice["seeds"]),
            }
        )
    return rows


def _comparisons(
    results: Results,
) -> tuple[list[Row], dict[tuple[str, str], list[list[str]]]]:
    rows: list[Row] = []
    ties = {}
    for problem, track in results.groups():
        rng = generator(f"{problem}/{track}", 0, "analysis")
        table = scores(results, problem, track)
        ties[problem, track] = inference.tie_groups(table, rng)
        best, p_values = inference.compare_with_best(table, rng)
        adjusted = inference.holm(list(p_values.values()))
        for (optimizer, p), p_holm in zip(p_values.items(), adjusted, strict=True):
            d = inference.paired_differences(table[best], table[optimizer])
            finite = bool(np.isfinite([table[best], table[optimizer]]).all())
            mean = inference.mean_interval(d, rng) if finite else None
            wins = inference.probability_of_beating(d)
            seeds = (
                inference.seeds_to_separate(d, inference.ALPHA / len(p_values))
                if finite and len(d) > 1
                else None
            )
            rows.append(
                {
                    "problem": problem,
                    "track": track,
                    "best": best,
                    "optimizer": optimizer,
                    "metric": results.reported_metric(problem),
                    "seeds": len(d),
                    "difference": mean and mean.estimate,
                    "low": mean and mean.low,
                    "high": mean and mean.high,
                    "p_value": p,
                    "p_holm": p_holm,
                    "tie": bool(p_holm > inference.ALPHA),
                    "probability": wins.estimate,
                    "probability_low": wins.low,
                    "probability_high": wins.high,
                    "seeds_to_separate": seeds,
                    "more_seeds": None if seeds is None else max(0, seeds - len(d)),
                }
            )
    return rows, ties


def _leaderboard(results: Results, ties: Mapping[tuple[str, str], list[list[str]]]) -> list[Row]:
    rows = []
    for problem, track in results.groups():
        metric = results.reported_metric(problem)
        table = scores(results, problem, track)
        group = {name: i for i, names in enumerate(ties[problem, track], 1) for name in names}
        for rank, optimizer in enumerate(inference.rank(table), 1):
            records = results.evaluated(problem, optimizer, track)
            choice = results.choices.get((problem, optimizer, track))
            values = [v for r in records if (v := measures.final(r, metric)) is not None]
            rng = generator(f"{problem}/{track}/{optimizer}", 0, "analysis")
            mean = inference.mean_interval(values, rng) if values else None
            rows.append(
                {
                    "problem": problem,
                    "track": track,
                    "rank": rank,
                    "tie_group": group[optimizer],
                    "optimizer": optimizer,
                    "metric": metric,
                    "mean": mean and mean.estimate,
                    "low": mean and mean.low,
                    "high": mean and mean.high,
                    "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                    "seeds": len(records),
                    "unfinished": len(records) - len(values),
                    "learning_rate": _learning_rate(records[0]),
                    "on_edge": bool(choice and choice["on_edge"]),
                    **_leaderboard_means(records),
                    **_leaderboard_target(records, results.study.problems[problem].get("target")),
                }
            )
    return rows


def _leaderboard_means(records: Sequence[Record]) -> Row:
    headline = records[0].headline
    return {
        "train_loss": _mean(measures.final(r, "train_loss") for r in records),
        "validation_metric": _mean(measures.final(r, f"validation_{headline}") for r in records),
        "area_log_loss": _mean(map(measures.area_log_loss, records)),
        "distance": _mean(map(measures.distance_to_optimum, records)),
    }


def _leaderboard_target(records: Sequence[Record], target: Mapping[str, Any] | None) -> Row:
    if not target:
        return {}
    times = [measures.time_to_target(r, target) for r in records]
    median = float(np.median([t.steps if t.reached else math.inf for t in times]))
    found = math.isfinite(median)
    return {
        "target_reached": sum(t.reached for t in times),
        "median_steps_to_target": median if found else None,
        "median_epochs_to_target": median / records[0].steps_per_epoch if found else None,
    }


def _grid(
    results: Results, problem: str, optimizer: str, metric: str
) -> list[tuple[float, str, list[Record], list[float]]]:
    """Return learning rate, candidate, runs and finished values, by increasing learning rate."""
    grid = [
        (
            overrides["learning_rate"],
            candidate,
            records,
            [v for r in records if (v := measures.final(r, metric)) is not None],
        )
        for candidate, (overrides, records) in results.tuning(problem, optimizer, "tuned").items()
    ]
    return sorted(grid, key=lambda point: point[0])


def _learning_rates(results: Results) -> list[Row]:
    rows = []
    for (problem, optimizer, track), choice in results.choices.items():
        if track != "tuned":
            continue
        metric = results.selection_metric(problem)
        for rate, candidate, records, values in _grid(results, problem, optimizer, metric):
            rows.append(
                {
                    "problem": problem,
                    "optimizer": optimizer,
                    "candidate": candidate,
                    "learning_rate": rate,
                    "metric": metric,
                    "mean": _mean(values),
                    "least": min(values, default=None),
                    "greatest": max(values, default=None),
                    "runs": len(records),
                    "unfinished": len(records) - len(values),
                    "chosen": candidate == choice["candidate"],
                }
            )
    return rows


def _sensitivity(results: Results) -> list[Row]:
    rows: list[Row] = []
    for problem in results.study.problems:
        metric = results.selection_metric(problem)
        better = max if higher_is_better(metric) else min
        worse = min if higher_is_better(metric) else max
        grids: dict[str, list[tuple[float, float | None, int, int]]] = {}
        for name, optimizer, track in results.choices:
            if (name, track) == (problem, "tuned"):
                grids[optimizer] = [
                    (
                        rate,
                        _mean(values) if len(values) == len(records) else None,
                        len(records),
                        len(records) - len(values),
                    )
                    for rate, _, records, values in _grid(results, problem, optimizer, metric)
                ]
        every = [mean for grid in grids.values() for _, mean, _, _ in grid if mean is not None]
        for optimizer, grid in grids.items():
            rates, means = [p[0] for p in grid], [p[1] for p in grid]
            finite = [m for m in means if m is not None]
            own = measures.robust_range(rates, means, metric)
            competitive = measures.robust_range(rates, means, metric, better(every, default=None))
            runs, unfinished = sum(p[2] for p in grid), sum(p[3] for p in grid)
            choice = results.choices[problem, optimizer, "tuned"]
            default = (
                _learning_rate(results.evaluated(problem, optimizer, "default")[0])
                if "default" in results.study.tracks
                else None
            )
            rows.append(
                {
                    "problem": problem,
                    "optimizer": optimizer,
                    "metric": metric,
                    "best_learning_rate": choice["hyperparameters"]["learning_rate"],
                    "best": better(finite, default=None),
                    "worst": worse(finite, default=None),
                    "robust_decades": own.decades if own else 0.0,
                    "robust_low": own and own.low,
                    "robust_high": own and own.high,
                    "robust_censored": bool(own and own.censored),
                    "competitive_decades": competitive.decades if competitive else 0.0,
                    "default_learning_rate": default,
                    "runs": runs,
                    "unfinished": unfinished,
                    "divergence_rate": unfinished / runs,
                }
            )
    return rows


def _tuning_budget(results: Results) -> list[Row]:
    rows = []
    for problem, track in results.groups():
        metric = results.selection_metric(problem)
        untrained = _mean(measures.initial(r, metric) for r in results.of_problem(problem))
        expected: dict[str, list[float]] = {}
        none_finishes: dict[str, list[float]] = {}
        for optimizer in results.study.optimizers:
            choice = results.choices.get((problem, optimizer, track))
            if choice is None or untrained is None:
                continue
            trials = choice["candidates"].values()
            values = [untrained if t["diverged"] else t["mean"] for t in trials]
            failed = sum(t["diverged"] > 0 for t in trials)
            expected[optimizer] = measures.expected_best(values, metric)
            none_finishes[optimizer] = measures.probability_none_finishes(failed, len(values))
        sign = -1.0 if higher_is_better(metric) else 1.0
        for k in range(max(map(len, expected.values()), default=0)):
            present = [name for name, values in expected.items() if k < len(values)]
            ranks = stats.rankdata([sign * expected[name][k] for name in present])
            for optimizer, rank in zip(present, ranks, strict=True):
                rows.append(
                    {
                        "problem": problem,
                        "track": track,
                        "optimizer": optimizer,
                        "metric": metric,
                        "trials": k + 1,
                        "expected_best": expected[optimizer][k],
                        "rank": float(rank),
                        "probability_none_finishes": none_finishes[optimizer][k],
                    }
                )
    return rows


def _crossings(budget: Sequence[Row]) -> list[Row]:
    by_trials: dict[tuple[str, str], dict[int, dict[str, float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in budget:
        by_trials[row["problem"], row["track"]][row["trials"]][row["optimizer"]] = row["rank"]
    rows = []
    for (problem, track), ranks in by_trials.items():
        ahead: dict[tuple[str, str], bool] = {}
        for trials in sorted(ranks):
            of_now = ranks[trials]
            for a in of_now:
                for b in of_now:
                    if of_now[a] < of_now[b]:
                        if ahead.get((a, b)) is False:
                            rows.append(
                                {
                                    "problem": problem,
                                    "track": track,
                                    "trials": trials,
                                    "optimizer": a,
                                    "overtakes": b,
                                }
                            )
                        ahead[a, b], ahead[b, a] = True, False
    return rows


def normalised_scores(results: Results, problem: str, track: str) -> dict[str, list[float]]:
    """Return scores that can be averaged over problems.

    Parameters
    ----------
    results : Results
        What the study found.
    problem, track : str
        Which comparison.

    Returns
    -------
    dict of str to list of float
        By optimizer and seed: 0 is the untrained model, 1 the best mean of any optimizer and
        track on the problem. Where the optimum is known and the training loss is reported, on the
        scale of its logarithm. A run that did not finish scores 0.
    """
    metric = results.reported_metric(problem)
    records = results.of_problem(problem)
    optimum = records[0].optimum if metric == "train_loss" else None
    start = _mean(measures.initial(r, metric) for r in records)
    sign = 1.0 if higher_is_better(metric) else -1.0
    if start is None:
        return {optimizer: [0.0] * len(of) for optimizer, of in
                scores(results, problem, track).items()}  # fmt: skip
    origin = sign * start

    def height(score: float) -> float:
        if score == -math.inf:
            return 0.0
        if optimum is None:
            return score - origin
        first = start - optimum
        return -math.log10(max(-score - optimum, 1e-16 * first) / first)

    heights = {
        name: {o: [height(s) for s in of] for o, of in scores(results, problem, name).items()}
        for name in results.study.tracks
    }
    top = max(float(np.mean(of)) for table in heights.values() for of in table.values())
    if top <= 0:
        return {optimizer: [0.0] * len(of) for optimizer, of in heights[track].items()}
    return {optimizer: [h / top for h in of] for optimizer, of in heights[track].items()}


def _across_problems(results: Results, leaderboard: Sequence[Row]) -> list[Row]:
    rows = []
    study = results.study
    for track in study.tracks:
        by_problem = {p: normalised_scores(results, p, track) for p in study.problems}
        for optimizer in study.optimizers:
            of_this = [
                row for row in leaderboard if (row["track"], row["optimizer"]) == (track, optimizer)
            ]
            table = np.array([by_problem[problem][optimizer] for problem in study.problems]).T
            rng = generator(f"{track}/{optimizer}", 0, "analysis")
            middle = inference.interquartile_mean_interval(table, rng)
            rows.append(
                {
                    "track": track,
                    "optimizer": optimizer,
                    "problems": len(study.problems),
                    "interquartile_mean": middle.estimate,
                    "low": middle.low,
                    "high": middle.high,
                    "mean_rank": _mean(row["rank"] for row in of_this),
                    "first_groups": sum(row["tie_group"] == 1 for row in of_this),
                    "unfinished": sum(row["unfinished"] for row in of_this),
                }
            )
    return rows


def _profiles(results: Results) -> list[Row]:
    rows = []
    study = results.study
    targets = {p: entry["target"] for p, entry in study.problems.items() if entry.get("target")}
    for track in study.tracks if targets else ():
        costs = {}
        for optimizer in study.optimizers:
            times = [
                measures.time_to_target(record, target)
                for problem, target in targets.items()
                for record in results.evaluated(problem, optimizer, track)
            ]
            # a run that starts on target took no step; a ratio needs at least one
            costs[optimizer] = [max(t.steps, 1) if t.reached else math.inf for t in times]
        for optimizer, ratios in inference.performance_profile(costs).items():
            finite = ratios[np.isfinite(ratios)]
            rows += [
                {
                    "track": track,
                    "optimizer": optimizer,
                    "ratio": float(ratio),
                    "share": float(np.mean(ratios <= ratio)),
                    "instances": len(ratios),
                }
                for ratio in [1.0, *np.unique(finite[finite > 1])]
            ]
    return rows


def _critical_difference(results: Results) -> list[Row]:
    study = results.study
    enough = len(study.problems) >= LEAST_PROBLEMS_FOR_CRITICAL_DIFFERENCE
    if not enough or len(study.optimizers) < 3:
        return []
    rows = []
    for track in study.tracks:
        by_problem = [normalised_scores(results, problem, track) for problem in study.problems]
        means = {o: [float(np.mean(of[o])) for of in by_problem] for o in study.optimizers}
        found = inference.critical_difference(means)
        for optimizer in sorted(found.mean_ranks, key=found.mean_ranks.__getitem__):
            cliques = [i for i, names in enumerate(found.cliques, 1) if optimizer in names]
            rows.append(
                {
                    "track": track,
                    "optimizer": optimizer,
                    "problems": len(study.problems),
                    "mean_rank": found.mean_ranks[optimizer],
                    "cliques": _joined(cliques),
                    "friedman_p_value": found.friedman,
                }
            )
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all tables of a study but its costs; exit code 1 if its runs may not be compared."""
    parser = argparse.ArgumentParser(prog="python -m descent.analysis.tables", description=__doc__)
    parser.add_argument("study", type=Path, help="results/<study>/study.json")
    study = load_study(parser.parse_args(arguments).study)
    try:
        tables = build(load_results(study))
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    write(tables, study.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
