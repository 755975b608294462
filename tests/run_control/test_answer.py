"""What a run says at its end."""

import os

import pytest

from descent.run_control.answer import answer

FINDINGS = """# What the study `x` says

Where it comes from.

## Summary

- Bowl: SGD is best.
- Bowl: the rates matter more.

## How it was run

- Seeds 0.
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "findings.md").write_text(FINDINGS)
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.html").write_text("")
    os.utime(tmp_path / "findings.md", (100.0, 100.0))
    return tmp_path


def test_the_summary_and_the_page(folder):
    assert answer(folder, since=99.0).splitlines() == [
        "Bowl: SGD is best.",
        "Bowl: the rates matter more.",
        f"All results: {folder / 'report' / 'index.html'}",
    ]


def test_findings_of_an_earlier_run_are_not_repeated(folder):
    assert answer(folder, since=101.0) == ""


def test_a_run_of_another_target_has_no_answer(folder, tmp_path):
    (folder / "report" / "index.html").unlink()
    assert answer(folder, since=99.0) == ""
    assert answer(tmp_path / "none", since=0.0) == ""
