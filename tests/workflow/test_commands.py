"""A killed study of a script goes on to the same bytes; a failed run stops no other."""

import os
import random
import shutil
import signal
import time

import pytest
from project_copy import ROOT, Project

NAME = "command_without_libraries.py"
CONFIG = f"""\
study: tiny
seeds: {{tuning: [0, 1], evaluation: {{first: 10, count: 30}}}}
problems:
  line:
    use: command
    run: "python {NAME} --optimizer {{optimizer}} --learning-rate {{learning_rate}}
      --seed {{seed}} --steps {{steps}}"
    steps: 50
    files: [{NAME}]
optimizers:
  sgd: {{use: command, learning_rates: [0.03, 0.1, 0.3]}}
  sign: {{use: command, learning_rates: [0.01, 0.03, 0.1]}}
figures: {{formats: [svg]}}
"""
FAULTY = 'if given.optimizer == "sign" and given.seed == 12: raise OSError("no such GPU")\n'


def made(folder):
    project = Project.make(folder, CONFIG)
    shutil.copy2(ROOT / "examples" / NAME, project.folder)
    return project


def copy_of(project, run):
    return project.results / "runs" / f"{run}.kept"


@pytest.mark.slow
def test_a_killed_study_of_200_commands_goes_on_to_the_same_tables(tmp_path):
    whole, killed = made(tmp_path / "whole"), made(tmp_path / "killed")
    whole.complete()
    assert len(whole.trainings()) >= 192
    choose = random.Random(3)
    for _ in range(6):
        main = killed.start()
        time.sleep(choose.uniform(3.0, 9.0))
        os.killpg(main.pid, choose.choice((signal.SIGINT, signal.SIGKILL)))
        main.communicate(timeout=60)
    until = time.monotonic() + 30
    while killed.processes() and time.monotonic() < until:
        time.sleep(0.05)
    # the copy of the record is the last that a job writes
    kept = {run: at for run, at in killed.trainings().items() if copy_of(killed, run).is_file()}
    killed.complete()
    assert kept, "it was killed before its first run had ended"
    assert {run: killed.trainings()[run] for run in kept} == kept, "trained again"
    assert killed.results_digests() == whole.results_digests()
    assert killed.planned() == []


def test_a_run_that_fails_is_said_and_the_others_go_on(tmp_path):
    project = made(tmp_path / "project")
    project.configure("count: 30", "count: 3")
    project.edit(NAME, "rng = ", f"{FAULTY}rng = ")
    ended = project.run()
    assert ended.returncode != 0
    said = ended.stdout + ended.stderr
    assert "no such GPU" in said
    assert "the command ended with exit code 1." in said
    assert len(project.trainings()) >= 12 + 2 * 9 - 3
    project.edit(NAME, FAULTY, "")
    project.complete()
    assert project.planned() == []


def test_a_study_of_a_script_is_verified_and_claims_no_schedule_that_it_is_not_told(tmp_path):
    project = made(tmp_path / "project")
    project.configure("count: 30", "count: 3")
    project.complete("findings", "provenance")
    said = (project.results / "findings.md").read_text(encoding="utf-8")
    assert "Learning-rate schedule: that of the script that trains." in said
    assert "linear" not in said
    assert project.complete("verify").count(": same bytes") > 5
