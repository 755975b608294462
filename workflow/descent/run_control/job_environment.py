"""What the jobs of a run find in their environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from descent.training.job import MAIN_PROCESS, kernel_environment

#: Settings of Python that reach the jobs.
_KEPT = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED")
#: Bytes up to which the GNU C library keeps memory that an array no longer needs. By default it
#: returns every large array to the system, which clears the next one page by page.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20)}


def prepare_job_environment(package_folder: Path, mirror: str | None, kernels: str) -> None:
    """Let jobs run this package, with this Python and the study's kernels, and know the mirror.

    A notebook's or a shell's settings of Python and matplotlib do not reach them, and neither do
    files of the working directory: a `random.py` there is not Python's own.

    Parameters
    ----------
    package_folder : Path
        The folder that holds the package beside the workflow: no other copy of it is run.
    mirror : str or None
        What the config says of the mirror; None leaves what the environment says.
    kernels : {"portable", "fastest"}
        What the config says of kernels. Data and tables are computed with those of the runs.
    """
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        if name not in _KEPT:
            del os.environ[name]
    os.environ |= {"PYTHONSAFEPATH": "1", "MPLBACKEND": "agg"} | _MEMORY
    os.environ |= kernel_environment(kernels)
    # The order of a set of texts is another in each process, unless this is set.
    os.environ.setdefault("PYTHONHASHSEED", "0")
    os.environ[MAIN_PROCESS] = str(os.getpid())
    # The Python that runs the engine, whether its environment is activated or not.
    for name, first in (("PYTHONPATH", package_folder), ("PATH", Path(sys.executable).parent)):
        # An empty part would be the working directory.
        rest = [part for part in os.environ.get(name, "").split(os.pathsep) if part]
        os.environ[name] = os.pathsep.join([str(first), *rest])
    if mirror is not None:
        os.environ["DESCENT_MIRROR"] = mirror
