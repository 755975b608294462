"""A run from the start of its process to the end, and the plain PyTorch script in its place."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from descent.benchmark.libraries import missing
from descent.benchmark.rows import OURS, Row, rows_of
from descent.benchmark.setting import Setting
from descent.benchmark.timing import Candidate, alternate
from descent.benchmark.training_process import training_command
from descent.data.dataset import ARRAYS

RULES = ("sgd", "rmsprop", "adam")
PLAIN = "a plain PyTorch script"


def whole_runs(
    setting: Setting, name: str, script: Path, *, epochs: float, evaluations_per_epoch: float
) -> list[Row]:
    """Measure a run with each of three rules beside a script that does the same.

    Parameters
    ----------
    setting : Setting
        Its problem and its dataset are used.
    name : str
        The measurement.
    script : Path
        Takes the dataset's folder and the rule.
    epochs, evaluations_per_epoch : float
        Of the run, and of the script.
    """
    rows: list[Row] = []
    for rule in RULES:
        command = training_command(
            setting, rule, epochs=epochs, evaluations_per_epoch=evaluations_per_epoch
        )
        candidates = {OURS: _process(command)}
        notes = {}
        if why := missing("torch", "PyTorch"):
            notes[PLAIN] = why
        else:
            assert setting.dataset is not None
            words = [sys.executable, str(script), str((setting.dataset / ARRAYS).resolve()), rule]
            candidates[PLAIN] = _process(words)
        rows += rows_of(name, rule, alternate(candidates, setting.size.rounds), notes)
    return rows


def _process(command: list[str]) -> Candidate:
    def round_() -> float:
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)  # noqa: S603
            return time.perf_counter() - start

    return round_
