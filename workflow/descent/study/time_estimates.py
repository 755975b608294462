"""Estimates of training times: from the costs of earlier runs, or from a probe of a few steps."""

from __future__ import annotations

import atexit
import json
import os
import re
import subprocess
import sys
import tempfile
from functools import cache, cached_property
from statistics import fmean
from typing import Any

from descent.study.plan import Study
from descent.training.job import THREADS

#: Number of earlier runs of a problem and optimizer that an estimate uses.
ENOUGH = 8
#: A line of the probe's, among what plug-ins print.
MEASURED = re.compile(r"measured: (\[.*\])")
#: Seconds that a probe may take; what it has measured by then counts.
LONGEST_PROBE = 30.0


class Durations:
    """How long one run of each problem and optimizer of a study takes.

    Parameters
    ----------
    study : Study
        The plan; its folder need not exist.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._folder = study.folder / "costs"
        # a cache of each instance: another study has other durations
        self._of_earlier = cache(self._read)
        self._probe: subprocess.Popen[str] | None = None

    def probe(self) -> None:
        """Begin to measure what has no earlier run, in a process of its own, and do not wait."""
        new = {
            problem: optimizers
            for problem in self._study.problems
            if (
                optimizers := [
                    name
                    for name in self._study.optimizers
                    if self._of_earlier(problem, name) is None
                ]
            )
        }
        if not new or self._probe is not None:
            return
        command = [sys.executable, "-m", "descent.study.time_probe", "--new", json.dumps(new)]
        with tempfile.TemporaryFile("w+") as config:
            json.dump(self._study.config, config)
            config.seek(0)
            self._probe = subprocess.Popen(  # noqa: S603 - this package's own module
                [*command, "--folder", str(self._study.folder)],
                stdin=config,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a plug-in that fails here fails again in its run
                text=True,
                env=os.environ | dict.fromkeys(THREADS, str(self._study.config["threads"])),
            )
        atexit.register(self._probe.kill)

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
            if there are none, what the probe measured; if it measured nothing, the mean of the
            others on the problem; None if nothing is known of them either.
        """
        own = self._known(problem, optimizer)
        if own is not None:
            return own
        others = [self._known(problem, other) for other in self._study.optimizers]
        known = [seconds for seconds in others if seconds is not None]
        return fmean(known) if known else None

    def _known(self, problem: str, optimizer: str) -> float | None:
        earlier = self._of_earlier(problem, optimizer)
        return self._probed.get((problem, optimizer)) if earlier is None else earlier

    @cached_property
    def _probed(self) -> dict[tuple[str, str], float]:
        """What the probe has measured, once it has ended or its time is over."""
        if self._probe is None:
            return {}
        try:
            printed, _ = self._probe.communicate(timeout=LONGEST_PROBE)
        except subprocess.TimeoutExpired:
            self._probe.kill()
            printed, _ = self._probe.communicate()
        found = (MEASURED.fullmatch(line) for line in printed.splitlines())
        measured = (json.loads(line[1]) for line in found if line is not None)
        return {(problem, optimizer): seconds for problem, optimizer, seconds in measured}

    def _read(self, problem: str, optimizer: str) -> float | None:
        found: list[float] = []
        for path in (self._folder / problem / optimizer).glob("*/seed-*.json"):
            try:
                costs: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                parts = ("startup", "training", "evaluation")
                found.append(sum(costs[f"{part}_seconds"] for part in parts))
            except (OSError, ValueError, KeyError, TypeError):  # left out of the estimate
                continue
            if len(found) == ENOUGH:
                break
        return fmean(found) if found else None
