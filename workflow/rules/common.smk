# Loads and validates the config, and plans the study that it describes.

import json
import sys
from pathlib import Path

# The package beside this file, and no other copy of it, is the one that the rules run.
WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))

from engine.job_environment import prepare_job_environment
from engine.main_process import begin
from engine.rate_limit import start_at_once

from descent.foundation.source_digest import source_digest
from descent.study.config.errors import ConfigError
from descent.study.config.loading import load_config
from descent.study.grids import with_grids
from descent.study.plan import TUNED_TRACKS, Run, Study
from descent.study.time_estimates import Durations

# A study is one file: what --configfile names replaces the default, it is not merged into it.
try:
    config = load_config(
        *(workflow.config_settings.configfiles or [Path("config/config.yaml")]),
        overrides=workflow.config_settings.config,
        base_folder=Path.cwd(),
    )
except ConfigError as error:
    sys.exit(f"The config is not valid.\n{error}")

STUDY = Study(with_grids(config, Path.cwd()), Path("results") / config["study"])
prepare_job_environment(WORKFLOW, config["mirror"])
begin(workflow, STUDY.folder, Durations(STUDY.folder / "costs").seconds)

RESULTS = str(STUDY.folder)
DOWNLOADS = "results/downloads"
ENVIRONMENT = "../../environment.yml"


def run_of(wildcards):
    """The run that a rule's wildcards name."""
    return Run(wildcards.problem, wildcards.optimizer, wildcards.candidate, int(wildcards.seed))


def shown(file):
    """Mark a table or a figure for `snakemake --report`; a figure's own caption goes with it."""
    path = Path(file)
    category = path.relative_to(RESULTS).parts[0].capitalize()
    name = path.stem.replace("_", " ")
    if path.suffix == ".csv":
        return report(file, category=category, labels={"table": name})
    if path.suffix == ".svg":
        problem = path.parent.name if path.parent.name in STUDY.problems else "all"
        return report(
            file,
            caption=path.with_suffix(".txt").absolute(),
            category=category,
            labels={"figure": name, "problem": problem},
        )
    return file


onstart:
    start_at_once(workflow)


wildcard_constraints:
    problem=r"[\w.-]+",
    optimizer=r"[\w.-]+",
    candidate=r"[\w.-]+",
    dataset=r"[\w.-]+",
    part=r"all|fold-\d",
    track="|".join(TUNED_TRACKS),
    seed=r"\d+",
