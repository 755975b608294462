"""What the progress display is told of a study."""

import os

import pytest
from fabricated_study import fabricate

from descent.run_control.displayed_study import DisplayedStudy
from descent.study.plan import load_study

FINDINGS = """# Findings of the study `x`

Words - of all kinds.

## Is SGD better?

- Bowl: SGD is best.
- Caveat: it is a bowl.

| a table |

## How it was run

- Seeds 0.
"""


@pytest.fixture
def study(tmp_path):
    fabricate(tmp_path, problems=("valley",), optimizers=("sgd",), tracks=("default",))
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.html").write_text("")
    return load_study(tmp_path / "study.json")


def test_the_summary_is_the_answer_that_this_run_has_made_or_found_up_to_date(study):
    findings, page = study.folder / "findings.md", study.folder / "report" / "index.html"
    displayed = DisplayedStudy(study)
    assert displayed.summary(up_to_date=True) == ""
    findings.write_text(FINDINGS)
    answer = ["Bowl: SGD is best.", "Caveat: it is a bowl.", f"All results: {page}"]
    assert displayed.summary(up_to_date=False).splitlines() == answer
    for file in (findings, page):
        os.utime(file, (100.0, 100.0))
    assert displayed.summary(up_to_date=False) == ""
    assert displayed.summary(up_to_date=True).splitlines() == answer


def test_a_training_without_a_record_is_missing(study):
    displayed = DisplayedStudy(study)
    assert displayed.missing() == []
    study.record_path(study.runs()[0]).unlink()
    assert displayed.missing() == [("valley", "sgd")]
