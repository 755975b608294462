"""Estimates of training times: from the costs of earlier runs, or from the first steps of a run."""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from statistics import fmean

from threadpoolctl import threadpool_limits

from descent.foundation.command_template import COMMAND
from descent.foundation.source_digest import own_sources
from descent.optimizers.loading import entrant_sources, load_optimizer
from descent.problems.base import Problem
from descent.problems.loading import load_problem, plug_in_sources
from descent.study.plan import Study
from descent.training.run_time import estimate_seconds

#: Number of earlier runs of a problem and optimizer that an estimate uses.
ENOUGH = 8
#: After this time of measuring, in seconds, nothing more is measured.
LONGEST_MEASURING = 5.0


class Durations:
    """How long one run of each problem and optimizer of a study takes.

    Parameters
    ----------
    study : Study
        The plan; its folder need not exist.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._measuring = 0.0
        # caches of each instance: another study has other durations
        self._known = cache(self._find)
        self._problem = cache(self._load)

    def seconds(self, problem: str, optimizer: str) -> float | None:
        """Return the estimated time of one run on one core.

        Parameters
        ----------
        problem, optimizer : str
            Names of config entries.

        Returns
        -------
        float or None
            Seconds of processor time: the mean over earlier runs of this optimizer on the problem;
            if there are none, what its first steps take; if these cannot be taken, the mean of the
            other optimizers on the problem; None if nothing is known of them either.
        """
        own = self._known(problem, optimizer)
        if own is not None:
            return own
        others = [self._known(problem, other) for other in self._study.optimizers]
        known = [seconds for seconds in others if seconds is not None]
        return fmean(known) if known else None

    def _find(self, problem: str, optimizer: str) -> float | None:
        earlier = self._of_earlier_runs(problem, optimizer)
        if earlier is not None or self._measuring > LONGEST_MEASURING:
            return earlier
        start = time.monotonic()
        with threadpool_limits(self._study.config["threads"]):
            measured = self._of_first_steps(problem, optimizer)
        self._measuring += time.monotonic() - start
        return measured

    def _of_earlier_runs(self, problem: str, optimizer: str) -> float | None:
        found: list[float] = []
        folder = self._study.folder / "costs" / problem / optimizer
        for path in folder.glob("*/seed-*.json"):
            try:
                costs = json.loads(path.read_text(encoding="utf-8"))
                parts = ("startup", "training", "evaluation")
                found.append(sum(costs[f"{part}_seconds"] for part in parts))
            except (OSError, ValueError, KeyError, TypeError):  # left out of the estimate
                continue
            if len(found) == ENOUGH:
                break
        return fmean(found) if found else None

    def _of_first_steps(self, problem: str, optimizer: str) -> float | None:
        """Return what the first steps tell.

        None if the data are not prepared, or if a user's own code would run: it might print, raise
        or never return, and this process plans the study.
        """
        entry, rule = self._study.trained[problem], self._study.optimizer_entry(optimizer)
        if entry["use"] == COMMAND:
            return None
        if own_sources([*plug_in_sources(entry["use"]), *entrant_sources(rule, Path.cwd())]):
            return None
        loaded = self._problem(problem)
        if loaded is None:
            return None
        lengths = {key: entry[key] for key in ("epochs", "evaluations_per_epoch")}
        return estimate_seconds(loaded, load_optimizer(rule, folder=Path.cwd()), **lengths)

    def _load(self, problem: str) -> Problem | None:
        manifest = self._study.dataset_manifest(problem, self._study.part(problem, 0))
        if manifest is not None and not manifest.is_file():
            return None
        folder = None if manifest is None else manifest.parent
        return load_problem(problem, self._study.problem_settings(problem), folder)
