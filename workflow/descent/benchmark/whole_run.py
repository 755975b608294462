"""A run of the perceptron as a process of its own, and the plain PyTorch script in its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

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

RULES = ("sgd", "rmsprop", "adam")
SCRIPT = Path(__file__).with_name("plain_pytorch.py")
#: Epochs, and evaluations in each, as in the script.
EPOCHS, EVALUATIONS = 5, 2


def measure(setting: Setting) -> list[Measurement]:
    """Measure a run with each of three rules."""
    measured: list[Measurement] = []
    arrays = (setting.dataset / ARRAYS).resolve()
    notes = {} if pytorch.is_installed() else {PYTORCH: pytorch.NOT_INSTALLED}
    for rule in RULES:
        candidates = {
            OURS: _process(training_command(setting, rule)),
            FASTEST_KERNELS: _process(training_command(setting, rule, "fastest"), own_kernels=True),
        }
        if not notes:
            candidates[PYTORCH] = _process([sys.executable, str(SCRIPT), str(arrays), rule])
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
    job = {
        "problem": {
            "name": "benchmark",
            "settings": dict(setting.problem),
            "epochs": EPOCHS,
            "evaluations_per_epoch": EVALUATIONS,
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
