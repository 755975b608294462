"""Whether rules take the same steps in every process.

Python orders a set of texts anew in each process, and a clock or an unseeded generator says
something else each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from descent.optimizers.adapters.trial import TRIAL, trial_parameters
from descent.optimizers.given_gradients import set_mini_batch
from descent.optimizers.loading import load_optimizer

#: Values of ``PYTHONHASHSEED``, by which Python orders sets of texts.
HASH_SEEDS = ("1", "2", "3")
#: Seconds for the steps of a rule, which take a thousandth of one.
SECONDS = 5
REASON = (
    "the steps differ from one process to the next; a rule may not draw random numbers, read a "
    "clock, or depend on the order of a set, as sorted(...) does not"
)


def changing(entries: Mapping[str, Mapping[str, Any]], folder: Path) -> list[str]:
    """Return the names of the entries whose rules step differently in other processes.

    Parameters
    ----------
    entries : mapping of str to mapping
        Config entries, as for :func:`~descent.optimizers.loading.load_optimizer`, by name.
    folder : Path
        What the path of a file is relative to.

    Returns
    -------
    list of str
        Those of which two processes saw different steps. A rule that cannot take a step is not
        among them.
    """
    if not entries:
        return []
    paths = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-m", "descent.optimizers.repeatable", json.dumps(entries)]
    processes = [
        subprocess.Popen(  # noqa: S603 - this package
            command,
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for seed in HASH_SEEDS
    ]
    printed = [process.communicate()[0].splitlines()[-1:] for process in processes]
    digests = [json.loads(line) for lines in printed for line in lines]
    return [name for name in entries if len({found[name] for found in digests} - {""}) > 1]


def _raise(_signum: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _digest(entry: Mapping[str, Any]) -> str:
    """Return what depends on every bit of some steps of a rule; empty if it takes none."""
    try:
        rule, theta = load_optimizer(entry, folder=Path.cwd()), trial_parameters()
        signal.signal(signal.SIGALRM, _raise)
        signal.alarm(SECONDS)
        state, rng = rule.init(theta, TRIAL), np.random.default_rng(0)
        for g in rng.normal(size=(TRIAL.steps or 1, theta.size)):
            set_mini_batch(rule, state, theta, g)
            rule.step(theta, g, state)
    except Exception:  # noqa: BLE001 - the study and the other checks say what is wrong
        return ""
    finally:
        signal.alarm(0)
    return hashlib.sha256(theta.tobytes()).hexdigest()


if __name__ == "__main__":
    print("\n" + json.dumps({name: _digest(e) for name, e in json.loads(sys.argv[1]).items()}))
