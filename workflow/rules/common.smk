# Loads and validates the config, and plans the study that it describes.

import json
import logging
import sys
from importlib.util import find_spec
from pathlib import Path
from time import time

# Snakemake's documentation has no name for the folder of this file, nor for the files of the
# config: two attributes, of which tests/workflow/test_public_interfaces.py says if they go.
WORKFLOW = Path(str(workflow.current_basedir)).parent
CONFIG_FILES = workflow.configfiles
if "{" in str(WORKFLOW):
    sys.exit(f"{WORKFLOW}: Snakemake takes braces in a path for a pattern. Rename the folder.")

# Snakemake has loaded every plug-in that is installed by now.
if "snakemake_logger_plugin_descent" not in sys.modules:
    logging.getLogger("snakemake.logging").warning(
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
from descent.analysis.verdict_sentences import what_earlier_runs_saw
from descent.data.dataset import ARRAYS
from descent.data.download import describe_unreachable
from descent.data.sources import PUBLISHED
from descent.run_control.answer import answer
from descent.run_control.job_environment import prepare_job_environment
from descent.run_control.job_rate import end_timers
from descent.run_control.run_lock import RunLockedError, lock_study
from descent.run_control.stopping import end_interrupted_in_a_sentence, handle_sigterm_in_a_thread
from descent.foundation.source_digest import source_digest, unfollowed
from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate
from descent.study.config.yaml_file import read_yaml
from descent.study.grids import with_grids
from descent.study.future_dates import describe_future_date
from descent.study.plan import TUNED_TRACKS, Run, Study
from descent.study.time_estimates import Durations

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
prepare_job_environment(PACKAGE.parent, config["mirror"])
end_interrupted_in_a_sentence()

if (future := describe_future_date(STUDY.made_files())) is not None:
    sys.exit(future)

for sentence in unfollowed(STUDY.plug_ins()):
    logging.getLogger("snakemake.logging").warning(f"{sentence}.")

STARTED = time()
RESULTS = str(STUDY.folder)
DOWNLOADS = "results/downloads"
ENVIRONMENT = "../../environment.yml"


def missing_trainings():
    """The problem and the optimizer of every run without a record."""
    return [
        (run.problem, run.optimizer) for run in STUDY.runs() if not STUDY.record_path(run).exists()
    ]


# For the progress display.
logging.getLogger("snakemake.logging").info(
    f"Study: {STUDY.name}",
    extra={
        "event": "study",
        "seconds": Durations(STUDY).seconds,
        "missing": missing_trainings,
        "added": lambda problem, seeds: [
            (run.problem, run.optimizer) for run in STUDY.runs_after(problem, seeds)
        ],
        "notes": lambda: what_earlier_runs_saw(STUDY),
        # Snakemake calls no handler below when it cannot write its own files.
        "at_end": end_timers,
    },
)


def run_of(wildcards):
    """The run that a rule's wildcards name."""
    return Run(wildcards.problem, wildcards.optimizer, wildcards.candidate, int(wildcards.seed))


def arrays_of(problem, part):
    """The arrays of a prepared dataset, which is known by its manifest, not by their date."""
    manifest = STUDY.dataset_manifest(problem, part)
    return [] if manifest is None else ancient(manifest.parent / ARRAYS)


def digest_of(*modules):
    """The digest of a rule's code, which is only taken if a job of that rule is planned."""
    return lambda wildcards: source_digest(modules)


#: The published files that this run needs.
NEEDED = set()


def needed(wildcards):
    """The file of a download; Snakemake asks for the parameters of every job that it plans."""
    NEEDED.add(wildcards.file)
    return wildcards.file


def shown(file):
    """Mark a table or a figure for `snakemake --report`; a figure's own caption goes with it."""
    path = Path(file)
    category = path.relative_to(RESULTS).parts[0].capitalize()
    name = path.stem.replace("_", " ")
    if path.suffix == ".csv":
        return report(file, category=category, labels={"table": name})
    if path.suffix == ".svg":
        problem = STUDY.problem_titles.get(path.parent.name, "all")
        return report(
            file,
            # Snakemake looks for a hosted workflow's captions at its host, where results are not.
            caption=str(path.with_suffix(".txt").absolute()) if WORKFLOW.is_dir() else None,
            category=category,
            labels={"figure": name, "problem": problem},
        )
    return file


onstart:
    try:
        lock_study(STUDY.folder)
    except RunLockedError as error:
        sys.exit(str(error))
    files = [PUBLISHED[name] for name in sorted(NEEDED)]
    if (message := describe_unreachable(files, Path(DOWNLOADS))) is not None:
        sys.exit(message)
    handle_sigterm_in_a_thread()


onsuccess:
    end_timers()
    logging.getLogger("snakemake.logging").info(
        answer(STUDY.folder, STARTED), extra={"event": "answer"}
    )


onerror:
    end_timers()


wildcard_constraints:
    problem=r"[\w.-]+",
    optimizer=r"[\w.-]+",
    candidate=r"[\w.-]+",
    dataset=r"[\w.-]+",
    part=r"all|fold-\d",
    track="|".join(TUNED_TRACKS),
    seed=r"\d+",
