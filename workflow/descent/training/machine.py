"""The machine and the package versions of a run, for its provenance."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def host() -> dict[str, str]:
    """Return ``processor``, ``cores`` and ``system``; no name of a host or of a user."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
    }


def machine() -> dict[str, str]:
    """Return processor, operating system, versions, and the BLAS in use with its threads.

    Returns
    -------
    dict of str to str
        What :func:`host` returns, ``python``, ``numpy``, ``scipy`` and ``blas``.
    """
    import numpy as np  # noqa: PLC0415 - the job of a command uses none of these
    import scipy  # noqa: PLC0415
    from threadpoolctl import threadpool_info  # noqa: PLC0415

    # NumPy and SciPy may bring a library each, in any order. NumPy's is the one that trains.
    of_numpy = str(Path(np.__file__).resolve().parent)
    blas = sorted(
        (pool for pool in threadpool_info() if pool["user_api"] == "blas"),
        key=lambda pool: (not pool["filepath"].startswith(of_numpy), pool["filepath"]),
    )
    return {
        **host(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        # Not by importlib.metadata, which takes longer to import than SciPy without its parts.
        "scipy": scipy.__version__,
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
