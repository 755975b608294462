"""A rule of the user's own that misbehaves: one clear message or status, and nothing else lost."""

import pytest
from project_copy import CONFIG, Project

from descent.analysis.answer import opening
from descent.analysis.tables.study_tables import StudyTables

GOOD = """
from dataclasses import dataclass

from descent.optimizers import Optimizer


@dataclass
class Mine(Optimizer):
    def direction(self, g, state):
        {body}
"""
BODIES = {
    "raises": "raise ArithmeticError('no luck')",
    "ends": "import os; os._exit(0)",
    "leaves": "import os; os.chdir('/tmp'); return g",
    "takes_alarm": "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN); return g",
    "moves": "state.theta -= g; return 0.0 * g",
    "other_shape": "return g[:1]",
    "writes": "g[:] = 0.0; return g",
    "prints": "print('x' * 2**20); return g",
    "forever": "import time; time.sleep(3600); return g",
}
SAID = {
    "raises": "no luck",
    "ends": "ended the process, with exit code 0",
    "takes_alarm": "took SIGALRM, by which the time is limited",
    "moves": "output array is read-only",
    "other_shape": "must return an array of the gradient's shape",
    "writes": "must only read the gradient",
    "prints": "wrote more than 64 MiB into its log",
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A study of nine faulty rules and a good one, run once."""
    entries = "\n".join(f"  {name}: {{use: 'rules/{name}.py:Mine'}}" for name in BODIES)
    config = CONFIG.replace("tracks: [tuned, default]", "tracks: [default]")
    config = config.replace("optimizers:", f"time_limit_seconds: 3\noptimizers:\n{entries}")
    config = config.replace("epochs: 3", "epochs: 100")
    config = "\n".join(line for line in config.splitlines() if "use: mlp" not in line)
    project = Project.make(tmp_path_factory.mktemp("faulty") / "project", config)
    (project.folder / "rules").mkdir()
    for name, body in BODIES.items():
        (project.folder / "rules" / f"{name}.py").write_text(GOOD.format(body=body))
    yield project, project.run("provenance")
    project.kill_all()


def test_the_good_rules_are_trained_and_kept(ended):
    project, outcome = ended
    assert outcome.returncode != 0
    for name in ("sgd", "rmsprop"):
        assert project.record(f"bowl/{name}/default/seed-10")["status"] == "finished"


@pytest.mark.parametrize("name", SAID)
def test_a_fault_is_told_once_with_the_command_that_runs_it_again(ended, name):
    project, outcome = ended
    told = outcome.stderr
    assert told.count(f"\nevaluation_run bowl {name} default 10\n") == 1
    told = told.partition(f"\nevaluation_run bowl {name} default 10\n")[2].partition("\n\n")[0]
    assert SAID[name] in told
    target = f"results/tiny/runs/bowl/{name}/default/seed-10.json"
    assert f"snakemake --cores 1 {target} --configfile tiny.yaml" in told
    assert not (project.folder / target).exists()


def test_a_rule_that_runs_forever_is_a_timeout(ended):
    project, _ = ended
    assert project.record("bowl/forever/default/seed-10")["status"] == "timeout"


def test_a_rule_that_prints_forever_does_not_fill_the_disk(ended):
    project, _ = ended
    log = project.results / "logs/train/bowl/prints/default/seed-10.log"
    assert log.stat().st_size < 2**18


def test_the_results_of_the_good_rules_are_shown_and_what_failed_is_said_first(ended):
    project, _ = ended
    tables = StudyTables(project.results / "study.json")
    assert {"sgd", "rmsprop"} <= set(tables.optimizers)
    assert set(tables.optimizers).isdisjoint(SAID)
    first, *_ = opening(tables)
    assert str(first).startswith("Left out: ")
    told = " ".join(map(str, opening(tables)))
    assert "its training failed: " in told
    assert SAID["raises"] in told
