"""The time of a study from published files to the page, taken apart.

It is the default study or, where the benchmark is quick, the first study of the README.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from descent.benchmark.measurement import OURS, Measurement
from descent.benchmark.setting import Setting
from descent.training.records import read_costs

#: Where the published files are, in the folder in which a study runs.
DOWNLOADS = Path("results/downloads")


def measure(setting: Setting) -> list[Measurement]:
    """Run the study from nothing but the published files, and take its core-seconds apart."""
    file = "digits.yaml" if setting.quick else "config.yaml"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = setting.snakefile.parent / "config" / file
        wall, processor = run_workflow(setting.snakefile, folder, config)
        costs = [read_costs(file) for file in folder.glob("results/*/costs/**/*.json")]
    training = sum(cost.training_seconds for cost in costs)
    evaluation = sum(cost.evaluation_seconds for cost in costs)
    start = sum(cost.startup_seconds for cost in costs)
    unit = "core-seconds"
    parts = {
        "wall time": (wall, "s"),
        "all processes": (processor, unit),
        "training steps": (training, unit),
        "evaluation": (evaluation, unit),
        "start of the runs": (start, unit),
        "engine and other jobs": (processor - training - evaluation - start, unit),
        "all / training steps": (processor / training, "ratio"),
        "evaluation / training steps": (evaluation / training, "ratio"),
    }
    note = f"{len(costs):,} runs of config/{file}, {os.cpu_count()} cores"
    return [Measurement(part, OURS, value, of, note=note) for part, (value, of) in parts.items()]


def run_workflow(snakefile: Path, folder: Path, config: Path, *targets: str) -> tuple[float, float]:
    """Run a study on all cores and return its wall time and its processor time, in seconds.

    Parameters
    ----------
    snakefile : Path
        The workflow.
    folder : Path
        The folder in which it runs. Published files that the working directory has are found
        there too.
    config : Path
        The study's config.
    *targets : str
        What is made; by default the whole study.

    Raises
    ------
    RuntimeError
        If the workflow fails; the message has the end of its standard error.
    """
    (folder / DOWNLOADS).parent.mkdir(parents=True, exist_ok=True)
    if DOWNLOADS.is_dir() and not (folder / DOWNLOADS).exists():
        (folder / DOWNLOADS).symlink_to(DOWNLOADS.resolve())
    command = [sys.executable, "-m", "snakemake", *targets, "--snakefile", str(snakefile.resolve())]
    command += ["--directory", str(folder), "--configfile", str(config.resolve())]
    command += ["--cores", str(os.cpu_count())]
    # the settings of the measuring run do not apply to the measured run
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    before, start = _processor_seconds(), time.perf_counter()
    done = subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, text=True, env=environment
    )
    wall, processor = time.perf_counter() - start, _processor_seconds() - before
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    return wall, processor


def _processor_seconds() -> float:
    """Return the processor time of all child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
