"""The time of a study from published files to the page, taken apart.

It is the default study or, where the benchmark is quick, the first study of the README.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from descent.benchmark.measurement import OURS, Measurement
from descent.benchmark.setting import Setting
from descent.study.config.yaml_file import read_yaml
from descent.training.records import read_costs

#: Where the published files are, in the folder in which a study runs.
DOWNLOADS = Path("results/downloads")


def measure(setting: Setting) -> list[Measurement]:
    """Run the study from nothing but the published files, and take its core-seconds apart."""
    file = "digits.yaml" if setting.quick else "config.yaml"
    config = read_yaml(setting.snakefile.parent / "config" / file)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wall, processor = run_workflow(setting, folder, config)
        files = folder.glob(f"results/{config['study']}/costs/**/*.json")
        costs = [read_costs(file) for file in files]
    training = sum(cost.training_seconds for cost in costs)
    evaluation = sum(cost.evaluation_seconds for cost in costs)
    start = sum(cost.startup_seconds for cost in costs)
    unit = f"core-seconds, {config['study']} study"
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
    note = f"{len(costs):,} runs, {setting.cores} cores"
    return [Measurement(part, OURS, value, of, note=note) for part, (value, of) in parts.items()]


def run_workflow(setting: Setting, folder: Path, config: Mapping[str, Any]) -> tuple[float, float]:
    """Run a study in a folder of its own; return wall time and processor time in seconds.

    Parameters
    ----------
    setting : Setting
        Its workflow and its number of cores are used.
    folder : Path
        An empty folder. Published files that the working directory has are found there too.
    config : mapping
        The study.

    Raises
    ------
    RuntimeError
        If the workflow fails; the message has the end of its standard error.
    """
    (folder / DOWNLOADS).parent.mkdir(parents=True)
    if DOWNLOADS.is_dir():
        (folder / DOWNLOADS).symlink_to(DOWNLOADS.resolve())
    file = folder / "config.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(setting.snakefile.resolve())]
    command += ["--directory", str(folder), "--configfile", str(file)]
    command += ["--cores", str(setting.cores)]
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
