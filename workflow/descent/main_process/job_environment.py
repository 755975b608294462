"""What the jobs of a run find in their environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def prepare_job_environment(package_folder: Path, mirror: str | None) -> None:
    """Let jobs run this package, with this Python, and know the mirror.

    Parameters
    ----------
    package_folder : Path
        The folder that holds the package beside the workflow: no other copy of it is run.
    mirror : str or None
        What the config says of the mirror; None leaves what the environment says.
    """
    # The Python that runs the engine, whether its environment is activated or not.
    for name, first in (("PYTHONPATH", package_folder), ("PATH", Path(sys.executable).parent)):
        rest = os.environ.get(name)
        os.environ[name] = os.pathsep.join([str(first), *([rest] if rest else [])])
    if mirror is not None:
        os.environ["DESCENT_MIRROR"] = mirror
