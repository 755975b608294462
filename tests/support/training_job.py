"""A training job of three steps, and what tests ask of the processes that carry it out."""

import json
import os
from pathlib import Path

import descent

WORKFLOW = Path(descent.__file__).parents[1]
JOB = {
    "problem": {
        "name": "bowl",
        "settings": {"use": "quadratic"},
        "epochs": 3,
        "evaluations_per_epoch": 1,
    },
    "optimizer": {"name": "sgd", "entry": {"use": "sgd"}},
    "candidate": "default",
    "hyperparameters": {},
    "for_tuning": False,
    "seed": 0,
    "threads": 1,
    "kernels": "portable",
    "source": "0123456789abcdef",
}
#: Starts a process, tells its number and waits for it.
PARENT = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it
child = subprocess.Popen(sys.argv[1:])
print(child.pid, flush=True)
child.wait()
"""


def arguments(folder, job=JOB, **files):
    given = {
        "job": json.dumps(job),
        "record": folder / "record.json",
        "costs": folder / "costs.json",
    }
    return [word for name, value in (given | files).items() for word in (f"--{name}", str(value))]


def is_at_work(pid):
    try:
        os.kill(pid, 0)
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # it has ended meanwhile, or there is nowhere to look
        return not Path("/proc").is_dir()
