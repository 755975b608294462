"""A study that nobody trained: a plan, and records and costs drawn from smooth made-up curves."""

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

import numpy as np

from descent.study.config.errors import ErrorList
from descent.study.config.title_entries import complete_titles
from descent.study.grids import log_grid
from descent.study.horizons import problem_of
from descent.study.plan import GRID_LOOKS, Run, Study
from descent.study.tuning import screen_runs
from descent.training.identity import tuned_hyperparameters
from descent.training.records import Costs, Record, Status

OPTIMIZERS = {
    # centre of the grid, where its best lies (decades off it), speed, width, where it diverges
    "sgd": (0.1, 0.2, 0.8, 0.5, 1.1),
    "momentum": (0.01, 0.1, 1.0, 0.6, 1.2),
    "adagrad": (0.01, 0.4, 0.7, 1.2, math.inf),
    "rmsprop": (1e-3, 0.0, 1.25, 0.6, 1.4),
    "adam": (1e-3, 0.0, 1.3, 0.9, 1.45),
    "lion": (1e-4, -0.3, 1.1, 0.35, 0.8),
}
PROBLEMS = {
    "network": {
        "use": "mlp",
        "dataset": "mnist",
        "epochs": 5,
        "evaluations_per_epoch": 1,
        "target": {"metric": "validation_accuracy", "value": 0.93},
    },
    "convex": {
        "use": "logistic_regression",
        "dataset": "reviews",
        "epochs": 8,
        "evaluations_per_epoch": 1,
        "target": {"metric": "validation_accuracy", "value": 0.8},
    },
    "valley": {"use": "rosenbrock", "epochs": 100, "evaluations_per_epoch": 0.1, "target": None},
}
DEFAULT_OFFSET = {"sgd": -1.0, "momentum": -0.5, "lion": 0.0, "adagrad": 0.0, "rmsprop": 1.0}
STEPS_PER_EPOCH = {"network": 430, "convex": 13, "valley": 1}


#: What a step of an optimizer takes, where it is not one gradient.
GRADIENTS_PER_STEP = {"lion": 2}


#: What any other optimizer does.
LIKE_ADAM = (1e-3, 0.1, 1.1, 0.8, 1.35)


#: What problems are whose names do not look like names.
ODDLY_NAMED = {"1": "network", "NA": "valley"}


def kind(problem: str) -> str:
    """``network_2`` is another network."""
    return ODDLY_NAMED.get(problem, re.split("[_@]", problem)[0])


def config(
    tuning_seeds=(0, 1, 2),
    evaluation_seeds=tuple(range(10, 20)),
    optimizers=tuple(OPTIMIZERS),
    problems=tuple(PROBLEMS),
    points=7,
    finalists=2,
    tracks=("tuned", "default"),
    titles=MappingProxyType({}),
    other_hyperparameters=None,
    at_most=None,
    rules=None,
    horizons=None,
    **changes,
):
    def titled(name):
        return {"title": titles[name]} if name in titles else {}

    others = other_hyperparameters or {}
    seeds = list(evaluation_seeds)
    if at_most:
        seeds = {"first": seeds[0], "count": len(seeds), "at_most": at_most}
    study = {
        "study": "fabricated",
        "strict": False,
        "seeds": {"tuning": list(tuning_seeds), "evaluation": seeds},
        "margin": {"accuracy": 0.002, "loss": 0.05, "time": 0.1},
        "focus": None,
        "baseline": None,
        "threads": 1,
        "kernels": "portable",
        "schedule": {"use": "linear", "warmup_fraction": 0.05},
        "schedules": [],
        "finalists": finalists,
        "tracks": list(tracks),
        "learning_rates": {"decades": 3, "points": points},
        "search": {"trials": 4 if "searched" in tracks else 0},
        "datasets": {"mnist": {"use": "mnist"}, "reviews": {"use": "reviews"}},
        "problems": {
            name: PROBLEMS[kind(name)] | titled(name) | ({"horizons": horizons} if horizons else {})
            for name in problems
        },
        "optimizers": {
            name: (rules or {}).get(name, {"use": name if name in OPTIMIZERS else "adam"})
            | titled(name)
            | ({"grid": others[name]} if name in others else {})
            for name in optimizers
        },
        "grids": {
            problem: {
                name: log_grid(OPTIMIZERS.get(name, LIKE_ADAM)[0], 3, points) for name in optimizers
            }
            for problem in problems
        },
        "figures": {"formats": ["pdf", "svg", "png"]},
        **changes,
    }
    complete_titles(study, ErrorList("fabricated"))
    return study


def fabricate(
    folder: Path,
    *,
    change: Callable[[Record], None] | None = None,
    **of_config,
) -> Study:
    """Write a whole study; ``change`` may spoil a record before it is written."""
    study = Study(config(**of_config), folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.json").write_text(json.dumps(study.config))
    write_counted_examples(study)

    def write_runs(runs: list[Run]) -> None:
        for run in runs:
            if not study.record_path(run).exists():
                record, costs = fabricate_run(study, run, learning_rate(study, run))
                if change:
                    change(record)
                write(study.record_path(run), asdict(record))
                write(study.costs_path(run), asdict(costs))

    for problem in study.trained:
        for look in set(study.looks(problem)) & set(GRID_LOOKS):
            # No grid grows here, so that tests know what every grid holds.
            write(study.look_path(problem, look), {"grown": {}})
    for tuned in study.trainings():
        write_runs(study.tuning_runs(*tuned))
        if study.candidates(*tuned):
            write(study.tuned_path(*tuned), screen_runs(study, *tuned))
        write_runs(study.evaluation_runs(*tuned))
    return study


def write_counted_examples(study: Study) -> None:
    """Write of each dataset what the tables ask of it: how many test examples there are."""
    for problem in study.problems:
        for seed in study.evaluation_seeds:
            manifest = study.dataset_manifest(problem, study.part(problem, seed))
            if manifest is not None and not manifest.exists():
                shapes = {f"{split}_labels": [10_000] for split in ("validation", "test")}
                write(manifest, {"shapes": shapes, "about": {}})


def write(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, allow_nan=False))


def learning_rate(study: Study, run: Run) -> float:
    candidates = study.candidates(run.problem, run.optimizer, run.track)
    if run.candidate in candidates:
        return candidates[run.candidate]["learning_rate"]
    if run.track == "default":
        return OPTIMIZERS.get(run.optimizer, LIKE_ADAM)[0] * 10.0 ** DEFAULT_OFFSET.get(
            run.optimizer, 0.0
        )
    choice = json.loads(study.tuned_path(run.problem, run.optimizer, run.track).read_text())
    return tuned_hyperparameters(choice, run.candidate)["learning_rate"]


def noise(*key: object) -> np.random.Generator:
    digest = hashlib.sha256(repr(key).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def fabricate_run(study: Study, run: Run, rate: float) -> tuple[Record, Costs]:
    problem = study.trained[run.problem]
    length = study.problems[problem_of(run.problem)]["epochs"]
    centre, best, speed, width, limit = OPTIMIZERS.get(run.optimizer, LIKE_ADAM)
    off = math.log10(rate / centre)
    steps_per_epoch = STEPS_PER_EPOCH[kind(run.problem)]
    fold = run.seed % 10 if kind(run.problem) == "convex" else 0
    optimum = {"network": None, "convex": 0.2 + 0.01 * fold, "valley": 0.0}[kind(run.problem)]
    record = Record(
        problem=problem_of(run.problem),
        optimizer=run.optimizer,
        candidate=run.candidate,
        seed=run.seed,
        hyperparameters={"learning_rate": rate, "weight_decay": 0.0},
        epochs=problem["epochs"],
        steps_per_epoch=steps_per_epoch,
        parameters=1000,
        state_bytes_per_parameter={"sgd": 0.0, "adam": 8.0}.get(run.optimizer, 4.0),
        fingerprint=f"{problem_of(run.problem)} {fold}",
        identity=f"{run}",
        headline="loss" if kind(run.problem) == "valley" else "accuracy",
        optimum=optimum,
        initial_parameters=f"start {problem_of(run.problem)} {run.seed}",
    )
    epochs = np.linspace(
        0, problem["epochs"], 11 if kind(run.problem) == "valley" else 1 + math.ceil(record.epochs)
    )
    diverged = off > limit or (run.candidate == "default" and off > 0.9 and run.seed % 3 == 0)
    if diverged:
        epochs = epochs[:2]
        record.status = Status.DIVERGED
    whole_epochs = math.ceil(epochs[-1])
    record.steps = round(epochs[-1] * steps_per_epoch)
    record.gradient_evaluations = record.steps * GRADIENTS_PER_STEP.get(run.optimizer, 1)
    record.batch_order = [f"order {run.seed} {e}" for e in range(whole_epochs)]

    shared, own = noise(problem_of(run.problem), run.seed), noise(*run)
    pace = speed * 10 ** (-(((off - best) / (1.6 * width)) ** 4)) * 5 / length
    floor = optimum or (0.0 if kind(run.problem) == "valley" else 0.04)
    gap = 2.3 * np.exp(-pace * epochs * (1 + 0.02 * own.normal(size=epochs.size)))
    gap[0] = 2.3
    loss = floor + gap
    record.curve = {
        "step": [round(e * steps_per_epoch) for e in epochs],
        "epoch": epochs.tolist(),
        "gradient_evaluations": [
            round(e * steps_per_epoch) * GRADIENTS_PER_STEP.get(run.optimizer, 1) for e in epochs
        ],
        "mini_batch_loss": [None, *(1.01 * loss[1:]).tolist()],
        "train_loss": loss.tolist(),
    }
    if kind(run.problem) != "valley":
        top, scale = {"network": (0.975, 0.38), "convex": (0.86, 0.16)}[kind(run.problem)]
        accuracy = top - scale * gap + 0.004 * shared.normal() + 0.001 * own.normal(size=gap.size)
        record.curve["train_accuracy"] = np.clip(accuracy + 0.02, 0.1, 1).tolist()
        for split, shift in (("validation", 0.0), ("test", -0.002)):
            record.curve[f"{split}_loss"] = (loss + 0.05).tolist()
            record.curve[f"{split}_accuracy"] = np.clip(accuracy + shift, 0.1, 1).tolist()
    if kind(run.problem) == "network" and run.is_evaluation and not diverged:
        hardness = noise(problem_of(run.problem)).normal(size=10_000)  # for all runs alike
        hardness += noise(*run, "examples").normal(size=10_000)
        right = hardness.argsort().argsort() < 10_000 * record.curve["test_accuracy"][-1]
        record.test_correct = base64.b64encode(np.packbits(right)).decode()
    per_step = 1e-3 * (1 + speed) * (1 + 0.05 * abs(own.normal()))
    costs = Costs(
        training_seconds=per_step * record.steps,
        optimizer_seconds=0.3 * per_step * record.steps,
        evaluation_seconds=0.1,
        startup_seconds=0.4,
        cpu_seconds=per_step * record.steps + 0.5,
        peak_memory_bytes=200_000_000,
        machine={"processor": "made up"},
    )
    return record, costs
