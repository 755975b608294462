"""Seeds are added where comparisons are undecided, in one run, always with the same bytes."""

import json
import shutil
import time

import pytest
from project_copy import CONFIG, Project

SEEDS = "seeds: {tuning: [0], evaluation: [10]}"
LOOKS = "seeds: {tuning: [0], evaluation: {first: 10, count: 3, at_most: 12}}"


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """A finished study whose networks are hard to tell apart; not to be changed."""
    config = CONFIG.replace(SEEDS, LOOKS).replace("epochs: 1}", "epochs: 1, margin: 0.01}")
    project = Project.make(tmp_path_factory.mktemp("looked") / "project", config)
    project.complete()
    return project


def decided(project, problem):
    """Return for each look which optimizers it gave more seeds."""
    folder = project.results / "looks" / problem
    return {
        int(path.stem): json.loads(path.read_text(encoding="utf-8"))["continuing"]
        for path in folder.glob("*.json")
    }


def seeds_of(project, problem, track):
    folder = project.results / "runs" / problem / "sgd" / track
    return sorted(int(path.stem.removeprefix("seed-")) for path in folder.glob("*.json"))


@pytest.mark.slow
def test_seeds_are_added_to_what_is_undecided_alone(looked):
    assert decided(looked, "bowl") == {3: [], 6: [], 12: []}
    assert seeds_of(looked, "bowl", "tuned") == [10, 11, 12]
    assert decided(looked, "digits") == {3: ["sgd", "rmsprop"], 6: ["sgd", "rmsprop"], 12: []}
    assert seeds_of(looked, "digits", "tuned") == list(range(10, 22))
    assert seeds_of(looked, "digits", "default") == [10, 11, 12]
    assert looked.planned() == []


@pytest.mark.slow
def test_a_late_run_that_is_lost_is_made_again_and_no_other(looked, tmp_path):
    project = looked.copy(tmp_path / "project")
    late = project.results / "runs/digits/sgd/tuned/seed-20.json"
    before = project.trainings()
    late.unlink()
    (project.results / "provenance/manifest.json").unlink()
    project.complete()
    assert project.results_digests() == looked.results_digests()
    changed = {run for run, digest in project.trainings().items() if before[run] != digest}
    assert changed == {"digits/sgd/tuned/seed-20"}


@pytest.mark.slow
def test_a_run_killed_between_looks_ends_with_the_same_bytes(looked, tmp_path):
    project = looked.copy(tmp_path / "project")
    for folder in ("looks", "tables", "provenance"):
        shutil.rmtree(project.results / folder)
    for late in project.results.glob("runs/digits/*/tuned/seed-*.json"):
        if late.stem not in ("seed-10", "seed-11", "seed-12"):
            late.unlink()
    main = project.start()
    while main.poll() is None and not list(project.results.glob("looks/digits/3.json")):
        time.sleep(0.05)
    time.sleep(1.0)
    project.kill_all()
    main.communicate(timeout=60)
    project.complete()
    assert project.results_digests() == looked.results_digests()


@pytest.mark.slow
def test_fewer_looks_leave_later_runs_out_of_the_tables(looked, tmp_path):
    project = looked.copy(tmp_path / "project")
    project.configure("at_most: 12", "at_most: 6")
    before = project.trainings()
    project.complete()
    assert decided(project, "digits")[6] == []
    assert project.trainings() == before
    table = (project.results / "tables/leaderboard.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in table.splitlines()]
    seeds, problem, track = (rows[0].index(name) for name in ("seeds", "problem", "track"))
    most = {row[seeds] for row in rows if (row[problem], row[track]) == ("digits", "tuned")}
    assert most == {"6"}
