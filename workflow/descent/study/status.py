"""The progress of a study: ``python -m descent.study.status [results/<study> ...]``.

One row for each problem and optimizer, from the plan and the records alone, in about a second for
thousands of runs. Without an argument every study below ``results`` is shown.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from descent.data.errors import DataError
from descent.foundation.command_line import command_parser, fails_on
from descent.study.plan import Run, Study, load_study
from descent.training.identity import complete_job, identity_of, read_shared

RESULTS = Path("results")


class State(StrEnum):
    """The state of one run of the plan."""

    #: Its record exists and has the identity of the current job.
    DONE = "done"
    #: As done; its loss or a metric became infinite or NaN, which is a result.
    DIVERGED = "diverged"
    #: As done; it was stopped at the time limit.
    TIMEOUT = "timeout"
    #: Its record was made with other code, settings, data or tuned hyper-parameters, or changed.
    STALE = "stale"
    #: The last attempt ended with an error, which is in its log.
    FAILED = "failed"
    #: It has not been run, or not to the end.
    MISSING = "missing"


_STATES = {
    "finished": State.DONE,
    "diverged": State.DIVERGED,
    "timeout": State.TIMEOUT,
}
#: Beginnings of the last line of a log without an error.
_NO_ERROR = ("kept:", "KeyboardInterrupt", *(f"{status}:" for status in _STATES))
#: Bytes at the end of a log that contain its last line.
LAST_BYTES = 4096


def state_of(study: Study, run: Run) -> State:
    """Return the state of one run.

    Parameters
    ----------
    study : Study
        The plan.
    run : Run
        One of its runs.
    """
    path = study.record_path(run)
    kept = path.with_suffix(".kept")
    try:
        content = path.read_bytes()
        record = json.loads(content)
        identity, status = record["identity"], record["status"]
    except FileNotFoundError:
        return State.FAILED if _has_failed(study.log_path(run)) else State.MISSING
    except (ValueError, KeyError, TypeError):  # not a record: it is made again
        return State.STALE
    if kept.is_file() and kept.read_bytes() != content:  # not as the job has left it
        return State.STALE
    try:
        current = identity_of(complete_job(study.job(run), study.files_of(run)))
        same = identity == current and _has_same_data(study, run)
    except (FileNotFoundError, DataError):  # its data or its choice is gone: it will show
        return State.STALE
    return _STATES[status] if same else State.STALE


def _has_same_data(study: Study, run: Run) -> bool:
    """Return whether the user's own files are those that the data of a run were prepared from."""
    manifest = study.dataset_manifest(run.problem, study.part(run.problem, run.seed))
    if manifest is None:
        return True
    content = study.content_of(study.trained[run.problem]["dataset"])
    return bool(content == read_shared(manifest)["about"].get("content"))


def table(study: Study) -> dict[tuple[str, str], Counter[State]]:
    """Return how many runs of each problem and optimizer are in each state.

    Parameters
    ----------
    study : Study
        The plan.

    Returns
    -------
    dict of (problem, optimizer) to Counter of State
        In the order of the config.
    """
    counts: dict[tuple[str, str], Counter[State]] = {}
    for run in dict.fromkeys(study.runs()):
        counts.setdefault((run.problem, run.optimizer), Counter())[state_of(study, run)] += 1
    return counts


def as_text(study: Study, counts: Mapping[tuple[str, str], Counter[State]]) -> str:
    """Return the table of a study as text, with totals below."""
    rows = [[*key, *(str(count[state] or "-") for state in State)] for key, count in counts.items()]
    total = sum(counts.values(), Counter[State]())
    rows.append(["", "", *(str(total[state] or "-") for state in State)])
    heading = ["problem", "optimizer", *State]
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (heading, *rows)
    ]
    return "\n".join([f"{study.name}: {total.total()} runs", *lines])


def _has_failed(log: Path) -> bool:
    """Return whether the last attempt of a run ended with an error, by the last line of its log.

    A successful job ends its log with its status or with ``kept``; a job that is running or was
    stopped leaves no such line.
    """
    last = last_line_of_log(log)
    return bool(last) and not last.startswith(_NO_ERROR)


def last_line_of_log(log: Path) -> str:
    """Return the last line of a log; empty if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LAST_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ""
    return lines[-1] if lines else ""


@fails_on()
def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of each study; return 1 if there is none, or a run is stale or failed."""
    parser = command_parser("descent.study.status", main.__doc__)
    parser.add_argument(
        "folder", nargs="*", type=Path, help="results/<study> (default: every study there)"
    )
    folders = parser.parse_args(arguments).folder
    plans = [folder / "study.json" for folder in folders] or sorted(RESULTS.glob("*/study.json"))
    missing = [plan for plan in plans if not plan.is_file()]
    if missing or not plans:
        where = missing[0].parent if missing else RESULTS
        print(f"There is no study in {where}: run snakemake first.", file=sys.stderr)
        return 1
    studies = [load_study(plan) for plan in plans]
    counts = [table(study) for study in studies]
    print("\n\n".join(map(as_text, studies, counts)))
    total = sum((count for of_study in counts for count in of_study.values()), Counter[State]())
    return 1 if total[State.STALE] or total[State.FAILED] else 0


if __name__ == "__main__":
    sys.exit(main())
