"""What each optimizer costs, in a folder of its own: times are never the same twice.

Run as ``python -m descent.analysis.tables.cost results/<study>/study.json``; it writes
``timing/cost.*``, ``timing/seconds_to_target.csv`` and ``timing/speed_up_in_seconds.csv``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd

from descent.analysis.results import Results, load_results
from descent.analysis.tables.build import frame, write
from descent.analysis.tables.speed_up import speed_up, speed_up_in_seconds
from descent.analysis.tables.study_tables import rows_of
from descent.analysis.tables.target import seconds_to_target
from descent.analysis.tables.values import Row
from descent.foundation.command_line import fails_on, study_parser
from descent.study.origins import note
from descent.study.plan import Run, load_study
from descent.training.records import read_costs


def timing(results: Results) -> dict[str, pd.DataFrame]:
    """Return the tables of times by name."""
    costs = {run: read_costs(results.study.costs_path(run)) for run in results.records}
    seconds = frame("seconds_to_target", seconds_to_target(results, costs))
    of_steps = cost(results)
    faster = speed_up_in_seconds(speed_up(results), rows_of(of_steps))
    return {
        "cost": of_steps,
        "seconds_to_target": seconds,
        "speed_up_in_seconds": frame("speed_up_in_seconds", faster),
    }


def cost(results: Results) -> pd.DataFrame:
    """Return what each optimizer costs on each problem, from the evaluated and the tuning runs."""
    rows = []
    for problem in results.study.problems:
        for optimizer in results.study.optimizers:
            runs = [r for r in results.records if (r.problem, r.optimizer) == (problem, optimizer)]
            rows.append(_cost_row(results, problem, optimizer, runs))
    return frame("cost", rows)


def _cost_row(results: Results, problem: str, optimizer: str, runs: list[Run]) -> Row:
    costs = {run: read_costs(results.study.costs_path(run)) for run in runs}
    steps = {run: results.records[run].steps for run in runs}
    stepped = [run for run in runs if steps[run] and costs[run].training_seconds > 0]
    per_step = [1e3 * costs[run].training_seconds / steps[run] for run in stepped]
    share = [costs[run].optimizer_seconds / costs[run].training_seconds for run in stepped]
    low, middle, high = np.quantile(per_step, [0.25, 0.5, 0.75]) if stepped else [math.nan] * 3
    return {
        "problem": problem,
        "optimizer": optimizer,
        "runs": len(runs),
        "milliseconds_per_step": middle,
        "milliseconds_low": low,
        "milliseconds_high": high,
        "optimizer_share": float(np.median(share)) if share else math.nan,
        "state_bytes_per_parameter": results.records[runs[0]].state_bytes_per_parameter,
        "training_seconds": math.fsum(c.training_seconds for c in costs.values()),
        "evaluation_seconds": math.fsum(c.evaluation_seconds for c in costs.values()),
        "startup_seconds": float(np.median([c.startup_seconds for c in costs.values()])),
        "peak_memory_megabytes": max(c.peak_memory_bytes for c in costs.values()) / 1e6,
    }


@fails_on(FileNotFoundError, ValueError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables of times; exit code 1 if a run or its costs are missing."""
    parser = study_parser("descent.analysis.tables.cost", __doc__)
    study = load_study(parser.parse_args(arguments).study)
    written = write(timing(load_results(study)), study, study.folder)
    read = [*study.files_behind_tables(), *study.costs_paths(study.runs())]
    note(study.folder, "descent.analysis.tables.cost", written, read)
    return 0


if __name__ == "__main__":
    sys.exit(main())
