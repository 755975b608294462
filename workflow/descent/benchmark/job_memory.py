"""Memory of one training job and of several together, each shared page counted once.

Of the pages that processes share, Linux counts for each process its part (PSS, the proportional
set size): the sum over the jobs is what they take together. The data are mapped into memory by all
jobs, so eight jobs take the data once and eight times the rest.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path

from descent.benchmark.rows import OURS, Row
from descent.benchmark.setting import Setting
from descent.benchmark.training_process import training_command

#: Seconds between two samples of the jobs' memory.
INTERVAL = 0.02
#: Bytes in a mebibyte, the unit of all rows.
MEBIBYTE = 2**20
_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)


def measure(setting: Setting) -> list[Row]:
    """Measure the peak of one job and of several, and the size of the data they share."""
    if not Path("/proc/self/smaps_rollup").is_file():
        note = "this system does not tell how processes share memory (/proc/<pid>/smaps_rollup)"
        return [Row("job_memory", "one job", OURS, None, "MiB", rounds=0, note=note)]
    one = _peak(setting, 1)
    together = _peak(setting, setting.size.jobs)
    rows = [
        Row("job_memory", "one job", OURS, one / MEBIBYTE, "MiB", size=1),
        Row(
            "job_memory",
            f"{setting.size.jobs} jobs together",
            OURS,
            together / MEBIBYTE,
            "MiB",
            size=setting.size.jobs,
        ),
    ]
    if setting.dataset is not None:
        data = sum(file.stat().st_size for file in setting.dataset.rglob("*.npy"))
        rows.append(Row("job_memory", "the data on disk", "data", data / MEBIBYTE, "MiB"))
    return rows


def proportional_set_size(process: int) -> int:
    """Return a process's share of memory in bytes; 0 for one that has ended.

    Parameters
    ----------
    process : int
        Its id.
    """
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = _PSS.search(text)
    return 1024 * int(found[1]) if found else 0


def _peak(setting: Setting, count: int) -> int:
    """Return the largest sum of the shares of so many jobs that run at the same time."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            subprocess.Popen(  # noqa: S603 - our own interpreter and module
                training_command(setting, "adam", seed=seed, folder=Path(folder)),
                stdout=subprocess.DEVNULL,
            )
            for seed in range(count)
        ]
        peak = 0
        while any(job.poll() is None for job in jobs):
            peak = max(peak, sum(proportional_set_size(job.pid) for job in jobs))
            time.sleep(INTERVAL)
        for job in jobs:
            if job.returncode:
                raise subprocess.CalledProcessError(job.returncode, job.args)
    return peak
