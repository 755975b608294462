"""The commands that the README shows are the commands that are checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from descent.data.download import WITHOUT_NETWORK
from descent.data.sources import source_of
from descent.study.config.yaml_file import read_yaml

ROOT = Path(__file__).parents[2]
SET_UP = (
    "python3 -m venv .venv && . .venv/bin/activate && pip install --quiet -r requirements.lock && "
    "pip install --quiet --no-deps --no-build-isolation -e ."
)


def first_screen() -> str:
    return "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:60])


FIRST_STUDY = "snakemake --cores 2 --configfile config/digits.yaml"


@pytest.mark.parametrize("command", [FIRST_STUDY, "pytest"])
def test_one_line_sets_everything_up_and_runs(command: str) -> None:
    lines = [line.strip() for line in first_screen().splitlines()]
    assert f"{SET_UP} && {command}" in lines


def test_what_is_said_without_a_network_is_the_first_study() -> None:
    assert WITHOUT_NETWORK == FIRST_STUDY
    config = read_yaml(ROOT / "config" / "digits.yaml")
    assert [source_of(entry).files for entry in config["datasets"].values()] == [()]


def test_the_online_check_is_the_same_script() -> None:
    path = ROOT / ".github" / "workflows" / "ci.yml"
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    commands = [step["run"] for step in workflow["jobs"]["checks"]["steps"] if "run" in step]
    assert commands == [".ci/run"]


def test_pre_commit_runs_the_commands_of_ci() -> None:
    steps = re.findall(r"^ *step (.*)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    (hooks,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    entries = [hook["entry"] for hook in hooks["hooks"]]
    assert set(entries) == {
        step for step in steps if not re.search("snakemake|pytest|cluster", step)
    }
