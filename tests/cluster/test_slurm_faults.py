"""What a study says when jobs fail on Slurm."""

import re

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
RULES = """
from descent.optimizers import Optimizer


class Faulty(Optimizer):
    learning_rate_centre = 0.1

    def direction(self, g, state):
        raise ArithmeticError("no luck")
"""
#: A module that nodes do not have.
ABSENT = """
import os

if "SLURM_JOB_ID" in os.environ:
    raise ModuleNotFoundError("No module named 'torch'")

from rules import Faulty
"""
CONFIG = """\
study: tiny
seeds: {tuning: [0], evaluation: [10, 11]}
tracks: [default]
problems:
  bowl: {use: quadratic, epochs: 1}
optimizers:
  sgd: {use: sgd}
figures: {formats: [svg]}
"""
SEEDS = (10, 11)


def run(submitted, rules):
    """Run a study of SGD and other rules; return its copy of the project and what was said."""
    entries = "".join(f'  {name}: {{use: "{use}"}}\n' for name, use in rules.items())
    config = CONFIG.replace("figures:", f"{entries}figures:")
    cluster = submitted(config, rules=RULES, absent=ABSENT)
    code, said = cluster.run("tables", "--retries", "0")
    assert code != 0, said
    return cluster, said


def made(cluster, optimizer):
    """Return how many runs of an optimizer are not trained again."""
    folder = cluster.project.results / "runs" / "bowl" / optimizer / "default"
    return sum((folder / f"seed-{seed}.kept").is_file() for seed in SEEDS)


def test_a_failing_rule_is_told_with_its_log_and_stops_no_other_of_its_group(submitted):
    cluster, said = run(submitted, {"own": "rules.py:Faulty"})
    assert made(cluster, "sgd") == 2
    assert made(cluster, "own") == 0
    assert said.count("ArithmeticError: no luck") == 1
    assert "\n2 of " in said
    assert (
        "evaluation_run bowl own default 10" in said or "evaluation_run bowl own default 11" in said
    )


def test_a_node_without_a_library_is_told_by_the_log_of_slurm(submitted):
    cluster, said = run(submitted, {"own": "absent.py:Faulty"})
    log = re.search(r"Its log: (\S+)", said)[1]
    assert "No module named 'torch'" in (cluster.project.folder / log).read_text()
    assert made(cluster, "own") == 0
    # The same command goes on when the node has it.
    cluster.project.edit("absent.py", '"SLURM_JOB_ID" in os.environ', "False")
    cluster.project.edit("rules.py", 'raise ArithmeticError("no luck")', "return g")
    code, said = cluster.run("tables")
    assert code == 0, said
