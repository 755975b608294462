"""A user's own data are known by their content, whatever their name, their place and their date."""

import json
import os

import numpy as np
from project_copy import Project

#: Braces are a pattern to the engine, brackets one to the shell.
NAME = "my {data} [1] 'x'.npz"
CONFIG = f"""\
study: tiny
seeds: {{tuning: [0], evaluation: [10]}}
tracks: [default]
datasets:
  mine: {{use: npz, file: {json.dumps(NAME)}}}
problems:
  p: {{use: softmax_regression, dataset: mine, epochs: 1}}
optimizers:
  sgd: {{use: sgd}}
"""
RECORD = "results/tiny/runs/p/sgd/default/seed-10.json"


def write_data(path, seed, date):
    rng = np.random.default_rng(seed)
    with path.open("wb") as file:
        np.savez(file, X=rng.normal(size=(40, 3)), y=np.arange(40) % 2)
    os.utime(path, (date, date))


def test_data_that_are_replaced_by_older_ones_are_trained_on(tmp_path):
    project = Project.make(tmp_path / "project", CONFIG)
    data = project.folder / NAME
    fingerprints = []
    # From the future, and from the past; then the first again, by now older than its results.
    for seed, date in ((1, 4e9), (2, 1e9), (1, 1e9)):
        write_data(data, seed, date)
        project.complete(RECORD)
        fingerprints.append(json.loads((project.folder / RECORD).read_text())["fingerprint"])
    assert fingerprints[0] == fingerprints[2] != fingerprints[1]
    data.touch()
    assert project.planned(RECORD) == []


def test_braces_in_the_clones_path_are_answered_by_a_sentence(tmp_path):
    ended = Project.make(tmp_path / "pro{j}ect", CONFIG).run(RECORD)
    assert ended.returncode == 1
    assert "takes braces in a path for a pattern. Rename the folder" in ended.stdout + ended.stderr
