"""Run one benchmark: ``python -m descent.benchmark mlp_epoch --output mlp_epoch.csv ...``."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from descent.benchmark.catalogue import BENCHMARKS
from descent.foundation.command_line import command_parser
from descent.training.job import THREADS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark and write its measurements."""
    parser = command_parser("descent.benchmark", __doc__)
    parser.add_argument("benchmark", choices=BENCHMARKS)
    parser.add_argument("--output", required=True, type=Path, help="CSV file")
    parser.add_argument("--quick", action="store_true", help="only check that it works")
    parser.add_argument("--problem", type=json.loads, default={}, help="its settings, as JSON")
    parser.add_argument("--dataset", type=Path, help="manifest of the prepared dataset")
    options = parser.parse_args(arguments)
    module, use = BENCHMARKS[options.benchmark]
    if use is not None and (not options.problem or options.dataset is None):
        parser.error(f"{options.benchmark} needs --problem and --dataset, of use: {use}")

    # BLAS reads its number of threads when NumPy is imported, which the benchmarks do.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    from descent.benchmark.measurement import write  # noqa: PLC0415
    from descent.benchmark.setting import Setting  # noqa: PLC0415

    measure = importlib.import_module(f"descent.benchmark.{module}").measure
    dataset = options.dataset.parent if options.dataset else Path()
    setting = Setting(options.quick, options.problem, dataset)
    write(options.output, measure(setting))
    return 0


if __name__ == "__main__":
    sys.exit(main())
