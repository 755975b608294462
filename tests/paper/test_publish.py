"""A published study: its files, its page, and what a stranger compares with it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from descent.analysis.tables.study_tables import StudyTables
from descent.data.files import file_sha256
from descent.foundation.atomic_files import write_json
from descent.paper import publish
from descent.reproducibility import verify_published


@pytest.fixture(scope="module")
def publication(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "fabricated"
    assert publish.main([str(study), "--output", str(folder)]) == 0
    return folder


def test_every_link_of_the_page_leads_to_a_file(publication: Path) -> None:
    page = (publication / "index.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", page) if not link.startswith("../")]
    assert len(links) > 20
    assert [link for link in links if not (publication / link).is_file()] == []


def sources(content: object) -> Iterator[str]:
    """Yield the files from which the tables and figures of a document are."""
    if isinstance(content, dict):
        yield from content.get("sources", ())
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from sources(part)


def test_links_of_the_paper_to_its_tables_lead_to_published_files(publication: Path) -> None:
    shown = json.loads((publication / "paper/paper.json").read_text(encoding="utf-8"))
    files = set(sources(shown))
    assert files
    assert [file for file in files if not (publication / file).is_file()] == []


def test_everything_is_a_copy(publication: Path, study: Path) -> None:
    copies = [publication / name for name in publish.files(StudyTables(study))]
    for copy in copies:
        original = study.parent / copy.relative_to(publication)
        assert copy.read_bytes() == original.read_bytes()


def test_publishing_again_leaves_nothing_of_before(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    tables = StudyTables(study)
    publish.publish(tables, folder)
    (folder / "old.csv").write_text("of an earlier publication")
    size = publish.publish(tables, folder)
    assert not (folder / "old.csv").exists()
    written = sum((folder / name).stat().st_size for name in publish.files(tables))
    assert size == pytest.approx(written / 1e6, abs=1e-9)


def test_a_folder_of_something_else_is_kept(study: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "guide.md").write_text("written by hand")
    assert publish.main([str(study), "--output", str(tmp_path)]) == 1
    assert "must be empty or hold an earlier publication" in capsys.readouterr().err
    assert (tmp_path / "guide.md").is_file()


def test_a_study_without_its_paper_is_not_published(study: Path, tmp_path: Path, capsys) -> None:
    shutil.copytree(study.parent, tmp_path / "study", ignore=shutil.ignore_patterns("paper.pdf"))
    plan = tmp_path / "study" / study.name
    assert publish.main([str(plan), "--output", str(tmp_path / "docs")]) == 1
    assert "paper.pdf does not exist: snakemake publish makes it" in capsys.readouterr().err
    assert not (tmp_path / "docs").exists()


def test_a_sample_is_of_the_records_and_the_same_every_time(publication: Path, study: Path) -> None:
    sample = verify_published.sample_of_records(publication, 4, 0)
    assert sample == verify_published.sample_of_records(publication, 4, 0)
    assert sample != verify_published.sample_of_records(publication, 4, 1)
    assert len(set(sample)) == 4
    assert all((study.parent / record).is_file() for record in sample)
    everything = verify_published.sample_of_records(publication, 10**6, 0)
    assert set(everything) == {
        path.relative_to(study.parent).as_posix() for path in study.parent.glob("runs/**/*.json")
    }


def test_a_part_of_a_study_is_compared_with_what_was_published(
    publication: Path, study: Path, tmp_path: Path, capsys
) -> None:
    sample = verify_published.sample_of_records(publication, 3, 0)
    for record in sample:
        (tmp_path / record).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(study.parent / record, tmp_path / record)
    words = [str(tmp_path / "study.json"), "--published", str(publication)]
    assert verify_published.main(words) == 0
    assert "3 files here, 3 of them records of runs" in capsys.readouterr().out
    (tmp_path / sample[0]).write_text("{}")
    assert verify_published.compare(tmp_path, publication) == {r: r != sample[0] for r in sample}
    # the fabricated study was made on no machine that there is
    assert verify_published.main(words) == 0
    said = capsys.readouterr().out
    assert f"{sample[0]} has other bytes" in said
    assert "another kind" in said


def list_anew(folder: Path) -> None:
    write_json(folder / verify_published.PUBLISHED, verify_published.digests_of(folder))


@pytest.mark.parametrize(
    "name",
    [
        "index.md",
        "findings.md",
        "paper/paper.pdf",
        "tables/leaderboard.csv",
        "figures/verdicts.svg",
    ],
)
def test_a_publication_that_was_changed_is_found(
    publication: Path, tmp_path: Path, capsys, name: str
) -> None:
    folder, readme = tmp_path / "published", tmp_path / "README.md"
    shutil.copytree(publication, folder)
    readme.write_text(file_sha256(folder / verify_published.PUBLISHED))
    words = [str(tmp_path / "study.json"), f"--published={folder}", f"--stated-in={readme}"]
    assert verify_published.main(words) == 0
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    assert verify_published.main(words) == 1
    assert f"{folder / name} is not as published" in capsys.readouterr().out
    list_anew(folder)
    assert verify_published.main(words) == 1
    assert "README.md does not state " in capsys.readouterr().out


def test_other_bytes_on_the_same_kind_of_machine_are_an_error(
    publication: Path, study: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "published"
    shutil.copytree(publication, folder)
    machines = json.loads((folder / verify_published.MACHINES).read_text(encoding="utf-8"))
    # of runs with one BLAS thread, of which one kind did not need SciPy
    run = {**verify_published.machine(), "scipy": version("scipy")}
    run["blas"] = run["blas"].partition(" threads=")[0] + " threads=1"
    here = {"runs": [{"runs": 1, **run}, {"runs": 1, **run, "scipy": "not used"}]}
    (folder / verify_published.MACHINES).write_text(json.dumps(machines | here))
    shutil.copytree(study.parent / "runs", tmp_path / "study/runs")
    words = [str(tmp_path / "study/study.json"), "--published", str(folder)]
    assert verify_published.main(words) == 1  # machines.json was changed, as the rest of this test
    list_anew(folder)
    assert verify_published.main(words) == 0
    record = verify_published.sample_of_records(folder, 1, 0)[0]
    (tmp_path / "study" / record).write_text("{}")
    assert verify_published.main(words) == 1
    here["runs"][1]["scipy"] = "0.1"
    (folder / verify_published.MACHINES).write_text(json.dumps(machines | here))
    list_anew(folder)
    assert verify_published.main(words) == 0


def test_a_folder_without_a_manifest_is_no_publication(tmp_path: Path, capsys) -> None:
    assert verify_published.main([str(tmp_path / "study.json"), "--published", str(tmp_path)]) == 1
    assert "holds no published study" in capsys.readouterr().err
