"""A study: its runs, and the paths of their files.

A *candidate* is one setting of an optimizer. In the tuning stage every candidate of a track is
run on the tuning seeds, and the best few become finalists; in the evaluation stage every fresh seed
runs all finalists and chooses its own (:mod:`descent.study.tuning`).

========== ============================================ ===============================
track      candidates of the tuning stage               evaluated as
========== ============================================ ===============================
tuned      ``lr-0.001``, ...: a grid, which may grow    ``tuned-1``, ... ``tuned-3``
searched   ``trial-000``, ...: random hyper-parameters  ``searched-1``, ...
default    none                                         ``default``
========== ============================================ ===============================

What is not known before the study has run is decided by *looks* at what there is so far: whether
grids grow (``grid-1``, ``grid-2``), and who is given more seeds (``10``, ``20``, ...).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from descent.data.corpus import FOLDS
from descent.data.dataset import MANIFEST, count_examples
from descent.data.sources import content_of, source_of
from descent.foundation.atomic_files import write_json
from descent.foundation.command_line import command_parser
from descent.foundation.command_template import COMMAND
from descent.foundation.source_digest import source_digest
from descent.optimizers.loading import entrant_sources
from descent.problems.built_in import PROBLEMS
from descent.problems.loading import has_optimum, plug_in_sources
from descent.study.grids import OPTIMIZER_KEYS, draw_trial, grid_points
from descent.study.horizons import at_all_horizons, baseline_of_horizons, problem_of
from descent.training.records import Record, read_record
from descent.verdicts.looks import Look, plan_looks

#: Keys of a problem's config entry that are the study's; all others are the problem's settings.
PROBLEM_KEYS = (
    "title",
    "dataset",
    "epochs",
    "evaluations_per_epoch",
    "target",
    "margin",
    "learning_rates",
    "horizons",
    "ladder",
    "threads",
    "mem_mb",
    "gpus",
    "runtime",
)
#: Tracks whose setting is chosen in a tuning stage.
TUNED_TRACKS = ("tuned", "searched")
#: Looks at which a grid may grow.
GRID_LOOKS = ("grid-1", "grid-2")


class Run(NamedTuple):
    """One training: a problem, an optimizer, one setting of it, a seed."""

    problem: str
    optimizer: str
    candidate: str
    seed: int

    @property
    def is_evaluation(self) -> bool:
        """Whether it is reported, and not one of those from which a setting is chosen."""
        return not self.candidate.startswith(("lr-", "trial-"))

    @property
    def track(self) -> str:
        """The track that it serves."""
        stage = self.candidate.partition("-")[0]
        return {"lr": "tuned", "trial": "searched"}.get(stage, stage)


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
        #: What is trained: the problems, and each at its other horizons.
        self.trained = at_all_horizons(self.problems)
        self.optimizers: dict[str, Mapping[str, Any]] = dict(config["optimizers"])
        self.tracks: tuple[str, ...] = tuple(config["tracks"])
        self.tuning_seeds: tuple[int, ...] = tuple(config["seeds"]["tuning"])
        evaluation = config["seeds"]["evaluation"]
        self.evaluation_seeds: tuple[int, ...] = tuple(seeds_that_may_run(evaluation))
        #: The number of evaluation seeds that every optimizer has.
        self.first_seeds: int = (
            evaluation["count"] if isinstance(evaluation, Mapping) else len(evaluation)
        )
        self._candidates: dict[tuple[Any, ...], dict[str, dict[str, float]]] = {}
        self._contents: dict[str, str | None] = {}
        self._decided: dict[tuple[str, str], dict[str, Any]] = {}

    @property
    def named(self) -> list[str]:
        """The baseline and the focus, if the study has them."""
        return named_optimizers(self.config)

    @property
    def problem_titles(self) -> dict[str, str]:
        """The display name of each problem, at each of its horizons."""
        return {name: entry["title"] for name, entry in self.trained.items()}

    @property
    def optimizer_titles(self) -> dict[str, str]:
        """The display name of each optimizer."""
        return {name: entry["title"] for name, entry in self.optimizers.items()}

    def optimizers_on(self, problem: str) -> list[str]:
        """Return the optimizers of a problem; at another horizon the baseline, or all if asked."""
        of_all = problem in self.problems
        if of_all or self.trained[problem]["horizons"]["optimizers"] == "all":
            return list(self.optimizers)
        baseline = baseline_of_horizons(self.config)
        return [] if baseline is None else [baseline]

    def trainings(self) -> Iterator[tuple[str, str, str]]:
        """Yield every problem, optimizer and track that have runs."""
        for problem in self.trained:
            tracks = self.tracks if problem in self.problems else (self.track,)
            for optimizer in self.optimizers_on(problem):
                yield from ((problem, optimizer, track) for track in tracks)

    def candidates(
        self, problem: str, optimizer: str, track: str, grid_looks: int = len(GRID_LOOKS)
    ) -> dict[str, dict[str, float]]:
        """Return the candidates of a track's tuning stage, in order.

        Parameters
        ----------
        problem, optimizer : str
            Names of config entries.
        track : {"tuned", "searched", "default"}
            The track.
        grid_looks : int, default 2
            With what so many looks have added to the grid, as far as there were looks.

        Returns
        -------
        dict of str to dict of str to float
            Hyper-parameters that each candidate sets; empty for the default track.
        """
        grown = [
            rate
            for look in GRID_LOOKS[:grid_looks]
            for rate in self.decision(problem, look).get("grown", {}).get(optimizer, [])
            if track == "tuned"
        ]
        key = (problem, optimizer, track, *grown)
        if key not in self._candidates:
            entry = self.optimizers[optimizer]
            grid = self.config["grids"][problem_of(problem)][optimizer]
            found: dict[str, dict[str, float]] = {}
            if track == "tuned":
                below = sum(rate < min(grid) for rate in grown)
                found = grid_points(sorted({*grid, *grown}), entry.get("grid", {}), below)
            elif track == "searched":
                of_grid = {"learning_rate": {"low": min(grid), "high": max(grid)}}
                space = entry.get("search_space", of_grid)
                trials = range(self.config["search"]["trials"])
                found = {f"trial-{i:03d}": draw_trial(i, space) for i in trials}
            self._candidates[key] = found
        return self._candidates[key]

    def tuning_runs(
        self, problem: str, optimizer: str, track: str, grid_looks: int = len(GRID_LOOKS)
    ) -> list[Run]:
        """Return the runs from which a track's finalists are chosen, see :meth:`candidates`."""
        return [
            Run(problem, optimizer, candidate, seed)
            for candidate in self.candidates(problem, optimizer, track, grid_looks)
            for seed in self.tuning_seeds
        ]

    def evaluated_as(self, problem: str, optimizer: str, track: str) -> list[str]:
        """Return the names under which every evaluation seed runs the finalists of a track."""
        if track not in TUNED_TRACKS:
            return [track]
        known = self.candidates(problem, optimizer, track, grid_looks=0)
        return [f"{track}-{i + 1}" for i in range(min(self.config["finalists"], len(known)))]

    @property
    def track(self) -> str:
        """The headline track, the only one that can be given more seeds."""
        return headline_track(self.tracks)

    def looks_of(self, problem: str, track: str) -> tuple[Look, ...]:
        """Return the looks at the evaluation seeds of a problem and track.

        Only the headline track can be given more seeds, and not at other horizons. Where seeds
        share the folds of one corpus, the first look is at two a fold if there may be so many: what
        seeds differ by within a fold is the error of a verdict.
        """
        first, most = self.first_seeds, len(self.evaluation_seeds)
        if self.part(problem, self.evaluation_seeds[0]) != "all" and most >= 2 * FOLDS:
            first = max(first, 2 * FOLDS)
        reported = problem in self.problems and track == self.track
        return plan_looks(first, most if reported else first)

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

    @property
    def minutes_for_more_seeds(self) -> float | None:
        """Return the processor minutes a problem that added seeds may take; None: no limit."""
        chosen = self.config["seeds"]["evaluation"]
        minutes: float | None = chosen.get("minutes") if isinstance(chosen, dict) else None
        return minutes

    def continuing(self, problem: str, seeds: int) -> list[str]:
        """Return the optimizers that the look at so many seeds gave more; none if it is to come."""
        continuing: list[str] = self.decision(problem, str(seeds)).get("continuing", [])
        return continuing

    def decision(self, problem: str, look: str) -> dict[str, Any]:
        """Return what a look decided; nothing if it is to come."""
        key = (problem, look)
        path = self.look_path(problem, look)
        if key not in self._decided and path.is_file():
            self._decided[key] = json.loads(path.read_text(encoding="utf-8"))
        return self._decided.get(key, {})

    def decide(self, problem: str, look: str, text: str) -> None:
        """Take the decision of a look from its text, whatever there is at :meth:`look_path`."""
        self._decided[problem, look] = json.loads(text)

    def looks(self, problem: str) -> list[str]:
        """Return the names of all looks at a problem, in their order."""
        grows = (
            "tuned" in self.tracks
            and self.config["learning_rates"].get("grow", True)
            and any(len(grid) > 1 for grid in self.config["grids"][problem_of(problem)].values())
        )
        seeds = [str(look.seeds) for look in self.looks_of(problem, self.track)]
        return [*(GRID_LOOKS if grows else ()), *(seeds if len(seeds) > 1 else ())]

    def look_path(self, problem: str, look: str) -> Path:
        """Return where a look leaves what it decided."""
        return self.folder / "looks" / problem / f"{look}.json"

    def look_paths(self) -> list[Path]:
        """Return where the looks of the study leave what they decided."""
        return [self.look_path(p, look) for p in self.trained for look in self.looks(p)]

    def runs_to_look_at(self, problem: str, look: str) -> list[Run]:
        """Return the runs that a look reads, by what the looks before it decided."""
        if look in GRID_LOOKS:
            return [
                run
                for optimizer in self.optimizers_on(problem)
                for run in self.tuning_runs(problem, optimizer, "tuned", GRID_LOOKS.index(look))
            ]
        return [
            run
            for optimizer in self.optimizers_on(problem)
            for run in self.evaluation_runs(problem, optimizer, self.track, int(look))
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
        return [
            Run(problem, optimizer, candidate, seed)
            for seed in self.evaluation_seeds[:given]
            for candidate in self.evaluated_as(problem, optimizer, track)
        ]

    def runs(self) -> list[Run]:
        """Return every run of the study, by the looks there were so far."""
        return self._runs(len(GRID_LOOKS), None)

    def first_runs(self) -> list[Run]:
        """Return the runs that the study has whatever comes out."""
        return self._runs(0, 0)

    def _runs(self, grid_looks: int, at_look: int | None) -> list[Run]:
        return [
            run
            for problem, optimizer, track in self.trainings()
            for run in (
                *self.tuning_runs(problem, optimizer, track, grid_looks),
                *self.evaluation_runs(problem, optimizer, track, at_look),
            )
        ]

    def runs_after(self, problem: str, seeds: int) -> list[Run]:
        """Return the runs that may follow the look at a number of seeds, if nothing is decided."""
        return [
            Run(problem, optimizer, candidate, seed)
            for optimizer in self.optimizers_on(problem)
            for candidate in self.evaluated_as(problem, optimizer, self.track)
            if self.seeds_given(problem, optimizer, self.track, seeds) >= seeds
            for seed in self.evaluation_seeds[seeds : self.looks_of(problem, self.track)[-1].seeds]
        ]

    def part(self, problem: str, seed: int) -> str:
        """Return which part of a problem's dataset a seed uses: ``fold-3``, or ``all``."""
        name: str | None = self.trained[problem].get("dataset")
        if name is None or not source_of(self.config["datasets"][name]).has_folds:
            return "all"
        return f"fold-{seed % FOLDS}"

    def dataset_manifest(self, problem: str, part: str) -> Path | None:
        """Return the manifest of a prepared dataset; None for a problem without data."""
        name: str | None = self.trained[problem].get("dataset")
        return None if name is None else self.prepared_dataset(name, part)

    def validation_examples(self, problem: str, seed: int) -> int | None:
        """Return how many validation examples an accuracy counts; None without a dataset."""
        manifest = self.dataset_manifest(problem, self.part(problem, seed))
        return None if manifest is None else count_examples(manifest.parent, "validation")

    def prepared_dataset(self, dataset: str, part: str) -> Path:
        """Return the path of the manifest of a part of a prepared dataset."""
        return self.folder / "data" / dataset / part / MANIFEST

    def optimum_path(self, problem: str, seed: int) -> Path | None:
        """Return the path of a convex problem's optimum; None for other problems."""
        if not has_optimum(self.trained[problem]["use"]):
            return None
        return self.folder / "optima" / problem_of(problem) / f"{self.part(problem, seed)}.json"

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
            "choice": self.tuned_path(run.problem, run.optimizer, run.track)
            if run.is_evaluation and run.track in TUNED_TRACKS
            else None,
        }
        return {name: path for name, path in files.items() if path is not None}

    def job(self, run: Run) -> dict[str, Any]:
        """Return the arguments of :mod:`descent.training.job` for a run.

        A job contains everything that determines the bytes of its record, and nothing else: the
        engine retrains a run exactly when its job changes.
        """
        problem = self.trained[run.problem]
        candidates = self.candidates(run.problem, run.optimizer, run.track)
        return {
            "problem": {
                "name": problem_of(run.problem),
                "settings": self.problem_settings(run.problem),
                "epochs": problem["epochs"],
                "evaluations_per_epoch": problem["evaluations_per_epoch"],
            },
            "optimizer": {"name": run.optimizer, "entry": self.optimizer_entry(run.optimizer)},
            "candidate": run.candidate,
            "hyperparameters": candidates.get(run.candidate, {}),
            "for_tuning": not run.is_evaluation,
            "seed": run.seed,
            "threads": self.threads(run.problem),
            "kernels": self.config["kernels"],
            "source": self.source(run.problem, run.optimizer),
        }

    def source(self, problem: str, optimizer: str) -> str:
        """Return the digest of the code that trains a problem with an optimizer."""
        entry = self.trained[problem]
        if entry["use"] == COMMAND:
            return _command_source(tuple(entry["files"]))
        return _training_source(entry["use"], json.dumps(self.optimizer_entry(optimizer)))

    def plug_ins(self) -> list[Path]:
        """Return the files of every rule and problem that may not be of this package."""
        rules = map(self.optimizer_entry, self.optimizers)
        return [
            *(path for rule in rules for path in entrant_sources(rule, Path.cwd())),
            *(
                path
                for p in self.problems.values()
                for path in (
                    map(Path, p["files"]) if p["use"] == COMMAND else plug_in_sources(p["use"])
                )
            ),
        ]

    def trains_with(self, problem: str) -> str:
        """Return the module that is the training job of a problem."""
        command = self.trained[problem]["use"] == COMMAND
        return "descent.training.command_job" if command else "descent.training.job"

    def threads(self, problem: str) -> int:
        """Return the threads of one run on a problem."""
        return int(self.trained[problem].get("threads", self.config["threads"]))

    def needs(self, problem: str, resource: str, otherwise: int) -> int:
        """Return what one run needs of a resource of Snakemake, if the problem's entry says it."""
        return int(self.trained[problem].get(resource, otherwise))

    @property
    def path(self) -> Path:
        """The file of this plan."""
        return self.folder / "study.json"

    def files_behind_tables(self) -> list[Path]:
        """Return what tables are made of: the plan, records, choices, looks, data and optima."""
        runs = list(dict.fromkeys(self.runs()))
        made = (self.record_paths(runs), self.tuned_paths(), self.look_paths(), self.data_of(runs))
        return [self.path, *(path for paths in made for path in paths)]

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
            for problem, optimizer, track in self.trainings()
            if track in TUNED_TRACKS and problem in (problems or self.trained)
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
        entry = self.trained[problem]
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


def headline_track(tracks: Sequence[str]) -> str:
    """Return the track that a study is about: the first that tunes, or else the first."""
    return next((track for track in tracks if track in TUNED_TRACKS), tracks[0])


def named_optimizers(config: Mapping[str, Any]) -> list[str]:
    """Return the baseline and the focus of a study, without repetition."""
    named = (config[key] for key in ("baseline", "focus"))
    return list(dict.fromkeys(name for name in named if name is not None))


def with_schedule(optimizer: str, schedule: Mapping[str, Any]) -> str:
    """Return the name of an optimizer's entry with another schedule: ``adam-constant``."""
    return f"{optimizer}-{str(schedule['use']).rpartition(':')[2]}"


def schedule_pairs(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each optimizer with its entries of the other schedules of a study."""
    others = config["schedules"][1:]
    pairs = [
        (name, with_schedule(name, other)) for name in config["optimizers"] for other in others
    ]
    return [(name, other) for name, other in pairs if other in config["optimizers"]]


def _run_file(run: Run) -> Path:
    return Path(run.problem, run.optimizer, run.candidate, f"seed-{run.seed}.json")


@cache
def _command_source(files: tuple[str, ...]) -> str:
    """Return the digest of what runs a command, of its files and of what these import."""
    return source_digest(["descent.training.command_job"], map(Path, files))


@cache
def _training_source(problem: str, entry: str) -> str:
    """Return the digest of the training loop, a problem's class and a rule; entry is JSON."""
    built_in = [PROBLEMS[problem].location.partition(":")[0]] if problem in PROBLEMS else []
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
