"""The command ``descent``: what it finds, and the files that it writes to start from."""

import os
import re
import subprocess
import sys

import pytest
import yaml

from descent.__main__ import COMMANDS, main
from descent.starting_files import KINDS
from descent.study.config.loading import validate


def test_help_names_every_command_and_each_explains_itself(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", shown, re.MULTILINE)
        with pytest.raises(SystemExit, match="0"):
            main([name, "--help"])
        assert capsys.readouterr().out.startswith("usage: ")
    assert main(["chek"]) == 2
    assert "descent has no command 'chek'" in capsys.readouterr().err


def test_an_output_that_nobody_reads_on_ends_without_a_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "descent", "verdict", "examples/speedrun.csv"]
    shown = subprocess.run(
        [*command, "--score", "seconds"], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (shown.returncode, shown.stderr) == (1, b"")


@pytest.mark.parametrize("kind", ["optimizer", "problem"])
def test_a_new_class_is_complete_and_keeps_its_contract(kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", kind, "mine/my_idea.py"]) == 0
    (command,) = re.findall(r"Next: descent (.*)$", capsys.readouterr().out, re.MULTILINE)
    assert command == "check mine/my_idea.py:MyIdea"
    assert main(command.split()) == 0
    assert "may join a study" in capsys.readouterr().out
    assert main(["new", kind, "mine/my_idea.py"]) == 1
    assert "is there already" in capsys.readouterr().err


def test_a_new_study_is_complete(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [main(["new", kind]) for kind in KINDS] == [0, 0, 0]
    config = validate(yaml.safe_load((tmp_path / "my_study.yaml").read_text(encoding="utf-8")))
    assert config["focus"] in config["optimizers"]


def test_a_network_of_pytorch_is_checked_as_a_problem_and_its_rule_as_an_optimizer(capsys):
    pytest.importorskip("torch")
    assert main(["check", "torch:torch.nn:Bilinear"]) == 1
    assert main(["check", "torch:SGD"]) == 0
