"""Config files that cannot be read, and how several become one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from study_config import BASE

from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate
from descent.study.config.yaml_file import read_yaml

UNREADABLE = {
    "not YAML": (b"study: [small\n", "not YAML in line 2, column 1: "),
    "a tab": (b"seeds:\n\ttuning: [0]\n", "not YAML in line 2, column 1: "),
    "an object": (b"study: !!python/object:os.system {}\n", "not YAML in line 1, column 8: "),
    "a date that is none": (b"study: 2020-99-99\n", "not YAML: "),
    "not text": (b"\xff\xfe\x00s", "not text in UTF-8: "),
    "a NUL": (b"study: a\x00b\n", "not YAML: "),
    "a list": (b"- study\n", "must hold keys and values at its top. Received: ['study']"),
    "nothing": (b"", "must hold keys and values at its top. Received: None"),
    "a key twice": (
        b"study: a\nstrict: true\nstudy: b\n",
        "'study' is a duplicate key, in lines 1 and 3",
    ),
    "an entry twice": (
        b"optimizers:\n  adam: {use: adam}\n  adam: {use: sgd}\n",
        "'adam' is a duplicate key, in lines 2 and 3",
    ),
    "base 8": (b"seeds:\n  tuning: [010, 011]\n", "line 2: YAML reads 010 as 8. Write a number "),
    "base 60": (b"problems:\n  p: {epochs: 1:30}\n", "line 2: YAML reads 1:30 as 90. Write "),
    "base 60 with a point": (b"epochs: 1:30.5\n", "line 1: YAML reads 1:30.5 as 90.5. Write "),
    "base 2": (b"threads: 0b11\n", "line 1: YAML reads 0b11 as 3. Write "),
    "a name in base 8": (b"optimizers:\n  007: {use: sgd}\n", "line 2: YAML reads 007 as 7. "),
    "a key twice beside a merge": (
        b"a: &a {x: 1}\nb: {<<: *a, y: 1, y: 2}\n",
        "'y' is a duplicate key, in lines 2 and 2",
    ),
    "too deep": (b"a: " + b"[" * 100_000, "not YAML: "),
    "too large": (b"#" * (2**20 + 1), "larger than 1,048,576 bytes: not a config"),
    "a key that is a list": (b"? [a]\n: b\n", "not YAML in line 1, column 3: "),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: {message}")
    assert "\n" not in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.yaml"
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert str(caught.value) == f"{path}: cannot be read: No such file or directory"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path)


def test_a_mistake_is_said_with_its_file() -> None:
    with pytest.raises(ConfigError) as caught:
        validate({**BASE, "threads": 0}, source="mine.yaml")
    assert str(caught.value) == "mine.yaml: threads: must be at least 1. Received: 0"


def test_anchors_and_merges_of_what_is_merged_itself_may_be_used(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "problems: {valley: {use: rosenbrock, epochs: 3}}\n"
        "optimizers:\n"
        "  a: &a {use: adam, beta1: 0.5, beta2: 0.9}\n"
        "  b: &b {<<: *a, beta1: 0.6}\n"
        "  c: &c {<<: *b, beta2: 0.8}\n"
        "  d: {<<: *c, beta1: 0.7}\n",
        encoding="utf-8",
    )
    betas = [(o["beta1"], o["beta2"]) for o in read_yaml(path)["optimizers"].values()]
    assert betas == [(0.5, 0.9), (0.6, 0.9), (0.6, 0.8), (0.7, 0.8)]


@pytest.mark.parametrize(
    "text", ["0", "-0.5", "10", "0.10", "1e-3", "1.0e-3", ".5", "0x1F", "'010'"]
)
def test_numbers_that_are_what_they_look_like_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"a: {text}\n", encoding="utf-8")
    assert read_yaml(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


def test_json_is_yaml(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    path.write_text(
        '{"problems": {"v": {"use": "beale", "epochs": 1e1}}, "optimizers": {"s": {"use": "sgd"}}}',
        encoding="utf-8",
    )
    assert validate(read_yaml(path))["problems"]["v"]["epochs"] == 10
