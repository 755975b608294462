"""What machine and which versions a run used: the part of its provenance that is not its own."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info


def machine() -> dict[str, str]:
    """Return processor, operating system, versions, and the BLAS in use with its threads.

    Returns
    -------
    dict of str to str
        ``processor``, ``cores``, ``system``, ``python``, ``numpy``, ``scipy`` (``not used`` where
        neither the run nor the process that it is a copy of has imported it) and ``blas``; no name
        of a host or of a user.
    """
    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        # Not from importlib.metadata, which takes longer to import than all rules together.
        "scipy": getattr(sys.modules.get("scipy"), "__version__", "not used"),
        "blas": "; ".join(
            f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}"
            f" threads={pool['num_threads']}"
            for pool in blas[:1]
        ),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
