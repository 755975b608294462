"""Why Slurm ended a submission, as a sentence."""

from __future__ import annotations

import re

#: What Slurm writes into the log of a job, or calls its state; the last that is found is said.
ENDINGS = (
    (re.compile(r"NODE_FAIL|BOOT_FAIL"), "was lost with its node"),
    (re.compile(r"\bPREEMPTED\b"), "made room for another job"),
    (re.compile(r"CANCELLED AT|\bCANCELLED\b"), "was cancelled"),
    (
        re.compile(r"DUE TO TIME LIMIT|\bTIMEOUT\b"),
        "reached the time limit of its submission (`runtime` in the profile)",
    ),
    (
        re.compile(r"exceeded (job )?memory limit|oom[-_ ]kill|\bOUT_OF_MEMORY\b", re.IGNORECASE),
        "used more memory than its submission had (`mem_mb` in the profile)",
    ),
)


def describe_ending(jobs: str, message: str | None, log: str) -> str:
    """Return how Slurm ended a submission; empty if it ended by itself.

    Parameters
    ----------
    jobs : str
        What was submitted, for the sentence.
    message : str or None
        What the plug-in for Slurm says; it names the job's state.
    log : str
        The job's log. Lines of Slurm itself begin with the name of one of its programs.
    """
    of_slurm = [line for line in log.splitlines() if line.startswith(("slurm", "srun:"))]
    said = "\n".join([message or "", *of_slurm])
    found = [what for pattern, what in ENDINGS if pattern.search(said)]
    return f"{jobs} {found[-1]}. Finished runs are kept." if found else ""
