"""Seeds are added where comparisons are undecided, in one run, always with the same bytes."""

import json
import shutil
import time

import pytest
from project_copy import CONFIG, Project

SEEDS = "seeds: {tuning: [0], evaluation: [10]}"
LOOKS = "seeds: {tuning: [0], evaluation: {first: 10, count: 3, at_most: 12}}"
OTHER = "rmsprop: {use: rmsprop, learning_rates: [0.001, 0.01]}"
#: Nearly the same rule, with a grid that need not grow.
ALIKE = "momentum: {use: momentum, momentum: 0.1, learning_rates: [0.01, 0.3, 100]}"


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """A finished study whose networks are hard to tell apart; not to be changed."""
    config = CONFIG.replace(SEEDS, LOOKS).replace(OTHER, ALIKE)
    config = config.replace("epochs: 1}", "epochs: 1, margin: 0.01}")
    project = Project.make(tmp_path_factory.mktemp("looked") / "project", config)
    project.complete()
    return project


def decided(project, problem):
    """Return for each look which optimizers it gave more seeds."""
    looks = project.results / "looks" / problem
    return {
        int(path.stem): json.loads(path.read_text(encoding="utf-8"))["continuing"]
        for path in looks.glob("[0-9]*.json")
    }


def grown(project, problem, look):
    """Return the learning rates that a look added to grids."""
    path = project.results / "looks" / problem / f"{look}.json"
    return json.loads(path.read_text(encoding="utf-8"))["grown"]


def seeds_of(project, problem, candidate):
    folder = project.results / "runs" / problem / "sgd" / candidate
    return sorted(int(path.stem.removeprefix("seed-")) for path in folder.glob("*.json"))


@pytest.mark.slow
def test_seeds_are_added_to_what_is_undecided_alone(looked):
    assert decided(looked, "bowl") == {3: [], 6: [], 12: []}
    assert decided(looked, "digits") == {3: ["sgd", "momentum"], 6: ["sgd", "momentum"], 12: []}
    for finalist in ("tuned-1", "tuned-2"):
        assert seeds_of(looked, "bowl", finalist) == [10, 11, 12]
        assert seeds_of(looked, "digits", finalist) == list(range(10, 22))
    assert seeds_of(looked, "digits", "default") == [10, 11, 12]
    assert looked.planned() == []


@pytest.mark.slow
def test_a_grid_grows_where_its_best_learning_rate_is_an_end(looked):
    assert grown(looked, "digits", "grid-1") == {"sgd": [300.0, 30000.0]}
    assert grown(looked, "digits", "grid-2") == {}
    folder = looked.results / "runs" / "digits"
    for rule, rates in (("sgd", (0.03, 3.0, 300.0, 30000.0)), ("momentum", (0.01, 0.3, 100.0))):
        tuning = {path.name for path in (folder / rule).glob("lr-*")}
        assert tuning == {f"lr-{rate}" for rate in rates}
        screened = looked.results / "tuned" / "digits" / rule / "tuned.json"
        assert not json.loads(screened.read_text(encoding="utf-8"))["on_edge"]


@pytest.mark.slow
def test_a_late_run_that_is_lost_is_made_again_and_no_other(looked, tmp_path):
    project = looked.copy(tmp_path / "project")
    late = project.results / "runs/digits/sgd/tuned-1/seed-20.json"
    before = project.trainings()
    late.unlink()
    late.with_suffix(".kept").unlink()
    (project.results / "provenance/manifest.json").unlink()
    project.complete()
    assert project.results_digests() == looked.results_digests()
    changed = {run for run, digest in project.trainings().items() if before[run] != digest}
    assert changed == {"digits/sgd/tuned-1/seed-20"}


@pytest.mark.slow
def test_a_run_killed_between_looks_ends_with_the_same_bytes(looked, tmp_path):
    project = looked.copy(tmp_path / "project")
    for folder in ("looks", "tables", "provenance"):
        shutil.rmtree(project.results / folder)
    for late in project.results.glob("runs/digits/*/tuned-*/seed-*.json"):
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
