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

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from descent.records import Record, read_record
from descent.seeding import generator

#: Keys of a problem's config entry that are the study's; all others are the problem's settings.
PROBLEM_KEYS = (
    "dataset",
    "epochs",
    "evaluations_per_epoch",
    "target",
    "learning_rates",
)
#: Keys of an optimizer's config entry that are the study's; all others are the rule's.
OPTIMIZER_KEYS = ("learning_rates", "search_space")
#: Datasets may be split into this many folds; seed s is tested on fold s mod FOLDS.
FOLDS = 10


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

    def record_path(self, run: Run) -> Path:
        """Return where a run's record is."""
        return self.folder / "runs" / _run_file(run)

    def costs_path(self, run: Run) -> Path:
        """Return where a run's costs are."""
        return self.folder / "costs" / _run_file(run)

    def tuned_path(self, problem: str, optimizer: str, track: str) -> Path:
        """Return where the choice of a track's setting is."""
        return self.folder / "tuned" / problem / optimizer / f"{track}.json"

    def record(self, run: Run) -> Record:
        """Read a run's record."""
        return read_record(self.record_path(run))

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
