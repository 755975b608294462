"""The settings of a measurement: problem, dataset, size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from descent.problems.base import Problem
from descent.problems.loading import load_problem


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes
    ----------
    real_data : bool
        Whether whole studies are those on published data, or small ones that stand for them.
    rounds : int
        Rounds of an epoch or a step that count.
    parameters : tuple of int
        Lengths of the vectors that an optimizer's step is measured on.
    step_seconds : float
        Length of one round of steps.
    runs : tuple of int
        Numbers of runs of the studies whose cost per run is compared; the last one is the
        finished study that is run again.
    overhead_runs, run_seconds : int, float
        Number and length of the trainings whose overhead is measured.
    dry_runs : int
        Runs of the study that is planned and not run.
    starts : int
        Number of starts of a training job.
    jobs : int
        Number of jobs that share memory.
    growth_units, growth_mini_batches : tuple of int
        Hidden units and mini-batches over which a step's cost is followed.
    """

    real_data: bool = True
    rounds: int = 7
    parameters: tuple[int, ...] = (100_000, 1_000_000)
    step_seconds: float = 0.2
    runs: tuple[int, ...] = (100, 1000, 3000)
    overhead_runs: int = 1000
    run_seconds: float = 2.0
    dry_runs: int = 10_000
    starts: int = 21
    jobs: int = 8
    growth_units: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024)
    growth_mini_batches: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024)


#: The values of ``--size``.
SIZES = {
    "full": Size(),
    "quick": Size(
        real_data=False,
        rounds=3,
        step_seconds=0.05,
        runs=(10, 30, 90),
        overhead_runs=20,
        run_seconds=0.5,
        dry_runs=1000,
        starts=5,
        growth_units=(16, 64, 256),
        growth_mini_batches=(16, 64, 256),
    ),
}


@dataclass(frozen=True)
class Setting:
    """The settings of a measurement.

    Attributes
    ----------
    size : Size
        How much is measured.
    problem : mapping
        A problem's settings, with ``use``; empty for a measurement without a problem.
    dataset : Path or None
        The folder of its prepared dataset.
    snakefile : Path or None
        The workflow, for those that measure it.
    cores : int
        Cores that the workflow is given.
    """

    size: Size
    problem: Mapping[str, Any] = field(default_factory=dict)
    dataset: Path | None = None
    snakefile: Path | None = None
    cores: int = 1

    def load(self, **changes: Any) -> Problem:
        """Return the problem, some of its settings changed."""
        return load_problem("benchmark", {**self.problem, **changes}, self.dataset)
