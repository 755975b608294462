"""Each mistake is answered with its place, what is wrong, and the nearest valid name."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest
from study_config import ABSENT, changed

from descent.study.config import entries
from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate

NAME = (
    "a name is made of letters, digits, `_`, `-` and `.`, starts with a letter or a digit, and has "
    "at most 64 characters"
)

#: For each place, what is set there and what is said of it: a message, which names a place further
#: inside if it begins with a dot or a bracket, or the beginning of one before `...`.
MISTAKES_AT: dict[str, list[tuple[Any, str]]] = {
    "thread": [(2, "unknown key. Did you mean 'threads'? Valid: study, ...")],
    "seeds/tunning": [([0], "unknown key. Did you mean 'tuning'? ...")],
    "optimizers/adam": [
        (
            {"use": "sam", "base": {"use": "adam", "learning_rate": 0.1}},
            "learning_rate must stand beside base, not in it: ...",
        ),
        ({"use": "adam", "base": {"use": "sgd"}}, "adam has no hyper-parameter 'base'. Valid: ..."),
        (None, "must be a mapping. Received: None"),
        ({"use": "sam", "base": {}}, ".base: an optimizer needs the key 'use': ..."),
        (
            {"use": "sam", "base": "adam"},
            ".base: must be an entry with the key 'use'. Received: 'adam'",
        ),
        (
            {"use": "sam", "base": {"use": "adam", "beta1": 1.2}},
            ".base.beta1: must be in [0, 1). Received: 1.2",
        ),
        (
            {"use": "sam", "clip_norm": 1, "base": {"use": "adam", "clip_norm": 2}},
            ".clip_norm: must be set once. Received: 1, and 2 in base",
        ),
    ],
    "problems/mlp/use": [("mpl", "there is no problem 'mpl'. Did you mean 'mlp'? Valid: ...")],
    "problems/mlp/dataset": [
        ("digts", "there is no dataset 'digts'. Did you mean 'digits'? Valid: digits, texts"),
        (ABSENT, "missing: mlp learns from dense data. Datasets of that kind: digits"),
        (
            "texts",
            "mlp learns from dense data, and texts is reviews. Datasets of that kind: digits",
        ),
    ],
    "problems/mlp/epochs": [(ABSENT, "missing"), ("all", "must be a number. Received: 'all'")],
    "optimizers": [
        (ABSENT, "missing"),
        (["adam"], "must be a mapping. Received: ['adam']"),
        ({False: {"use": "adam"}}, "a key must be text; YAML reads False: write it in quotes"),
    ],
    "datasets/mine": [
        ({"use": "npz"}, "npz needs the option 'file'"),
        ({"use": "npz", "file": "/dev/zero"}, "/dev/zero is a folder, a pipe or a device, and ..."),
        (
            {"use": "parquet", "file": "x", "label": 1.5},
            ".label: must be text or a whole number. Received: 1.5",
        ),
    ],
    "problems/valley/dataset": [("digits", "rosenbrock needs no data. Received: digits")],
    "seeds/evaluation": [
        (
            [0, 1],
            "shares 0 with seeds.tuning: a seed that helped to choose a setting cannot judge it",
        ),
        (
            {"first": 10, "count": 5, "at_most": 4},
            ".at_most: must be at least the count, 5. Received: 4",
        ),
    ],
    "optimizers/Adam": [
        ({"use": "adam"}, "is the same folder as 'adam' on a case-insensitive file system")
    ],
    "strict": [("yes", "must be true or false. Received: 'yes'")],
    "threads": [
        (1.5, "must be a whole number. Received: 1.5"),
        (True, "must be a whole number. Received: True"),
        ("08", "must be a whole number. Received: '08'"),
        (0, "must be at least 1. Received: 0"),
        (10**30, "must fit into 64 bits. Received: ..."),
    ],
    "study": [
        (7, "must be text. Received: 7"),
        (dt.date(2020, 1, 1), "must be text or a number; YAML reads a date: write it in quotes"),
        ("Tutorial", "results/Tutorial is a folder of the workflow's own, as are ..."),
        ("../elsewhere", f"{NAME}. Received: '../elsewhere'"),
        ("line\n", f"{NAME}. Received: 'line\\n'"),
        ("x" * 65, f"{NAME}. Received: ..."),
    ],
    "focus": [("admm", "there is no optimizer 'admm'. ...")],
    "baseline": [("admm", "there is no optimizer 'admm'. ...")],
    "seeds/tuning": [
        (3, "must be a list or a mapping. Received: 3"),
        ([5, 5], "has 5 more than once. Received: [5, 5]"),
        ([-1], "[0]: must be at least 0. Received: -1"),
        ({"first": 0, "count": 0}, ".count: must be at least 1. ..."),
    ],
    "optimizers/adam/beta1": [
        ("high", "must be a number in [0, 1). ..."),
        (1.2, "must be in [0, 1). Received: 1.2"),
    ],
    "problems/mlp/hidden": [
        (4, "must be a list (a whole number each). ..."),
        ([0], "must be an integer >= 1. Received: 0"),
    ],
    "datasets/texts/token_pattern": [("(", "must be a regular expression of ...")],
    "datasets/digits/seed": [(2**32, "must be in [0, 4294967296). ...")],
    "time_limit_seconds": [
        (0, "must be greater than 0. Received: 0"),
        (math.inf, "must be finite. Received: inf"),
        (10000000000.0, "must be at most 1000000000. Received: ..."),
    ],
    "problems/mlp/mini_batch": [(10**9, "must be at most 1,000,000. ...")],
    "optimizers/adam/learning_rates": [
        ([0.1, "1e-1"], "has 0.1 more than once"),
        ([], "must not be empty. Received: []"),
        ({"centre": 1e-323}, "must be positive and finite throughout. ..."),
        (
            {"decades": 0.01, "points": 50},
            "50 points in 0.01 decades are the same to three digits: ...",
        ),
        (
            {"center": 1},
            ".center: unknown key. Did you mean 'centre'? Valid: centre, decades, points",
        ),
        ([0.1, math.nan], "[1]: must be finite. Received: nan"),
        ([0.1, 0], "[1]: must be greater than 0. Received: 0"),
    ],
    "problems": [
        ({}, "must not be empty. Received: {}"),
    ],
    "optimizers/$(rm -r x)": [({"use": "adam"}, f"{NAME}. Received: '$(rm -r x)'")],
    "tracks": [
        (
            ["tund"],
            "[0]: must be one of tuned, default, searched. Did you mean 'tuned'? Received: 'tund'",
        )
    ],
    "problems/mlp/target": [
        (
            {"metric": "validation_acuracy", "value": 1},
            ".metric: mlp has no metric 'validation_acuracy'. Did you mean ...",
        )
    ],
    "problems/mlp/learning_rates": [
        (
            {"adm": [0.1]},
            ".adm: there is no optimizer 'adm'. Did you mean 'adam'? Valid: sgd, adam",
        ),
        ({"adam": {"centre": 0}}, ".adam.centre: must be greater than 0. Received: 0"),
    ],
    "margin": [({"points": 0.2}, ".points: unknown key. ...")],
    "problems/a": [
        (
            {"use": "attention", "dataset": "texts", "heads": 5, "epochs": 1},
            ".heads: must divide the width, 32. Received: 5",
        )
    ],
    "optimizers/adam/grid": [
        ({"beta2": [0.5, 1.5]}, ".beta2: beta2 must be in [0, 1). Received: 1.5"),
        (
            {"learning_rate": [0.5]},
            ".learning_rate: the learning rates of the grid are the entry's ...",
        ),
        ({"beta1": [0.5]}, ".beta1: beta1 has a value in the entry too: keep one of them"),
        ({"schedule.steps.warmup": [0.5]}, ".schedule.steps.warmup: there is nothing at ..."),
    ],
    "optimizers/adam/search_space": [
        ({"beta1": {"low": 0.5, "high": 1.5}}, ".beta1: beta1 must be in [0, 1). Received: 1.5"),
        (
            {"beta1": {"low": 0.5, "high": 0.5}},
            ".beta1.high: must be greater than low, 0.5. Received: 0.5",
        ),
        (
            {"beta1": {"low": 0, "high": 0.5}},
            ".beta1.low: must be greater than 0 for a log prior. ...",
        ),
    ],
    "figures": [({"formats": ["png", "png"]}, ".formats: has 'png' more than once. ...")],
}
#: The same of several places, or of messages that name a place above.
MISTAKES: list[tuple[dict[str, Any], str]] = [
    *(
        ({at: value}, at.replace("/", ".") + (said if said[0] in ".[" else f": {said}"))
        for at, mistakes in MISTAKES_AT.items()
        for value, said in mistakes
    ),
    ({"problems": ABSENT, "problem": {}}, "problem: unknown key. Did you mean 'problems'? ..."),
    (
        {"optimizers/adam/beta_1": 0.9},
        "optimizers.adam: adam has no hyper-parameter 'beta_1'. Did you mean 'beta1'? Valid: ...",
    ),
    (
        {"problems/mlp/hiden": [4]},
        "problems.mlp: mlp has no setting 'hiden'. Did you mean 'hidden'? Valid: ...",
    ),
    (
        {"datasets/digits/sede": 1},
        "datasets.digits: digits has no option 'sede'. Did you mean 'seed'? Valid: ...",
    ),
    (
        {"optimizers/adam/use": "adm"},
        "optimizers.adam: no optimizer 'adm'. Did you mean 'adam'? Valid: ...",
    ),
    (
        {"datasets/digits/use": "digit"},
        "datasets.digits: there is no source of data 'digit'. Did you mean 'digits'? Valid: ...",
    ),
    (
        {"optimizers/adam/flavour": "kers"},
        "optimizers.adam: Adam has no flavour 'kers'. Did you mean 'keras'? Valid: ...",
    ),
    (
        {"schedule": {"use": "linear", "warmup_fraction": 2}},
        "schedule: fraction must be in (0, 1). Received: 2.0",
    ),
    ({"schedule": {"use": "linera"}}, "schedule: no schedule 'linera'. Did you mean 'linear'? ..."),
    (
        {"optimizers/adam/schedule": {"use": "cosin"}},
        "optimizers.adam: no schedule 'cosin'. Did you mean 'cosine'? ...",
    ),
    ({"tracks": ["searched"]}, "search.trials: must be at least 1 for the track `searched`"),
    (
        {"tracks": ["tuned"], "optimizers/adam/learning_rate": 0.1},
        "optimizers.adam.learning_rate: has no effect without the track `default`: ...",
    ),
    (
        {"seeds/evaluation": {"first": 0, "count": 1, "at_most": 9}, "seeds/tuning": [4]},
        "seeds.evaluation: shares 4 with seeds.tuning: ...",
    ),
]


@pytest.mark.parametrize(("changes", "message"), MISTAKES, ids=lambda x: str(x)[:60])
def test_a_mistake_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        validate(changed(changes))
    said = str(caught.value)
    if message.endswith("..."):
        assert said.startswith("the config: " + message.removesuffix("..."))
        assert "\n" not in said
    else:
        assert said == "the config: " + message


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        validate(changed({"threads": 0, "optimizers/adam/beta1": 2, "problems/mlp/hiden": [1]}))
    assert str(caught.value).splitlines() == [
        "the config: 3 problems",
        "- threads: must be at least 1. Received: 0",
        "- optimizers.adam.beta1: must be in [0, 1). Received: 2.0",
        "- problems.mlp: mlp has no setting 'hiden'. Did you mean 'hidden'? "
        "Valid: hidden, mini_batch, dtype",
    ]


def test_at_most_ten_are_listed() -> None:
    many = {f"optimizers/o{i:02d}": {"use": "nothing"} for i in range(13)}
    with pytest.raises(ConfigError) as caught:
        validate(changed(many))
    lines = str(caught.value).splitlines()
    assert lines[0] == "the config: 13 problems"
    assert len(lines) == 12
    assert lines[-1] == "- and 3 more"
    assert len(caught.value.problems) == 13


def test_a_config_that_holds_itself_is_refused() -> None:
    config: dict[str, Any] = changed({})
    config["problems"]["mlp"]["itself"] = config
    with pytest.raises(ConfigError, match="levels"):
        validate(config)


def test_references_that_blow_up_are_refused() -> None:
    value: Any = "ha"
    for _ in range(12):
        value = [value] * 10
    with pytest.raises(ConfigError, match="more than 100,000 values"):
        validate(changed({"study": value}))


@pytest.mark.parametrize("raw", [None, [], "study", 3])
def test_what_is_not_a_mapping_is_refused(raw: Any) -> None:
    with pytest.raises(ConfigError, match="must be a mapping"):
        validate(raw)


def test_a_name_that_a_terminal_would_obey_is_quoted_wherever_it_is_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        validate(changed({"datasets": {"\x1b[31m": {"use": "digits"}}}))
    assert "\x1b" not in str(caught.value)
    assert r"Valid: '\x1b[31m'" in str(caught.value)


def test_the_names_that_are_taken_are_those_of_the_workflows_folders():
    rules = Path(entries.__file__).parents[3] / "rules"
    text = "\n".join(path.read_text(encoding="utf-8") for path in rules.glob("*.smk"))
    folders = re.findall(r'["`]results/([a-z]+)', text)
    assert set(folders) == set(entries.RESERVED)


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "mine.npz").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.R_OK)
    config = changed({"datasets/digits": {"use": "npz", "file": "mine.npz"}})
    with pytest.raises(ConfigError, match=r"datasets.digits: .*mine.npz may not be read"):
        validate(config, base_folder=tmp_path)


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "texts").mkdir()

    def refuse(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)
    config = changed({"datasets/texts": {"use": "text_folders", "folder": "texts"}})
    with pytest.raises(ConfigError, match=r"datasets.texts: .*texts cannot be read: Permission"):
        validate(config, base_folder=tmp_path)
