"""How long a training job takes to start and to import its modules."""

from __future__ import annotations

import subprocess
import sys
import time

from descent.benchmark.rows import OURS, Row, rows_of
from descent.benchmark.setting import Setting
from descent.benchmark.timing import Candidate, alternate
from descent.problems.loading import problem_location

#: What every training job imports; its problem's module comes on top.
OF_EVERY_TRAINING = (
    "descent.training.job",
    "descent.training.loop",
    "descent.training.machine",
    "descent.optimizers.loading",
    "descent.problems.loading",
)
#: Problems of the three kinds: without data, on dense data, on sparse counts.
PROBLEMS = ("quadratic", "mlp", "rnn")


def measure(setting: Setting) -> list[Row]:
    """Measure the start of the interpreter, of NumPy, and of a job for three kinds of problem."""
    statements = {"Python": "pass", "NumPy": "import numpy"}
    for problem in PROBLEMS:
        module = problem_location(problem).partition(":")[0]
        statements[problem] = f"import {', '.join((*OF_EVERY_TRAINING, module))}"
    seconds = alternate(
        {name: _start(statement) for name, statement in statements.items()}, setting.size.starts
    )
    return [
        row
        for name, rounds in seconds.items()
        for row in rows_of("job_start", name, {OURS if name in PROBLEMS else name: rounds})
    ]


def _start(statement: str) -> Candidate:
    def round_() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)  # noqa: S603
        return time.perf_counter() - start

    return round_
