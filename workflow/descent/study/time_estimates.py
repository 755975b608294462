"""Estimates of training times, from the costs of earlier runs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from statistics import fmean

#: Number of earlier runs of a problem and optimizer that an estimate uses.
ENOUGH = 8


class Durations:
    """Mean time of the earlier runs of each problem and optimizer of a study.

    Parameters
    ----------
    costs_folder : Path
        ``results/<study>/costs``; it need not exist.
    """

    def __init__(self, costs_folder: Path) -> None:
        self._folder = costs_folder
        # a cache of each instance: another study has other durations
        self._of_optimizer = cache(self._read)

    def seconds(self, problem: str, optimizer: str) -> float | None:
        """Return the estimated time of one run on one core.

        Parameters
        ----------
        problem, optimizer : str
            Names of config entries.

        Returns
        -------
        float or None
            Seconds of processor time: the mean over earlier runs of
            this optimizer, or, if there are none, of all optimizers on the problem; None if the
            problem was never run.
        """
        own = self._of_optimizer(problem, optimizer)
        return own if own is not None else self._of_problem(problem)

    def _of_problem(self, problem: str) -> float | None:
        folder = self._folder / problem
        if not folder.is_dir():
            return None
        of_each = [self._of_optimizer(problem, entry.name) for entry in sorted(folder.iterdir())]
        known = [seconds for seconds in of_each if seconds is not None]
        return fmean(known) if known else None

    def _read(self, problem: str, optimizer: str) -> float | None:
        found: list[float] = []
        for path in (self._folder / problem / optimizer).glob("*/seed-*.json"):
            try:
                costs = json.loads(path.read_text(encoding="utf-8"))
                parts = ("startup", "training", "evaluation")
                found.append(sum(costs[f"{part}_seconds"] for part in parts))
            except (OSError, ValueError, KeyError, TypeError):  # left out of the estimate
                continue
            if len(found) == ENOUGH:
                break
        return fmean(found) if found else None
