"""What a run still does when optimizers have failed: the results of all others."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from descent.foundation.atomic_files import write_json
from descent.run_control.run_lock import VARIABLE, release_study
from descent.study.plan import Study, schedule_pairs
from descent.study.status import State, last_line_of_log, state_of

#: Environment variable of the second command, which starts no third.
SECOND = "DESCENT_WITHOUT_FAILED"


def without_failed(study: Study) -> dict[str, Any] | None:
    """Return the config of a study without the optimizers that failed.

    Parameters
    ----------
    study : Study
        The plan, after its run.

    Returns
    -------
    dict or None
        ``left_out`` in it gives each reason. None if nothing failed, everything did, or the run was
        stopped before it had tried what it could.
    """
    runs = list(dict.fromkeys(study.runs()))
    states = {run: state_of(study, run) for run in runs}
    failed = {run.optimizer: run for run in runs if states[run] is State.FAILED}
    gone = {*failed, *(other for name, other in schedule_pairs(study.config) if name in failed)}
    rest = {name: entry for name, entry in study.optimizers.items() if name not in gone}
    tried = (run for run in runs if run.optimizer in rest and "choice" not in study.files_of(run))
    if not failed or not rest or any(states[run] is State.MISSING for run in tried):
        return None
    reasons = {
        study.optimizer_titles[name]: "its training failed: "
        + last_line_of_log(study.log_path(run)).rstrip(".")
        for name, run in failed.items()
    }
    config = {key: value for key, value in study.config.items() if key != "grids"}
    named = {key: None for key in ("baseline", "focus") if config[key] in gone}
    return config | named | {"optimizers": rest, "left_out": config["left_out"] | reasons}


def make_the_rest(study: Study) -> None:
    """Run the same command again without the optimizers that failed, if it makes results."""
    of_files = any(word.startswith(f"{study.folder}/") for word in sys.argv)
    config = None if SECOND in os.environ or of_files else without_failed(study)
    if config is None:
        return
    print(f"Without {', '.join(config['left_out'])}:", file=sys.stderr, flush=True)
    path = study.folder / "without_failed.json"
    write_json(path, config)
    release_study(study.folder)
    command = [sys.executable, *sys.orig_argv[1:], "--configfile", str(path)]
    inherited = {name: value for name, value in os.environ.items() if name != VARIABLE}
    subprocess.run(command, env=inherited | {SECOND: "1"}, check=False)  # noqa: S603
