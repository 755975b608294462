"""One row a run, and the curves: tables ``seeds``, ``runs``, ``curves`` and their means.

The means over the evaluation seeds are the tables ``learning_curves`` and ``metric_curves``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from descent.analysis.results import Results
from descent.analysis.tables.values import Row, joined, learning_rate
from descent.study import measures
from descent.study.plan import Run
from descent.training.records import Record
from descent.verdicts import inference

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


def seeds(results: Results) -> list[Row]:
    """Return the rows of ``seeds``."""
    study = results.study
    tuned = " and ".join(f"`{track}`" for track in study.tracks if track != "default")
    purpose = {
        "tuning": f"choosing the finalists of {tuned}, by the validation metric; never reported"
        if tuned
        else "nothing: no track of this study is tuned",
        "evaluation": "all reported metrics, intervals and verdicts; each seed chooses among the "
        "finalists by its own validation metric",
    }
    first = study.first_seeds
    given = max(
        study.seeds_given(problem, optimizer, study.track)
        for problem in study.problems
        for optimizer in study.optimizers
    )
    if given > first:
        purpose["evaluation"] += (
            f"; those after the first {first} were added for optimizers of which it was undecided"
        )
    seeds = {"tuning": study.tuning_seeds, "evaluation": study.evaluation_seeds[:given]}
    return [
        {"stage": stage, "seeds": joined(seeds[stage]), "used_for": text}
        for stage, text in purpose.items()
    ]


def run_row(results: Results, run: Run, record: Record) -> Row:
    """Return a run's row of ``runs``."""
    row: Row = {
        "problem": run.problem,
        "optimizer": run.optimizer,
        "stage": "evaluation" if run.is_evaluation else "tuning",
        "track": run.track,
        "candidate": run.candidate,
        "seed": run.seed,
        "counts": run in results.counted if run.is_evaluation else None,
        "learning_rate": learning_rate(record),
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
    target = results.study.trained[run.problem].get("target")
    # A tuning run is not evaluated on every split.
    if target and (row["stage"] == "evaluation" or target["metric"] in record.curve):
        met = measures.time_to_target(record, target)
        row |= {
            "target_metric": target["metric"],
            "target_value": float(target["value"]),
            "target_reached": met.reached,
            "steps_to_target": met.steps,
            "epochs_to_target": met.epochs,
            "gradient_evaluations_to_target": met.gradient_evaluations,
        }
    return row


def curve(run: Run, record: Record) -> Iterable[Row]:
    """Yield a run's rows of ``curves``."""
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


def learning_curves(results: Results) -> Iterator[Row]:
    """Yield the rows of ``learning_curves``."""
    for problem, track in results.groups():
        known = all(record.optimum is not None for record in results.of_problem(problem))
        for optimizer in results.study.optimizers:
            records = results.evaluated(problem, optimizer, track)
            for row in _means(records, "train_loss", inference.level_interval, distance=known):
                quantity = "distance" if known else "train_loss"
                yield {**_keys(problem, track, optimizer), "quantity": quantity, **row}


def metric_curves(results: Results) -> Iterator[Row]:
    """Yield the rows of ``metric_curves``."""
    for problem, track in results.groups():
        target = results.study.problems[problem].get("target")
        metrics = [results.reported_metric(problem), *([target["metric"]] if target else [])]
        for metric in dict.fromkeys(metrics):
            of_loss = not measures.higher_is_better(metric)
            interval = inference.level_interval if of_loss else inference.student_interval
            for optimizer in results.study.optimizers:
                records = results.evaluated(problem, optimizer, track)
                for row in _means(records, metric, interval):
                    yield {**_keys(problem, track, optimizer), "metric": metric, **row}


def _keys(problem: str, track: str, optimizer: str) -> Row:
    return {"problem": problem, "track": track, "optimizer": optimizer}


def _means(
    records: Sequence[Record],
    column: str,
    interval: Callable[[list[float]], inference.Interval],
    *,
    distance: bool = False,
) -> Iterator[Row]:
    """Yield for each epoch the mean of a column of several curves, or of its distance."""
    values: dict[float, list[float]] = defaultdict(list)
    for record in records:
        if column not in record.curve:
            continue  # it diverged before its first evaluation
        floor = record.optimum if distance and record.optimum is not None else 0.0
        for epoch, value in zip(record.curve["epoch"], record.curve[column], strict=True):
            if epoch is not None and value is not None:
                values[epoch].append(value - floor)
    for epoch, of_runs in sorted(values.items()):
        middle = interval(of_runs)
        yield {
            "epoch": epoch,
            "mean": middle.estimate,
            "low": middle.low,
            "high": middle.high,
            "runs": len(of_runs),
            "seeds": len(records),
        }
