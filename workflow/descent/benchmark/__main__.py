"""Run one measurement: ``python -m descent.benchmark mlp_epoch --output mlp_epoch.csv ...``."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from descent.foundation.command_line import command_parser
from descent.training.job import THREADS

#: Every measurement, and the problem it needs: a value of ``use``, or None.
MEASUREMENTS: dict[str, str | None] = {
    "mlp_epoch": "mlp",
    "rnn_epoch": "rnn",
    "softmax_epoch": "softmax_regression",
    "logistic_epoch": "logistic_regression",
    "mlp_run": "mlp",
    "rnn_run": "rnn",
    "optimizer_step": None,
    "study_cost": None,
    "study_share": None,
    "estimates": None,
    "job_start": None,
    "job_memory": "mlp",
    "step_growth": "mlp",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one measurement and write its rows."""
    parser = command_parser("descent.benchmark", __doc__)
    parser.add_argument("measurement", choices=MEASUREMENTS)
    parser.add_argument("--output", required=True, type=Path, help="CSV file")
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    parser.add_argument("--problem", type=json.loads, default={}, help="its settings, as JSON")
    parser.add_argument("--dataset", type=Path, help="manifest of the prepared dataset")
    parser.add_argument("--snakefile", type=Path, default=Path("Snakefile"))
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="for the workflow")
    options = parser.parse_args(arguments)
    needed = MEASUREMENTS[options.measurement]
    if needed is not None and (not options.problem or options.dataset is None):
        parser.error(f"{options.measurement} needs --problem and --dataset, of use: {needed}")

    # BLAS reads its number of threads when NumPy is imported, which the measurement does.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    from descent.benchmark.rows import write_rows  # noqa: PLC0415
    from descent.benchmark.setting import SIZES, Setting  # noqa: PLC0415

    module = importlib.import_module(f"descent.benchmark.{options.measurement}")
    setting = Setting(
        size=SIZES[options.size],
        problem=options.problem,
        dataset=options.dataset.parent if options.dataset else None,
        snakefile=options.snakefile,
        cores=options.cores,
    )
    write_rows(options.output, module.measure(setting))
    return 0


if __name__ == "__main__":
    sys.exit(main())
