"""What the progress display is told of a study."""

import os

import pytest
from fabricated_study import fabricate

from descent.run_control.displayed_study import DisplayedStudy
from descent.study.plan import load_study

FINDINGS = """# Findings of the study `x`

## Summary

- Bowl: SGD is best.
- Bowl: the rates matter more.

## How it was run

- Seeds 0.
"""


@pytest.fixture
def study(tmp_path):
    fabricate(tmp_path, problems=("valley",), optimizers=("sgd",), tracks=("default",))
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.html").write_text("")
    return load_study(tmp_path / "study.json")


def test_the_summary_is_of_findings_that_this_run_has_made(study):
    findings = study.folder / "findings.md"
    displayed = DisplayedStudy(study)
    assert displayed.summary() == ""
    findings.write_text(FINDINGS)
    assert displayed.summary().splitlines() == [
        "Bowl: SGD is best.",
        "Bowl: the rates matter more.",
        f"All results: {study.folder / 'report' / 'index.html'}",
    ]
    os.utime(findings, (100.0, 100.0))
    assert displayed.summary() == ""


def test_a_training_without_a_record_is_missing(study):
    displayed = DisplayedStudy(study)
    assert displayed.missing() == []
    study.record_path(study.runs()[0]).unlink()
    assert displayed.missing() == [("valley", "sgd")]
