"""The README agrees with the files it shows, and its commands work as written."""

import re
from pathlib import Path

import yaml
from trained_study import train

from descent.analysis import findings

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def test_the_rule_that_is_shown_is_the_whole_of_its_file():
    (shown,) = blocks("python")
    assert shown == (PROJECT / "examples/sign_momentum.py").read_text(encoding="utf-8")


def test_the_entry_that_is_shown_is_the_study_s():
    (shown,) = map(yaml.safe_load, blocks("yaml"))
    study = yaml.safe_load((PROJECT / "examples/study.yaml").read_text(encoding="utf-8"))
    assert shown["focus"] == study["focus"]
    assert shown["optimizers"].items() <= study["optimizers"].items()


def test_the_answer_that_is_shown_is_that_of_the_study(tmp_path, monkeypatch):
    (tmp_path / "examples").symlink_to(PROJECT / "examples")
    monkeypatch.chdir(tmp_path)
    study = train(yaml.safe_load(Path("examples/study.yaml").read_text(encoding="utf-8")))
    told = study.folder / "findings.md"
    assert findings.main([str(study.folder / "study.json"), "--output", str(told)]) == 0
    (quoted,) = re.findall(r"^> (.*)$", README, flags=re.MULTILINE)
    said = told.read_text(encoding="utf-8")
    assert f"- {quoted}\n" in said


def test_the_findings_that_are_shown_are_those_of_the_study():
    told = (PROJECT / "docs/findings.md").read_text(encoding="utf-8")
    results = README.partition("## Results")[2].partition("\n## ")[0].partition("![")[0]
    shown = re.findall(r"^- .*$", results, re.MULTILINE)
    assert len(shown) > 4
    assert set(shown) <= set(told.splitlines())


def test_the_protocol_quotes_the_study_as_it_is():
    told = (PROJECT / "docs/findings.md").read_text(encoding="utf-8")
    protocol = (PROJECT / "docs/protocol.md").read_text(encoding="utf-8")
    quoted = re.findall(r"(\w+) (\d\d\.\d\d)", "".join(re.findall(r"study[:,] .*", protocol)))
    assert len(quoted) == 6
    for optimizer, accuracy in quoted:
        assert f"| {optimizer} | {accuracy} |" in told


def test_the_times_that_are_shown_are_those_of_the_benchmark():
    measured = (PROJECT / "docs/performance.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*, (?:sgd|adam)) \| (.* \| .* \| .* \| .*) \|$", README, re.MULTILINE)
    assert rows
    for name, times in rows:
        assert f"| {name} | {times} |" in measured
