"""A study: which runs there are, and where each of them leaves its files.

A *candidate* is one setting of an optimizer. In the tuning stage every candidate of a track is
run on the tuning seeds; in the evaluation stage the winner is run on fresh seeds.

========== ============================================ ======================
track      candidates of the tuning stage               evaluated as
========== ============================================ ======================
tuned      ``lr-0.001``, ...: a grid of learning rates  ``tuned``
searched   ``trial-000``, ...: random hyper-parameters  ``searched``
default    none                                         ``default``
========== ============================================ ======================
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from descent.data.corpus import FOLDS
from descent.data.dataset import MANIFEST
from descent.data.prepare import depends_on_fold
from descent.optimizers.entrants import entrant_sources, load_optimizer
from descent.problems import has_optimum, problem_place
from descent.records import Record, read_record, write_json
from descent.seeding import generator
from descent.sources import source_digest

#: Keys of a problem's config entry that are the study's; all others are the problem's settings.
PROBLEM_KEYS = (
    "dataset",
    "epochs",
    "evaluations_per_epoch",
    "target",
    "learning_rates",
)
#: Tracks whose setting is chosen in a tuning stage.
TUNED_TRACKS = ("tuned", "searched")
#: Keys of an optimizer's config entry that are the study's; all others are the rule's.
OPTIMIZER_KEYS = ("learning_rates", "search_space")


class Run(NamedTuple):
    """One training: a problem, an optimizer, one setting of it, a seed."""

    problem: str
    optimizer: str
    candidate: str
    seed: int


def log_grid(centre: float, decades: float, points: int) -> list[float]:
    """Return learning rates evenly spaced on a log scale, rounded to three significant digits.

    Parameters
    ----------
    centre : float
        Geometric middle of the grid, > 0.
    decades : float
        Width of the grid as a power of ten, > 0.
    points : int
        How many, >= 1; a single point is the centre.

    Returns
    -------
    list of float
        In increasing order.

    Examples
    --------
    >>> log_grid(1e-3, 2, 5)
    [0.0001, 0.000316, 0.001, 0.00316, 0.01]
    """
    if points == 1:
        exponents = [0.0]
    else:
        exponents = [decades * (i / (points - 1) - 0.5) for i in range(points)]
    return [float(f"{centre * 10.0**e:.3g}") for e in exponents]


def candidate_of(learning_rate: float) -> str:
    """Return the one spelling of a learning rate in names and paths: ``lr-0.001``."""
    return f"lr-{learning_rate!r}"


class Study:
    """The plan of a study, derived from its validated config.

    Parameters
    ----------
    config : mapping
        A config as :func:`descent.configuration.validate` returns it, with a list of learning rates
        for every problem and optimizer under ``grids`` (see :func:`with_grids`).
    folder : Path
        The study's folder, ``results/<study>``.
    """

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        self.config = config
        self.folder = Path(folder)
        self.name: str = config["study"]
        self.problems: dict[str, Mapping[str, Any]] = dict(config["problems"])
        self.optimizers: dict[str, Mapping[str, Any]] = dict(config["optimizers"])
        self.tracks: tuple[str, ...] = tuple(config["tracks"])
        self.tuning_seeds: tuple[int, ...] = tuple(config["seeds"]["tuning"])
        self.evaluation_seeds: tuple[int, ...] = tuple(config["seeds"]["evaluation"])
        self._candidates: dict[tuple[str, str, str], dict[str, dict[str, float]]] = {}

    def candidates(self, problem: str, optimizer: str, track: str) -> dict[str, dict[str, float]]:
        """Return the candidates of a track's tuning stage, in order.

        Parameters
        ----------
        problem, optimizer : str
            Names of config entries.
        track : {"tuned", "searched", "default"}
            The track.

        Returns
        -------
        dict of str to dict of str to float
            Hyper-parameters that each candidate sets; empty for the default track.
        """
        key = (problem, optimizer, track)
        if key not in self._candidates:
            self._candidates[key] = self._list_candidates(*key)
        return self._candidates[key]

    def _list_candidates(
        self, problem: str, optimizer: str, track: str
    ) -> dict[str, dict[str, float]]:
        grid: list[float] = self.config["grids"][problem][optimizer]
        if track == "tuned":
            return {candidate_of(lr): {"learning_rate": lr} for lr in grid}
        if track == "searched":
            space = self.optimizers[optimizer].get("search_space") or {
                "learning_rate": {"low": min(grid), "high": max(grid)}
            }
            trials: int = self.config["search"]["trials"]
            return {f"trial-{i:03d}": draw_trial(optimizer, i, space) for i in range(trials)}
        return {}

    def tuning_runs(self, problem: str, optimizer: str, track: str) -> list[Run]:
        """Return the runs from which a track's setting is chosen."""
        return [
            Run(problem, optimizer, candidate, seed)
            for candidate in self.candidates(problem, optimizer, track)
            for seed in self.tuning_seeds
        ]

    def evaluation_runs(self, problem: str, optimizer: str, track: str) -> list[Run]:
        """Return the runs that the tables report for a track."""
        return [Run(problem, optimizer, track, seed) for seed in self.evaluation_seeds]

    def runs(self) -> list[Run]:
        """Return every run of the study."""
        return [
            run
            for problem in self.problems
            for optimizer in self.optimizers
            for track in self.tracks
            for run in (
                *self.tuning_runs(problem, optimizer, track),
                *self.evaluation_runs(problem, optimizer, track),
            )
        ]

    def part(self, problem: str, seed: int) -> str:
        """Return which part of a problem's dataset a seed uses: ``fold-3``, or ``all``."""
        name: str | None = self.problems[problem].get("dataset")
        if name is None or not depends_on_fold(self.config["datasets"][name]):
            return "all"
        return f"fold-{seed % FOLDS}"

    def dataset_manifest(self, problem: str, part: str) -> Path | None:
        """Return the manifest of a prepared dataset; None for a problem without data."""
        name: str | None = self.problems[problem].get("dataset")
        return None if name is None else self.folder / "data" / name / part / MANIFEST

    def optimum_path(self, problem: str, seed: int) -> Path | None:
        """Return where the least training loss of a convex problem is; None for any other."""
        if not has_optimum(self.problems[problem]["use"]):
            return None
        return self.folder / "optima" / problem / f"{self.part(problem, seed)}.json"

    def files_of(self, run: Run) -> dict[str, Path]:
        """Return the files that a run reads: its dataset, its optimum, its tuned setting."""
        files = {
            "dataset": self.dataset_manifest(run.problem, self.part(run.problem, run.seed)),
            "optimum": self.optimum_path(run.problem, run.seed),
            "choice": self.tuned_path(run.problem, run.optimizer, run.candidate)
            if run.candidate in TUNED_TRACKS
            else None,
        }
        return {name: path for name, path in files.items() if path is not None}

    def job(self, run: Run) -> dict[str, Any]:
        """Return what :mod:`descent.job` is told to train.

        Everything in it decides the bytes of the record, and nothing else is in it: the engine
        retrains a run exactly when its job changes.
        """
        problem = self.problems[run.problem]
        set_by_candidate: dict[str, float] = {}
        for track in self.tracks:
            candidates = self.candidates(run.problem, run.optimizer, track)
            set_by_candidate = candidates.get(run.candidate, set_by_candidate)
        return {
            "problem": {
                "name": run.problem,
                "settings": self.problem_settings(run.problem),
                "epochs": problem["epochs"],
                "evaluations_per_epoch": problem["evaluations_per_epoch"],
            },
            "optimizer": {"name": run.optimizer, "entry": self.optimizer_entry(run.optimizer)},
            "candidate": run.candidate,
            "hyperparameters": set_by_candidate,
            "seed": run.seed,
            "source": self.source(run.problem, run.optimizer),
        }

    def source(self, problem: str, optimizer: str) -> str:
        """Return the digest of the code that trains a problem with an optimizer."""
        return _training_source(
            self.problems[problem]["use"], json.dumps(self.optimizer_entry(optimizer))
        )

    def record_path(self, run: Run) -> Path:
        """Return where a run's record is."""
        return self.folder / "runs" / _run_file(run)

    def costs_path(self, run: Run) -> Path:
        """Return where a run's costs are."""
        return self.folder / "costs" / _run_file(run)

    def log_path(self, run: Run) -> Path:
        """Return where a run's log is."""
        return self.folder / "logs" / "train" / _run_file(run).with_suffix(".log")

    def tuned_path(self, problem: str, optimizer: str, track: str) -> Path:
        """Return where the choice of a track's setting is."""
        return self.folder / "tuned" / problem / optimizer / f"{track}.json"

    def tuned_paths(self) -> list[Path]:
        """Return where every choice of the study is."""
        return [
            self.tuned_path(problem, optimizer, track)
            for problem in self.problems
            for optimizer in self.optimizers
            for track in self.tracks
            if track in TUNED_TRACKS
        ]

    def record(self, run: Run) -> Record:
        """Read a run's record."""
        return read_record(self.record_path(run))

    def dataset_settings(self, dataset: str) -> dict[str, Any]:
        """Return what prepares a dataset: its entry."""
        return dict(self.config["datasets"][dataset])

    def problem_settings(self, problem: str) -> dict[str, Any]:
        """Return what the problem's class is given: its entry without the study's own keys."""
        entry = self.problems[problem]
        return {key: value for key, value in entry.items() if key not in PROBLEM_KEYS}

    def optimizer_entry(self, optimizer: str) -> dict[str, Any]:
        """Return what defines the rule: its entry without the study's own keys."""
        entry = self.optimizers[optimizer]
        return {key: value for key, value in entry.items() if key not in OPTIMIZER_KEYS}


def _run_file(run: Run) -> Path:
    return Path(run.problem, run.optimizer, run.candidate, f"seed-{run.seed}.json")


def draw_trial(
    optimizer: str, trial: int, space: Mapping[str, Mapping[str, Any]]
) -> dict[str, float]:
    """Draw the hyper-parameters of one trial of a random search.

    Parameters
    ----------
    optimizer : str
        Name of the config entry; with ``trial`` it keys the draw.
    trial : int
        Number of the trial, >= 0.
    space : mapping of str to mapping
        For each hyper-parameter ``low``, ``high`` and ``prior``: ``log`` (log-uniform, the
        default), ``uniform``, or ``log_one_minus`` (log-uniform in 1 - x, for decay rates).

    Returns
    -------
    dict of str to float
        Values, rounded to six significant digits.
    """
    rng = generator(optimizer, trial, "search")
    values: dict[str, float] = {}
    for name in sorted(space):
        low, high = float(space[name]["low"]), float(space[name]["high"])
        prior = space[name].get("prior", "log")
        u = float(rng.uniform())
        if prior == "log":
            value = math.exp(math.log(low) + u * math.log(high / low))
        elif prior == "log_one_minus":
            value = 1.0 - math.exp(math.log(1.0 - low) + u * math.log((1.0 - high) / (1.0 - low)))
        else:
            value = low + u * (high - low)
        values[name] = float(f"{value:.6g}")
    return values


def with_grids(config: Mapping[str, Any], base_folder: Path) -> dict[str, Any]:
    """Return a config with the learning rates of every problem and optimizer written out.

    A grid is a list, or ``centre``, ``decades`` and ``points``. What a problem says of an optimizer
    goes before what the optimizer says, and that before the study; where none of them gives a
    centre it is the rule's own ``learning_rate_centre``.

    Parameters
    ----------
    config : mapping
        A validated config.
    base_folder : Path
        What the path of a plug-in is relative to.

    Returns
    -------
    dict
        The config, and under ``grids`` a list of learning rates by problem and optimizer.
    """
    grids: dict[str, dict[str, list[float]]] = {problem: {} for problem in config["problems"]}
    for optimizer, entry in config["optimizers"].items():
        rule = {key: value for key, value in entry.items() if key not in OPTIMIZER_KEYS}
        centre = load_optimizer(rule, folder=base_folder).learning_rate_centre
        for problem, problem_entry in config["problems"].items():
            grid: Any = {"centre": centre}
            for said in (
                config["learning_rates"],
                entry.get("learning_rates"),
                (problem_entry.get("learning_rates") or {}).get(optimizer),
            ):
                if isinstance(grid, Mapping) and isinstance(said, Mapping):
                    grid = {**grid, **said}
                elif said:
                    grid = said
            grids[problem][optimizer] = (
                log_grid(grid["centre"], grid["decades"], grid["points"])
                if isinstance(grid, Mapping)
                else sorted(float(lr) for lr in grid)
            )
    return {**config, "grids": grids}


@cache
def _training_source(problem: str, entry: str) -> str:
    """Return the digest of the training loop, a problem's class and a rule; entry is JSON."""
    place = problem_place(problem).partition(":")[0]
    of_problem = ([], [Path(place)]) if place.endswith(".py") else ([place], [])
    return source_digest(
        ["descent.training", *of_problem[0]],
        [*of_problem[1], *entrant_sources(json.loads(entry), Path.cwd())],
    )


def load_study(path: Path) -> Study:
    """Read a study from the ``study.json`` in its folder.

    Parameters
    ----------
    path : Path
        ``results/<study>/study.json``.

    Raises
    ------
    FileNotFoundError
        If it does not exist.
    """
    path = Path(path)
    return Study(json.loads(path.read_text(encoding="utf-8")), path.parent)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write ``study.json``: the validated config with its grids, the plan of everything else."""
    parser = argparse.ArgumentParser(prog="python -m descent.study", description=main.__doc__)
    parser.add_argument("config", type=json.loads, help="the validated config, as JSON")
    parser.add_argument("output", type=Path, help="results/<study>/study.json")
    given = parser.parse_args(arguments)
    write_json(given.output, given.config)


if __name__ == "__main__":
    main()
