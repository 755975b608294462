"""What the config says is what a job is told, to the last digit, whatever the engine does."""

import itertools
import json
import re
import shlex

from project_copy import Project

from descent.study.config.loading import validate
from descent.study.config.yaml_file import read_yaml
from descent.study.grids import with_grids
from descent.study.plan import Run, Study

#: Numbers that a channel of whole numbers or of ten digits changes, more threads than cores, and
#: titles that are no wildcards.
CONFIG = """\
study: exact
time_limit_seconds: 0.5
threads: 3
seeds: {tuning: [0], evaluation: [4294967295]}
tracks: [tuned]
problems:
  "1": {use: quadratic, epochs: 1.2345678901234567, title: "{x} {3,} }"}
optimizers:
  NA: {use: sgd, title: "{problem} {", learning_rates: [1.0e-40, 0.12345678901234568, 1.0e+16]}
"""


def test_a_job_is_told_the_very_values_of_the_config(tmp_path, monkeypatch):
    project = Project.make(tmp_path / "project", CONFIG)
    said = project.complete("provenance", "--dry-run", "--printshellcmds")
    told = [
        shlex.split(command)
        for command in re.findall(r"exec (python .*descent\.training\.job .*)", said)
    ]
    monkeypatch.chdir(project.folder)
    config = validate(read_yaml(project.folder / "tiny.yaml"))
    study = Study(with_grids(config), project.folder / "results/exact")
    jobs = {}
    for words in told:
        options = dict(itertools.pairwise(words))
        assert float(options["--time-limit"]) == 0.5
        job = json.loads(options["--job"])
        run = Run(job["problem"]["name"], job["optimizer"]["name"], job["candidate"], job["seed"])
        jobs[run] = job
    assert jobs == {run: study.job(run) for run in study.runs()}
