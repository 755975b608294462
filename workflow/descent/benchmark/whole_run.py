"""A run of a problem as a process of its own, and the plain PyTorch script in its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from descent.benchmark import pytorch
from descent.benchmark.measurement import (
    FASTEST_KERNELS,
    OURS,
    PYTORCH,
    Candidate,
    Measurement,
    measure_in_turns,
    timed,
)
from descent.benchmark.setting import Setting
from descent.data.dataset import ARRAYS, MANIFEST
from descent.training.job import PORTABLE_KERNELS


class Script(NamedTuple):
    """A script of this folder, and what it has in common with a run of ours."""

    name: str
    rules: tuple[str, ...]
    epochs: float
    evaluations_per_epoch: float


#: By the problem that a script trains.
SCRIPTS = {
    "mlp": Script("plain_pytorch.py", ("sgd", "rmsprop", "adam"), 5, 2),
    "language_model": Script("plain_pytorch_language_model.py", ("adamw",), 1, 5),
}


def measure(setting: Setting) -> list[Measurement]:
    """Measure a run with each rule of the script."""
    measured: list[Measurement] = []
    arrays = (setting.dataset / ARRAYS).resolve()
    notes = {} if pytorch.is_installed() else {PYTORCH: pytorch.NOT_INSTALLED}
    script = SCRIPTS[setting.problem["use"]]
    path = Path(__file__).with_name(script.name)
    for rule in script.rules:
        candidates = {
            OURS: _process(training_command(setting, rule)),
            FASTEST_KERNELS: _process(training_command(setting, rule, "fastest"), own_kernels=True),
        }
        if not notes:
            candidates[PYTORCH] = _process([sys.executable, str(path), str(arrays), rule])
        measured += measure_in_turns(rule, candidates, notes, setting.rounds)
    return measured


def training_command(setting: Setting, rule: str, kernels: str = "portable") -> list[str]:
    """Return the command of a training job; it writes its files into the working directory.

    Parameters
    ----------
    setting : Setting
        Its problem and its dataset are used.
    rule : str
        A built-in optimizer; its learning rate is 0.001.
    kernels : {"portable", "fastest"}, default "portable"
        As a config has it.
    """
    script = SCRIPTS[setting.problem["use"]]
    job = {
        "problem": {
            "name": "benchmark",
            "settings": dict(setting.problem),
            "epochs": script.epochs,
            "evaluations_per_epoch": script.evaluations_per_epoch,
        },
        "optimizer": {"name": rule, "entry": {"use": rule}},
        "candidate": "default",
        "hyperparameters": {"learning_rate": 1e-3},
        "for_tuning": False,
        "threads": 1,
        "kernels": kernels,
        "seed": 0,
        "source": "",
    }
    files = ["--record", "record.json", "--costs", "costs.json"]
    files += ["--dataset", str((setting.dataset / MANIFEST).resolve())]
    return [sys.executable, "-m", "descent.training.job", "--job", json.dumps(job), *files]


def _process(command: list[str], *, own_kernels: bool = False) -> Candidate:
    """Return a candidate that runs a command in a folder of its own.

    With ``own_kernels`` the process is not told which kernels to use.
    """
    told = PORTABLE_KERNELS if own_kernels else {}
    environment = {name: value for name, value in os.environ.items() if name not in told}

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(  # noqa: S603
                command, check=True, stdout=subprocess.DEVNULL, cwd=folder, env=environment
            )

    return timed(work)
