"""The results of the smoke study. Run by .ci/run, which names the study's folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from descent.study.plan import Study, load_study
from descent.training.records import read_record

FOLDER = os.environ.get("DESCENT_SMOKE_RESULTS", "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="DESCENT_SMOKE_RESULTS names no folder of a smoke study"
)


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(Path(FOLDER) / "study.json")


def test_every_run_has_a_record_with_a_curve_and_most_finish(study: Study) -> None:
    statuses = []
    for run in study.runs():
        record = read_record(study.record_path(run))
        statuses.append(record.status)
        assert (record.problem, record.optimizer, record.candidate, record.seed) == tuple(run)
        assert record.curve["step"][0] == 0
        assert record.status == "diverged" or record.curve["step"][-1] == record.steps > 0
        assert study.costs_path(run).is_file()
    assert statuses.count("finished") > 0.8 * len(statuses)
    assert "timeout" not in statuses


def test_the_tuned_runs_have_learnt(study: Study) -> None:
    for run in study.runs():
        if run.candidate == "tuned":
            losses = read_record(study.record_path(run)).curve["train_loss"]
            assert losses[-1] < losses[0], run


def test_every_figure_is_there_in_every_format(study: Study) -> None:
    formats = study.config["figures"]["formats"]
    found = {
        kind: {p.stem for p in (study.folder / "figures").rglob(f"*.{kind}")} for kind in formats
    }
    assert found[formats[0]]
    for kind in formats:
        assert found[kind] == found[formats[0]]
    assert all(p.stat().st_size > 1000 for p in (study.folder / "figures").rglob("*.png"))


def test_the_page_links_every_figure(study: Study) -> None:
    page = (study.folder / "report" / "index.html").read_text(encoding="utf-8")
    figures = [p for p in (study.folder / "figures").rglob("*.*") if p.suffix in (".pdf", ".svg")]
    assert len(figures) > 20
    links = {p: f'href="../{p.relative_to(study.folder).as_posix()}"' for p in figures}
    assert [p for p, link in links.items() if link not in page] == []
