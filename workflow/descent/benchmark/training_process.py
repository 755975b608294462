"""The command line of a training job that loads its own libraries."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from descent.benchmark.setting import Setting
from descent.data.dataset import MANIFEST


def training_command(
    setting: Setting,
    rule: str,
    *,
    epochs: float = 1,
    evaluations_per_epoch: float = 1,
    seed: int = 0,
    folder: Path = Path(),
) -> list[str]:
    """Return the command that trains the problem of a measurement.

    Parameters
    ----------
    setting : Setting
        Its problem and its dataset are used.
    rule : str
        A built-in one; its learning rate is 0.001.
    epochs, evaluations_per_epoch : float, default 1
        How long, and how often it is evaluated.
    seed : int, default 0
        The run's.
    folder : Path
        Where the record and the costs go, by default the working directory.
    """
    job: dict[str, Any] = {
        "problem": {
            "name": "benchmark",
            "settings": dict(setting.problem),
            "epochs": epochs,
            "evaluations_per_epoch": evaluations_per_epoch,
        },
        "optimizer": {"name": rule, "entry": {"use": rule}},
        "candidate": "default",
        "hyperparameters": {"learning_rate": 1e-3},
        "for_tuning": False,
        "threads": 1,
        "seed": seed,
        "source": "",
    }
    command = [sys.executable, "-m", "descent.training.job", "--job", json.dumps(job)]
    command += ["--record", str(folder / f"{seed}.json"), "--costs", str(folder / f"c{seed}.json")]
    if setting.dataset is not None:
        command += ["--dataset", str((setting.dataset / MANIFEST).resolve())]
    return command
