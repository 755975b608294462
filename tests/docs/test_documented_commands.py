"""Every command in every text that we write is one that works.

Those of the package are run as written, on a small study that has been trained. Those of Snakemake
are parsed, and their targets looked up; tests/workflow runs the workflow.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from shutil import copytree

import pytest
from project_copy import run
from snakemake.cli import parse_args
from trained_study import succeeds, train

from descent.__main__ import COMMANDS
from descent.benchmark.measurement import OURS, Measurement, write
from descent.data import prepare
from descent.reproducibility import provenance

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    # The changelog names commands that are gone.
    *(path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "config").glob("*"),
    *(ROOT / "examples").glob("*"),
    *(ROOT / "results").glob("*.md"),
    ROOT / "Snakefile",
]
RULES = set(
    re.findall(
        r"^rule (\w+):",
        "\n".join(file.read_text(encoding="utf-8") for file in ROOT.rglob("*.smk"))
        + (ROOT / "Snakefile").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
#: A command ends where its line, its code span, the next command or its explanation begins.
END = r"(?=[`\n|&\"]| {2,}|$)"
SNAKEMAKE = re.compile(rf"snakemake (?:--?\w|\w+ --)[^`\n|&\"]*?{END}")
PROGRAM = rf"(?:python -m descent|descent (?:{'|'.join(COMMANDS)})\b)"
MODULE = re.compile(rf"(?<![/\w]){PROGRAM}[^`\n|&\"]*?{END}")
#: A block of code, or code in a sentence; a line of either may go on.
SPAN = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)


def _on_one_line(span: re.Match[str]) -> str:
    going_on = r" *\\\n *" if span.group().startswith("```") else r"\s*\n\s*"
    return re.sub(going_on, " ", span.group())


def commands(pattern: re.Pattern[str]) -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in TEXTS if path.is_file()]
    whole = [
        SPAN.sub(_on_one_line, text) for text in [*texts, provenance.README.read_text("utf-8")]
    ]
    return sorted({match.group().strip() for text in whole for match in pattern.finditer(text)})


@pytest.mark.parametrize("command", commands(SNAKEMAKE))
def test_snakemake_is_asked_for_targets_that_there_are(command: str) -> None:
    if "profiles/slurm" in command:
        pytest.importorskip("snakemake_executor_plugin_cluster_generic")
    _, given = parse_args(shlex.split(command)[1:])
    assert given.cores is not None or given.report is not None
    for target in given.targets:
        assert target in RULES or "/" in target, command
    for file in given.configfile or []:
        # the last one is what its page has a reader write
        assert (ROOT / file).is_file() or file.name in {"config.json", "mine.yaml"}, command


#: A command in a block of code; what its quotes enclose may take several lines.
IN_A_BLOCK = re.compile(
    rf"^(?: {{4}})?(?P<command>{PROGRAM}(?:[^'\"`\\\n]|'[^']*'|\\\n)*)$", re.MULTILINE
)
STUDY = {
    "study": "default",
    "seeds": {"tuning": [0], "evaluation": {"first": 10, "count": 3}},
    "learning_rates": {"decades": 1, "points": 2},
    "datasets": {"digits": {"use": "digits"}},
    "problems": {
        "digits": {"use": "softmax_regression", "dataset": "digits", "mini_batch": 64, "epochs": 1}
    },
    "optimizers": {"sgd": {"use": "sgd"}, "adam": {"use": "adam"}},
}


def whole_commands() -> list[str]:
    """The commands of the package that can be run as they stand."""
    texts = [path.read_text(encoding="utf-8") for path in TEXTS if path.is_file()]
    blocks = {
        match["command"].replace("\\\n", " ")
        for text in texts
        for match in IN_A_BLOCK.finditer(text)
    }
    # a command without an argument is how a sentence names it; my_... is a file of the reader's
    spans = {c for c in commands(MODULE) if "'" not in c and "my_" not in c}
    every = {
        " ".join(command.removeprefix("python -m ").partition(" #")[0].split())
        for command in blocks | spans
    }
    every = {command for command in every if len(command.split()) > 1 + ("descent " in command)}
    # six studies are too long for a test
    return sorted(command for command in every if "replication --config" not in command)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the project after its study, its benchmark and its tutorial were run."""
    folder = tmp_path_factory.mktemp("clone")
    copytree(ROOT / "docs", folder / "docs")
    for name in ("examples", "tests", "config"):
        (folder / name).symlink_to(ROOT / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        provenance.main([str(train(STUDY).folder / "study.json")])
        succeeds(
            prepare.main,
            ("--settings", json.dumps({"use": "digits"})),
            ("--fold", "0"),
            ("--downloads", "results/downloads"),
            ("--output", "results/tutorial/data/mnist/all"),
        )
    measured = [Measurement("sgd", OURS, 0.1, "s")]
    write(folder / "results" / "benchmark" / "mlp_epoch.csv", measured)
    return folder


def test_there_are_commands_to_look_at() -> None:
    assert len(commands(SNAKEMAKE)) > 10
    assert len(commands(MODULE)) > 10
    assert len(whole_commands()) > 9


@pytest.mark.parametrize("command", whole_commands())
def test_a_command_runs_as_it_is_written(command: str, workplace: Path) -> None:
    command = command.replace("<study>", "default").replace("/from/another/machine/", "")
    # The shell tells the words.
    told = subprocess.check_output(
        ["bash", "-c", rf"printf '%s\0' {command}"], cwd=workplace, text=True
    )
    words = told.split("\0")[:-1]
    ran = run(words, workplace, {**os.environ, "PYTHONPATH": str(ROOT / "workflow")})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for option, value in itertools.pairwise(words):
        if option == "--output":
            assert [*workplace.glob(f"{value}*")] != []
