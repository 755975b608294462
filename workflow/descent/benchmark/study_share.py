"""A study with everything included: its time, and what its training steps are of it.

At full size it is the default study with ten optimizers and ten evaluation seeds, at quick size
the first study of the README.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from descent.benchmark.rows import OURS, Row
from descent.benchmark.setting import Setting
from descent.benchmark.workflow_run import run_workflow
from descent.study.config.yaml_file import read_yaml
from descent.training.records import Costs, read_costs

#: The rules of the study at full size: those that need nothing but the gradient.
RULES = (
    *("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "nadam", "adamw"),
    "lion",
)
#: Evaluation seeds of every optimizer: none is given more.
SEEDS = {"first": 10, "count": 10}
#: Problems, in the order of the config, that also have a row for their evaluations.
EVALUATED = ("mnist_mlp",)


def measure(setting: Setting) -> list[Row]:
    """Run the study from nothing but the published files, and take its costs apart."""
    assert setting.snakefile is not None
    config = _config(setting.snakefile.parent / "config", real_data=setting.size.real_data)
    with tempfile.TemporaryDirectory() as folder:
        elapsed = run_workflow(setting, Path(folder), config)
        costs = {
            path: read_costs(path)
            for path in Path(folder).glob(f"results/{config['study']}/costs/**/*.json")
        }
    of_all = list(costs.values())
    training = sum(cost.training_seconds for cost in of_all)
    evaluation = sum(cost.evaluation_seconds for cost in of_all)
    start = sum(cost.startup_seconds for cost in of_all)
    rest = elapsed.processor - training - evaluation - start
    seconds = f"core-seconds, {config['study']} study"
    parts = {
        "wall time": (elapsed.wall, "s"),
        "all processes": (elapsed.processor, seconds),
        "training steps": (training, seconds),
        "evaluation": (evaluation, seconds),
        "start of the runs": (start, seconds),
        "engine, tables, figures, page": (rest, seconds),
        "all / training steps": (elapsed.processor / training, "ratio"),
        "evaluation / training steps": (evaluation / training, "ratio"),
    }
    for problem in EVALUATED:
        own = [cost for path, cost in costs.items() if problem in path.parts]
        if own:
            parts[f"evaluation / training steps, {problem}"] = (_share(own), "ratio")
    runs = f"{len(costs):,} runs, {setting.cores} cores"
    return [
        Row("study_share", name, OURS, value, unit, note=runs)
        for name, (value, unit) in parts.items()
    ]


def _share(costs: list[Costs]) -> float:
    return sum(c.evaluation_seconds for c in costs) / sum(c.training_seconds for c in costs)


def _config(folder: Path, *, real_data: bool) -> dict[str, Any]:
    """Return the study that is measured."""
    if not real_data:
        return read_yaml(folder / "digits.yaml")
    config = read_yaml(folder / "config.yaml")
    config["seeds"]["evaluation"] = SEEDS
    config["optimizers"] = {rule: config["optimizers"][rule] for rule in RULES}
    return config
