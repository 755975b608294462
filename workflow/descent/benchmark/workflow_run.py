"""The whole workflow as a measured process, in a folder of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from descent.benchmark.setting import Setting

#: Where the published files are, in the folder in which a study runs.
DOWNLOADS = Path("results/downloads")


class Elapsed(NamedTuple):
    """Seconds of a run of the workflow: wall time, and processor time of all processes."""

    wall: float
    processor: float


def run_workflow(
    setting: Setting, folder: Path, config: Mapping[str, Any], *arguments: str
) -> Elapsed:
    """Run a study in a folder of its own.

    Parameters
    ----------
    setting : Setting
        Its workflow and its number of cores are used.
    folder : Path
        Where; made if it does not exist. Published files that the working directory has are found
        there too.
    config : mapping
        The study.
    *arguments : str
        Further ones of Snakemake.

    Returns
    -------
    Elapsed
        What it took.

    Raises
    ------
    RuntimeError
        If the workflow fails; the message has its last words.
    """
    assert setting.snakefile is not None
    (folder / DOWNLOADS).parent.mkdir(parents=True, exist_ok=True)
    if DOWNLOADS.is_dir() and not (folder / DOWNLOADS).exists():
        (folder / DOWNLOADS).symlink_to(DOWNLOADS.resolve())
    file = folder / "config.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(setting.snakefile.resolve())]
    command += ["--directory", str(folder), "--configfile", str(file)]
    command += ["--cores", str(setting.cores), *arguments]
    # the settings of the measuring run do not apply to the measured run
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    before, start = _processor_seconds(), time.perf_counter()
    done = subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, text=True, env=environment
    )
    elapsed = Elapsed(time.perf_counter() - start, _processor_seconds() - before)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    return elapsed


def _processor_seconds() -> float:
    """Return the processor time of all child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
