"""A study: its runs, and the paths of their files.

A *candidate* is one setting of an optimizer. In the tuning stage every candidate of a track is
run on the tuning seeds; in the evaluation stage the winner is run on fresh seeds.

========== ============================================ ======================
track      candidates of the tuning stage               evaluated as
========== ============================================ ======================
tuned      ``lr-0.001``, ...: a grid                    ``tuned``
searched   ``trial-000``, ...: random hyper-parameters  ``searched``
default    none                                         ``default``
========== ============================================ ======================
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from descent.data.corpus import FOLDS
from descent.data.dataset import MANIFEST
from descent.data.sources import content_of, source_of
from descent.foundation.atomic_files import write_json
from descent.foundation.command_line import command_parser
from descent.foundation.source_digest import source_digest
from descent.optimizers.loading import entrant_sources
from descent.problems.built_in import PROBLEMS
from descent.problems.loading import has_optimum, plug_in_sources, problem_location
from descent.study.grids import OPTIMIZER_KEYS, draw_trial, grid_points
from descent.study.looks import Look, plan_looks
from descent.training.records import Record, read_record

#: Keys of a problem's config entry that are the study's; all others are the problem's settings.
PROBLEM_KEYS = (
    "title",
    "dataset",
    "epochs",
    "evaluations_per_epoch",
    "target",
    "margin",
    "learning_rates",
)
#: Tracks whose setting is chosen in a tuning stage.
TUNED_TRACKS = ("tuned", "searched")


class Run(NamedTuple):
    """One training: a problem, an optimizer, one setting of it, a seed."""

    problem: str
    optimizer: str
    candidate: str
    seed: int


class Study:
    """The plan of a study, derived from its validated config.

    Parameters
    ----------
    config : mapping
        A config as :func:`descent.study.config.validate` returns it, with a list of learning rates
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
        evaluation = config["seeds"]["evaluation"]
        self.evaluation_seeds: tuple[int, ...] = tuple(seeds_that_may_run(evaluation))
        #: The number of evaluation seeds that every optimizer has.
        self.first_seeds: int = (
            evaluation["count"] if isinstance(evaluation, Mapping) else len(evaluation)
        )
        self._candidates: dict[tuple[str, str, str], dict[str, dict[str, float]]] = {}
        self._contents: dict[str, str | None] = {}
        self._decided: dict[tuple[str, int], list[str]] = {}

    @property
    def named(self) -> list[str]:
        """The baseline and the focus, if the study has them."""
        return named_optimizers(self.config)

    @property
    def problem_titles(self) -> dict[str, str]:
        """The display name of each problem."""
        return {name: entry["title"] for name, entry in self.problems.items()}

    @property
    def optimizer_titles(self) -> dict[str, str]:
        """The display name of each optimizer."""
        return {name: entry["title"] for name, entry in self.optimizers.items()}

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
            entry, grid = self.optimizers[optimizer], self.config["grids"][problem][optimizer]
            found: dict[str, dict[str, float]] = {}
            if track == "tuned":
                found = grid_points(grid, entry.get("grid", {}))
            elif track == "searched":
                of_grid = {"learning_rate": {"low": min(grid), "high": max(grid)}}
                space = entry.get("search_space", of_grid)
                trials = range(self.config["search"]["trials"])
                found = {f"trial-{i:03d}": draw_trial(i, space) for i in trials}
            self._candidates[key] = found
        return self._candidates[key]

    def tuning_runs(self, problem: str, optimizer: str, track: str) -> list[Run]:
        """Return the runs from which a track's setting is chosen."""
        return [
            Run(problem, optimizer, candidate, seed)
            for candidate in self.candidates(problem, optimizer, track)
            for seed in self.tuning_seeds
        ]

    @property
    def track(self) -> str:
        """The headline track, the only one that can be given more seeds."""
        return headline_track(self.tracks)

    def looks_of(self, problem: str, track: str) -> tuple[Look, ...]:
        """Return the looks at the evaluation seeds of a problem and track.

        Only the headline track can be given more seeds. Seeds that share the folds of one corpus
        are never more than the folds: a second seed on a fold adds no new test data, and each look
        costs some of the error rate.
        """
        most = self.first_seeds
        if track == self.track:
            most = len(self.evaluation_seeds)
            if self.part(problem, self.evaluation_seeds[0]) != "all":
                most = max(self.first_seeds, min(most, FOLDS))
        return plan_looks(self.first_seeds, most)

    def seeds_given(
        self, problem: str, optimizer: str, track: str, at_look: int | None = None
    ) -> int:
        """Return the number of evaluation seeds of an optimizer after the looks so far.

        Parameters
        ----------
        problem, optimizer, track : str
            Which runs.
        at_look : int or None, default None
            The number of seeds of the last look to count; None counts all looks so far.
        """
        looks = self.looks_of(problem, track)
        given = looks[0].seeds
        for before, look in pairwise(looks):
            later = at_look is not None and look.seeds > at_look
            if later or optimizer not in self.continuing(problem, before.seeds):
                break
            given = look.seeds
        return given

    def continuing(self, problem: str, seeds: int) -> list[str]:
        """Return the optimizers that were given more seeds by the look at a number of seeds."""
        if (problem, seeds) in self._decided:
            return self._decided[problem, seeds]
        path = self.look_path(problem, seeds)
        return decision(path.read_text(encoding="utf-8")) if path.is_file() else []

    def decide(self, problem: str, seeds: int, look: str) -> None:
        """Use the text of a look's decision instead of the file at :meth:`look_path`."""
        self._decided[problem, seeds] = decision(look)

    def look_path(self, problem: str, seeds: int) -> Path:
        """Return the path of the decision of the look at a number of seeds."""
        return self.folder / "looks" / problem / f"{seeds}.json"

    def look_paths(self) -> list[Path]:
        """Return the decision files of all looks; none for a problem with a single look."""
        looks = {problem: self.looks_of(problem, self.track) for problem in self.problems}
        return [
            self.look_path(problem, look.seeds)
            for problem, of_problem in looks.items()
            for look in of_problem
            if len(of_problem) > 1
        ]

    def evaluation_runs(
        self, problem: str, optimizer: str, track: str, at_look: int | None = None
    ) -> list[Run]:
        """Return the runs that the tables report for a track, after the looks so far.

        Parameters
        ----------
        problem, optimizer, track : str
            Which runs.
        at_look : int or None, default None
            The number of seeds of the last look to count; None counts all looks so far.
        """
        given = self.seeds_given(problem, optimizer, track, at_look)
        return [Run(problem, optimizer, track, seed) for seed in self.evaluation_seeds[:given]]

    def runs(self, at_look: int | None = None) -> list[Run]:
        """Return every run of the study.

        Parameters
        ----------
        at_look : int or None, default None
            The number of seeds of the last look to count; None counts all looks so far.
        """
        return [
            run
            for problem in self.problems
            for optimizer in self.optimizers
            for track in self.tracks
            for run in (
                *self.tuning_runs(problem, optimizer, track),
                *self.evaluation_runs(problem, optimizer, track, at_look),
            )
        ]

    def runs_after(self, problem: str, seeds: int) -> list[Run]:
        """Return the runs that may follow the look at a number of seeds, if nothing is decided."""
        return [
            Run(problem, optimizer, self.track, seed)
            for optimizer in self.optimizers
            if self.seeds_given(problem, optimizer, self.track, seeds) >= seeds
            for seed in self.evaluation_seeds[seeds : self.looks_of(problem, self.track)[-1].seeds]
        ]

    def first_runs(self) -> list[Run]:
        """Return the runs that the study has whatever the looks decide."""
        return self.runs(at_look=self.first_seeds)

    def part(self, problem: str, seed: int) -> str:
        """Return which part of a problem's dataset a seed uses: ``fold-3``, or ``all``."""
        name: str | None = self.problems[problem].get("dataset")
        if name is None or not source_of(self.config["datasets"][name]).has_folds:
            return "all"
        return f"fold-{seed % FOLDS}"

    def dataset_manifest(self, problem: str, part: str) -> Path | None:
        """Return the manifest of a prepared dataset; None for a problem without data."""
        name: str | None = self.problems[problem].get("dataset")
        return None if name is None else self.prepared_dataset(name, part)

    def prepared_dataset(self, dataset: str, part: str) -> Path:
        """Return the path of the manifest of a part of a prepared dataset."""
        return self.folder / "data" / dataset / part / MANIFEST

    def optimum_path(self, problem: str, seed: int) -> Path | None:
        """Return the path of a convex problem's optimum; None for other problems."""
        if not has_optimum(self.problems[problem]["use"]):
            return None
        return self.folder / "optima" / problem / f"{self.part(problem, seed)}.json"

    def data_of(self, runs: Iterable[Run]) -> list[Path]:
        """Return the manifests of datasets and the optima that runs read, without repetition."""
        found: list[Path | None] = []
        for problem, seed in dict.fromkeys((run.problem, run.seed) for run in runs):
            found.append(self.dataset_manifest(problem, self.part(problem, seed)))
            found.append(self.optimum_path(problem, seed))
        return list(dict.fromkeys(path for path in found if path is not None))

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
        """Return the arguments of :mod:`descent.training.job` for a run.

        A job contains everything that determines the bytes of its record, and nothing else: the
        engine retrains a run exactly when its job changes.
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
            "for_tuning": run.candidate not in self.tracks,
            "seed": run.seed,
            "threads": self.config["threads"],
            "source": self.source(run.problem, run.optimizer),
        }

    def source(self, problem: str, optimizer: str) -> str:
        """Return the digest of the code that trains a problem with an optimizer."""
        return _training_source(
            self.problems[problem]["use"], json.dumps(self.optimizer_entry(optimizer))
        )

    def plug_ins(self) -> list[Path]:
        """Return the files of every rule and problem that may not be of this package."""
        return [
            *(
                path
                for optimizer in self.optimizers
                for path in entrant_sources(self.optimizer_entry(optimizer), Path.cwd())
            ),
            *(path for p in self.problems.values() for path in plug_in_sources(p["use"])),
        ]

    def record_path(self, run: Run) -> Path:
        """Return the path of a run's record."""
        return self.folder / "runs" / _run_file(run)

    def costs_path(self, run: Run) -> Path:
        """Return the path of a run's costs."""
        return self.folder / "costs" / _run_file(run)

    def record_paths(self, runs: Iterable[Run]) -> list[Path]:
        """Return the paths of the records of runs."""
        return [self.record_path(run) for run in runs]

    def costs_paths(self, runs: Iterable[Run]) -> list[Path]:
        """Return the paths of the costs of runs."""
        return [self.costs_path(run) for run in runs]

    def log_path(self, run: Run) -> Path:
        """Return the path of a run's log."""
        return self.folder / "logs" / "train" / _run_file(run).with_suffix(".log")

    def tuned_path(self, problem: str, optimizer: str, track: str) -> Path:
        """Return the path of the choice of a track's setting."""
        return self.folder / "tuned" / problem / optimizer / f"{track}.json"

    def tuned_paths(self, *problems: str) -> list[Path]:
        """Return the paths of all choices on some problems, on all by default."""
        return [
            self.tuned_path(problem, optimizer, track)
            for problem in problems or self.problems
            for optimizer in self.optimizers
            for track in self.tracks
            if track in TUNED_TRACKS
        ]

    def record(self, run: Run) -> Record:
        """Read a run's record."""
        return read_record(self.record_path(run))

    def dataset_settings(self, dataset: str) -> dict[str, Any]:
        """Return the settings of a dataset: its entry."""
        return dict(self.config["datasets"][dataset])

    def content_of(self, dataset: str) -> str | None:
        """Return the digest of the user's own files that a dataset is made of, as they are now.

        Raises
        ------
        DataError
            If one of them does not exist or cannot be read.
        """
        if dataset not in self._contents:
            self._contents[dataset] = content_of(self.dataset_settings(dataset), Path())
        return self._contents[dataset]

    def problem_settings(self, problem: str) -> dict[str, Any]:
        """Return the settings of a problem's class: its entry without the study's own keys."""
        entry = self.problems[problem]
        return {key: value for key, value in entry.items() if key not in PROBLEM_KEYS}

    def optimizer_entry(self, optimizer: str) -> dict[str, Any]:
        """Return the definition of a rule: its entry without the study's own keys."""
        entry = self.optimizers[optimizer]
        return {key: value for key, value in entry.items() if key not in OPTIMIZER_KEYS}


def seeds_that_may_run(chosen: Sequence[int] | Mapping[str, int]) -> list[int]:
    """Return a list of seeds as it is, and all seeds that ``{first, count, at_most}`` allows."""
    if not isinstance(chosen, Mapping):
        return list(chosen)
    return list(range(chosen["first"], chosen["first"] + chosen.get("at_most", chosen["count"])))


def decision(look: str) -> list[str]:
    """Return the optimizers that a look gives more seeds, from the text of its decision."""
    continuing: list[str] = json.loads(look)["continuing"]
    return continuing


def headline_track(tracks: Sequence[str]) -> str:
    """Return the track that a study is about: the first that tunes, or else the first."""
    return next((track for track in tracks if track in TUNED_TRACKS), tracks[0])


def named_optimizers(config: Mapping[str, Any]) -> list[str]:
    """Return the baseline and the focus of a study, without repetition."""
    named = (config[key] for key in ("baseline", "focus"))
    return list(dict.fromkeys(name for name in named if name is not None))


def _run_file(run: Run) -> Path:
    return Path(run.problem, run.optimizer, run.candidate, f"seed-{run.seed}.json")


@cache
def _training_source(problem: str, entry: str) -> str:
    """Return the digest of the training loop, a problem's class and a rule; entry is JSON."""
    built_in = [problem_location(problem).partition(":")[0]] if problem in PROBLEMS else []
    return source_digest(
        ["descent.training.loop", *built_in],
        [*plug_in_sources(problem), *entrant_sources(json.loads(entry), Path.cwd())],
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
    """Write ``study.json``: the validated config with its grids, the plan of all other steps."""
    parser = command_parser("descent.study.plan", main.__doc__)
    parser.add_argument("config", type=json.loads, help="the validated config, as JSON")
    parser.add_argument("output", type=Path, help="results/<study>/study.json")
    given = parser.parse_args(arguments)
    write_json(given.output, given.config)


if __name__ == "__main__":
    main()
