"""A study on Slurm: the same bytes as on one machine, few submissions, and it goes on."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from project_copy import CONFIG, TARGET, Project

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
SLEEPING = """\
study: tiny
seeds: {tuning: [0], evaluation: [10]}
tracks: [tuned]
learning_rates: {decades: 2, points: 8}
problems:
  bowl: {use: "sleeping.py:Sleeping", seconds: 1.0, epochs: 1, evaluations_per_epoch: 1}
optimizers:
  sgd: {use: sgd}
figures: {formats: [svg]}
"""
CHOICE = "results/tiny/tuned/bowl/sgd/tuned.json"
RUNS = 8


def records(project):
    return {path.parts[-2]: path.read_bytes() for path in project.results.glob("runs/**/*.json")}


@pytest.fixture(scope="module")
def at_home(slurm, tmp_path_factory):
    """Return the records of the sleeping study, made without a cluster."""
    project = Project.make(tmp_path_factory.mktemp("home") / "project", SLEEPING)
    shutil.copy2(Path(__file__).with_name("sleeping.py"), project.folder)
    project.complete(CHOICE, cores=8)
    made = records(project)
    assert len(made) == RUNS
    return made


def test_a_study_has_the_same_bytes_and_few_submissions(submitted, tmp_path):
    cluster = submitted(CONFIG)
    code, said = cluster.run(TARGET)
    assert code == 0, said
    home = Project.make(tmp_path / "home", CONFIG)
    home.complete()
    assert cluster.project.results_digests() == home.results_digests()
    # data and optima, tuning runs, evaluation runs (twice: those of the default track need no
    # choice), tables
    assert len(cluster.submissions()) <= 5
    assert cluster.project.planned() == []


def test_the_same_command_goes_on_when_the_main_process_was_killed(submitted, at_home):
    cluster = submitted(SLEEPING)
    main = cluster.start(CHOICE)
    cluster.wait_for_trainings(main)
    os.kill(main.pid, signal.SIGKILL)
    main.communicate()
    before = cluster.project.trainings()
    code, said = cluster.run(CHOICE)
    assert code == 0, said
    assert records(cluster.project) == at_home
    after = cluster.project.trainings()
    assert {run: after[run] for run in before} == before, "a finished run was trained again"


def test_a_cancelled_submission_is_said_and_submitted_again(submitted, at_home):
    cluster = submitted(SLEEPING)
    main = cluster.start(CHOICE)
    cluster.wait_for_trainings(main)
    before = cluster.project.trainings()
    time.sleep(0.5)  # the jobs that made them have ended too
    cluster.slurm.ask("scancel", *cluster.submissions())
    said, _ = main.communicate(timeout=100)
    assert main.returncode == 0, said
    assert ": CANCELLED. Finished runs are kept." in said
    assert f"\n{RUNS + 1} jobs done in " in said  # and the choice
    assert records(cluster.project) == at_home
    assert len(cluster.submissions()) == 2
    after = cluster.project.trainings()
    assert {run: after[run] for run in before} == before, "a finished run was trained again"
