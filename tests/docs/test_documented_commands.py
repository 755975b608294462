"""Every command in every text that we write is one that its program understands."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
from functools import partial
from pathlib import Path

import pytest
from snakemake.cli import parse_args

from descent.figures.drawing import command as drawing_command
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
MODULE = re.compile(rf"python -m (descent[\w.]*\w)([^`\n|&\"]*?){END}")
#: A block of code, or code in a sentence; a line of either may go on.
SPAN = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)


def _on_one_line(span: re.Match[str]) -> str:
    going_on = r" *\\\n *" if span.group().startswith("```") else r"\s*\n\s*"
    return re.sub(going_on, " ", span.group())


def commands(pattern: re.Pattern[str]) -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in TEXTS if path.is_file()]
    whole = [SPAN.sub(_on_one_line, text) for text in [*texts, provenance.README]]
    return sorted({match.group().strip() for text in whole for match in pattern.finditer(text)})


def test_there_are_commands_to_look_at() -> None:
    assert len(commands(SNAKEMAKE)) > 10
    assert len(commands(MODULE)) > 10


@pytest.mark.parametrize("command", commands(SNAKEMAKE))
def test_snakemake_is_asked_for_targets_that_there_are(command: str) -> None:
    _, given = parse_args(shlex.split(command)[1:])
    assert given.cores is not None or given.report is not None
    for target in given.targets:
        assert target in RULES or "/" in target, command
    for file in given.configfile or []:
        assert (ROOT / file).is_file() or file == Path("config.json"), command


@pytest.mark.parametrize("command", commands(MODULE))
def test_a_module_has_the_options_that_it_is_given(command: str) -> None:
    words = command.split()[2:]
    module = importlib.import_module(_runnable(words[0]))
    main = getattr(module, "main", None) or partial(drawing_command, module.draw)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    for word in words[1:]:
        if word.startswith("--"):
            assert re.search(rf"{word}\b", said.getvalue()), command


def _runnable(name: str) -> str:
    spec = importlib.util.find_spec(name)
    assert spec is not None, name
    return name if spec.submodule_search_locations is None else f"{name}.__main__"
