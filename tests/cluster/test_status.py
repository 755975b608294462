"""What the profile for Slurm tells Snakemake of a submission, by what Slurm says of it."""

import os
import subprocess

import pytest
from project_copy import ROOT

FORGOTTEN = "slurm_load_jobs error: Invalid job id specified"


@pytest.mark.parametrize(
    ("squeue", "sacct", "status"),
    [
        *((state, "", "running") for state in ("PENDING", "RUNNING", "COMPLETING")),
        ("slurm_load_jobs error: Unable to contact slurm controller", "", "running"),
        ("COMPLETED", "", "success"),
        *((state, "", "failed") for state in ("FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL")),
        (FORGOTTEN, "COMPLETED", "success"),
        (FORGOTTEN, "CANCELLED by 0", "failed"),
        (FORGOTTEN, "", "failed"),
    ],
)
def test_the_status_of_a_submission(tmp_path, squeue, sacct, status):
    for name, said in (("squeue", squeue), ("sacct", sacct)):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{said}"\n')
        (tmp_path / name).chmod(0o755)
    asked = subprocess.run(
        [ROOT / "profiles/slurm/status.sh", "7"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.split() == [status]
    assert ("Slurm's job 7" in asked.stderr) == (status == "failed")
