"""The same study is the same bytes, however and wherever it is run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project_copy import Project, run

from descent.paper.__main__ import main as paper
from descent.reproducibility.verify import changed_files
from descent.study.plan import Study, load_study


def verify(project, *options):
    words = ["descent.reproducibility.verify", "results/tiny", *options]
    return run(words, project.folder, project.environment)


@pytest.mark.slow
def test_cores_folder_and_locale_do_not_change_the_bytes(finished, drawn, tmp_path):
    one = Project.make(tmp_path / "a folder with späces" / "clone")
    one.complete("all", cores=1, LC_ALL="C", LANG="C", TZ="Asia/Tokyo", PYTHONHASHSEED="7")
    made = drawn.results_digests()  # on eight cores
    assert any(name.startswith("figures/") for name in made)
    assert one.results_digests() == made
    # On two cores, without figures.
    assert finished.results_digests().items() <= made.items()


def test_a_stranger_regenerates_a_record_from_the_provenance(project, tmp_path):
    given = project.results / "provenance"
    commands = re.findall(r"^    (.+)$", (given / "README.md").read_text(), re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["mkdir", "tar", "cp", "cd"] + [
        "snakemake"
    ] * 2
    # As they stand; what Snakemake is to do it says, and it does one record of it.
    script = [
        f"{command} --dry-run" if command.startswith("snakemake") else command
        for command in commands
    ]
    run = "digits/rmsprop/tuned-1/seed-10"
    script += [f"snakemake --cores 2 results/tiny/runs/{run}.json --configfile config.json"]
    ended = subprocess.run(
        ["bash", "-ec", "\n".join(script)],
        cwd=shutil.copytree(given, tmp_path / "given"),
        env=project.environment
        | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    made = tmp_path / "given" / "somewhere" / "results/tiny/runs" / f"{run}.json"
    assert json.loads(made.read_text()) == project.record(run)


def test_verify_finds_that_all_is_well(project):
    ended = project.run("verify")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("same bytes (made on this kind of machine)") == 8
    assert "NOT THE SAME" not in ended.stdout


def test_verify_finds_an_altered_record_and_the_tables_that_it_falsifies(project):
    path = project.results / "runs/bowl/sgd/tuned-1/seed-10.json"
    record = json.loads(path.read_text())
    record["curve"]["train_loss"][-1] *= 0.9
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    ended = verify(project, "--sample", "16")
    assert ended.returncode == 1
    assert "runs/bowl/sgd/tuned-1/seed-10.json is not what the plan gives" in ended.stdout
    assert "bowl sgd tuned-1 10: NOT THE SAME: differs by 0.1" in ended.stdout
    assert ended.stdout.count(": same bytes") == 15
    assert "tables/leaderboard.csv" in ended.stdout


def test_verify_allows_another_kind_of_machine_its_last_digits(project):
    run = "bowl/sgd/tuned-1/seed-10"
    path = project.results / "runs" / f"{run}.json"
    record = json.loads(path.read_text())
    record["curve"]["train_loss"][-1] *= 1 + 1e-6
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    path.with_suffix(".kept").write_bytes(path.read_bytes())
    costs = project.results / "costs" / f"{run}.json"
    content = json.loads(costs.read_text())
    content["machine"]["processor"] = "another"
    costs.write_text(json.dumps(content))
    # Made elsewhere, so the tables are of those bytes.
    project.complete("provenance", "--forcerun", "tables", "provenance")
    ended = verify(project, "--sample", "16")
    assert ended.returncode == 0, ended.stdout
    assert "differs by 1e-06, relative (made on another kind of machine)" in ended.stdout


def test_verify_finds_whatever_is_false(drawn, tmp_path, monkeypatch):
    project = drawn.copy(tmp_path / "project")
    monkeypatch.chdir(project.folder)
    study = load_study(Path("results/tiny/study.json"))
    assert paper([str(study.path)]) == 0
    assert changed_files(study) == []
    given = "is not what the plan gives"
    for name in (
        "runs/digits/sgd/default/seed-10.json",
        "tables/comparisons.csv",
        "tuned/bowl/sgd/tuned.json",
        "looks/bowl/grid-1.json",
        "figures/verdicts.svg",
        "timing/cost.csv",
        "findings.md",
        "report/index.html",
        "provenance/config.json",
        "paper/paper.pdf",
    ):
        path = study.folder / name
        true = path.read_bytes()
        path.write_bytes(re.sub(rb"[1-8]", b"9", true, count=1))
        assert path.read_bytes() != true
        assert f"{name} {given}" in changed_files(Study(study.config, study.folder))
        path.write_bytes(true)
    assert changed_files(study) == []
    other = Study(study.config | {"time_limit_seconds": 7}, study.folder)
    assert f"study.json {given}" in changed_files(other)


def test_choices_and_foreign_records_are_found_also_if_all_is_made_anew_of_them(project):
    choice = project.results / "tuned/digits/sgd/tuned.json"
    content = json.loads(choice.read_text())
    content["finalists"].reverse()
    choice.write_text(json.dumps(content, indent=1) + "\n")
    for suffix in ("json", "kept"):
        runs = project.results / "runs/bowl/sgd"
        shutil.copy(runs / f"tuned-2/seed-10.{suffix}", runs / f"tuned-1/seed-10.{suffix}")
    for module in ("descent.analysis.tables.build", "descent.reproducibility.provenance"):
        words = [module, "results/tiny/study.json"]
        assert run(words, project.folder, project.environment).returncode == 0
    ended = verify(project, "--sample", "99")
    assert ended.returncode == 1
    assert "choices: NOT THE SAME\n  tuned/digits/sgd/tuned.json\n" in ended.stdout
    assert "  runs/bowl/sgd/tuned-1/seed-10.json is not what the plan gives" in ended.stdout
    assert "bowl sgd tuned-1 10: NOT THE SAME" in ended.stdout
