# Loads and validates the config, and plans the study that it describes.

import json
import logging
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# Snakemake's documentation has no name for the folder of this file, for the files of the config,
# and for what the command is: attributes of which tests/workflow/test_public_interfaces.py says if
# they go.
WORKFLOW = Path(str(workflow.current_basedir)).parent
CONFIG_FILES = workflow.configfiles
LOGGER = logging.getLogger("snakemake.logging")
if "{" in str(WORKFLOW):
    sys.exit(f"{WORKFLOW}: Snakemake takes braces in a path for a pattern. Rename the folder.")

# Snakemake has loaded every plug-in that is installed by now.
if "snakemake_logger_plugin_descent" not in sys.modules:
    LOGGER.warning(
        "The progress display is not installed, so this is Snakemake's own. To install it, run "
        f"`pip install --no-deps -e .` in {WORKFLOW.parent}."
    )
# The package beside this file, and no other copy of it, is the one that the rules run. A module
# from a hosting site has none beside it.
if WORKFLOW.is_dir():
    sys.path.insert(0, str(WORKFLOW))
elif find_spec("descent") is None:
    sys.exit(f"The package `descent` must be installed: `pip install` the version of {WORKFLOW}.")

import descent
from descent.data.dataset import ARRAYS
from descent.data.sources import PUBLISHED
from descent.data.files import file_sha256
from descent.foundation.source_digest import source_digest, unfollowed
from descent.run_control.after_failure import make_the_rest
from descent.run_control.displayed_study import DisplayedStudy
from descent.run_control.job_environment import prepare_job_environment
from descent.run_control.start import clear_away, hold, start_run
from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate
from descent.study.config.yaml_file import read_yaml
from descent.study.grids import with_grids
from descent.study.plan import GRID_LOOKS, TUNED_TRACKS, Run, Study

PACKAGE = Path(descent.__file__).parent
PROJECT = PACKAGE.parents[1]

# A study is one file: what --configfile names replaces the default, it is not merged into it. In
# another workflow's module this line does nothing: the config is what that workflow gives.
if not CONFIG_FILES:

    configfile: "config/config.yaml"


try:
    for file in CONFIG_FILES:
        read_yaml(Path(file))  # more strictly than Snakemake: a key may not stand twice
    config = validate(
        config, base_folder=Path.cwd(), source=", ".join(map(str, CONFIG_FILES)) or "the config"
    )
except ConfigError as error:
    sys.exit(f"The config is not valid.\n{error}")

STUDY = Study(with_grids(config), Path("results") / config["study"])
prepare_job_environment(PACKAGE.parent, config["mirror"], config["kernels"])
LOGGER.info(f"Study: {STUDY.name}", extra={"event": "study", "study": DisplayedStudy(STUDY)})
for sentence in unfollowed(STUDY.plug_ins()):
    LOGGER.warning(f"{sentence}.")

RESULTS = str(STUDY.folder)
DOWNLOADS = "results/downloads"
ENVIRONMENT = "../../environment.yml"


@cache
def clear():
    """Remove what the plan would not give today, when the command is known and files are not yet.

    Returns a sentence if this is --touch, and there are such files.
    """
    if not workflow.is_main_process:
        return ""
    how = workflow.executor_plugin and workflow.executor_plugin.common_settings
    runs_jobs = bool(how) and not (how.dryrun_exec or how.touch_exec)
    found = clear_away(STUDY, map(Path, MADE), runs_jobs=runs_jobs)
    if found:
        LOGGER.warning(found)
    return "" if how is None or not how.touch_exec else found


def run_of(wildcards):
    """The run that a rule's wildcards name."""
    clear()
    return Run(wildcards.problem, wildcards.optimizer, wildcards.candidate, int(wildcards.seed))


def arrays_of(problem, part):
    """The arrays of a prepared dataset, which is known by its manifest, not by their date."""
    manifest = STUDY.dataset_manifest(problem, part)
    return [] if manifest is None else ancient(manifest.parent / ARRAYS)


def digest_of(*modules):
    """The digest of a rule's code, which is only taken if a job of that rule is planned."""
    return lambda wildcards: source_digest(modules)


#: What figures look like, by content: it is no code.
FIGURE_STYLE = file_sha256(PACKAGE / "figures/style.mplstyle")


def settings_of(wildcards):
    """The settings of a dataset of the study, or of the tutorial, which names its sources."""
    clear()
    if wildcards.study == STUDY.name:
        return STUDY.dataset_settings(wildcards.dataset)
    return {"use": wildcards.dataset}


# Outputs are deleted before any hook of the workflow.
if any(word.startswith("--delete-") for word in sys.argv):
    hold(STUDY.folder)


onstart:
    start_run(STUDY)
    if clear():
        sys.exit(
            "Results of another config would be marked as this one's. Run without --touch."
        )


onerror:
    if workflow.is_main_process:
        make_the_rest(STUDY)


wildcard_constraints:
    problem=r"[\w.@-]+",
    optimizer=r"[\w.-]+",
    candidate=r"[\w.-]+",
    dataset=r"[\w.-]+",
    part=r"all|fold-\d",
    track="|".join(TUNED_TRACKS),
    seed=r"\d+",
