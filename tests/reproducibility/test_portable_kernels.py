"""Portable kernels give the same bits on every x86-64 processor since 2013."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import descent
from descent.training.job import PORTABLE_KERNELS, kernel_environment

RUNS = Path(__file__).parents[1] / "reference" / "portable" / "runs.csv"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the table is of x86-64 processors")
def test_short_runs_have_the_bits_of_the_reference():
    """Made on a processor with AVX-512, and the same on one without."""
    made = subprocess.run(
        [sys.executable, str(RUNS.with_name("make_runs.py"))],
        env={**os.environ, "PYTHONPATH": str(Path(descent.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    versions, *rows = made.stdout.splitlines()
    known, *expected = RUNS.read_text(encoding="utf-8").splitlines()
    if versions != known:
        pytest.skip(f"the table is of {known.removeprefix('# ')}, not {versions}")
    assert rows == expected


def test_kernels_are_the_processor_s_own_where_the_study_asks_or_they_have_no_names(monkeypatch):
    machine = os.uname()
    for name, expected in (("x86_64", PORTABLE_KERNELS), ("aarch64", {})):
        known = os.uname_result((*machine[:4], name))
        monkeypatch.setattr(os, "uname", lambda known=known: known)
        assert kernel_environment("portable") == expected
        assert kernel_environment("fastest") == {}
