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

#: What is set at a place, and what is said of it: a whole message, or its beginning before `...`.
MISTAKES_HERE: list[tuple[str, Any, str]] = [
    ("thread", 2, "unknown key. Did you mean 'threads'? Valid: study, ..."),
    ("seeds/tunning", [0], "unknown key. Did you mean 'tuning'? ..."),
    (
        "optimizers/adam",
        {"use": "sam", "base": {"use": "adam", "learning_rate": 0.1}},
        "learning_rate must stand beside base, not in it: ...",
    ),
    (
        "optimizers/adam",
        {"use": "adam", "base": {"use": "sgd"}},
        "adam has no hyper-parameter 'base'. Valid: ...",
    ),
    ("problems/mlp/use", "mpl", "there is no problem 'mpl'. Did you mean 'mlp'? Valid: ..."),
    (
        "problems/mlp/dataset",
        "digts",
        "there is no dataset 'digts'. Did you mean 'digits'? Valid: digits, texts",
    ),
    ("problems/mlp/epochs", ABSENT, "missing"),
    ("optimizers/adam/use", ABSENT, "missing"),
    ("optimizers", ABSENT, "missing"),
    (
        "problems/mlp/dataset",
        ABSENT,
        "missing: mlp learns from dense data. Datasets of that kind: digits",
    ),
    ("datasets/mine", {"use": "npz"}, "npz needs the option 'file'"),
    ("datasets/mine", {"use": "csv", "file": "x"}, "csv needs the option 'label'"),
    (
        "datasets/texts/ngram_range",
        [2, 1],
        "must be two whole numbers from 1, the second no smaller. Received: [2, 1]",
    ),
    (
        "problems/mlp/dataset",
        "texts",
        "mlp learns from dense data, and texts is reviews. Datasets of that kind: digits",
    ),
    ("problems/valley/dataset", "digits", "rosenbrock needs no data. Received: digits"),
    (
        "seeds/evaluation",
        [0, 1],
        "shares 0 with seeds.tuning: a seed that helped to choose a setting cannot judge it",
    ),
    ("seeds/evaluation", {"first": 0, "count": 3}, "shares 0 with seeds.tuning: ..."),
    (
        "optimizers/Adam",
        {"use": "adam"},
        "is the same folder as 'adam' on a case-insensitive file system",
    ),
    ("strict", "yes", "must be true or false. Received: 'yes'"),
    ("threads", 1.5, "must be a whole number. Received: 1.5"),
    ("threads", True, "must be a whole number. Received: True"),
    ("study", 7, "must be text. Received: 7"),
    ("focus", "admm", "there is no optimizer 'admm'. ..."),
    ("baseline", "admm", "there is no optimizer 'admm'. ..."),
    ("seeds/tuning", 3, "must be a list or a mapping. Received: 3"),
    ("optimizers", ["adam"], "must be a mapping. Received: ['adam']"),
    ("optimizers/adam", None, "must be a mapping. Received: None"),
    ("optimizers/adam/beta1", "high", "must be a number in [0, 1). ..."),
    ("problems/mlp/hidden", 4, "must be a list (a whole number each). ..."),
    ("problems/mlp/epochs", "all", "must be a number. Received: 'all'"),
    (
        "study",
        dt.date(2020, 1, 1),
        "must be text or a number; YAML reads a date: write it in quotes",
    ),
    (
        "optimizers",
        {False: {"use": "adam"}},
        "a key must be text; YAML reads False: write it in quotes",
    ),
    ("threads", "08", "must be a whole number. Received: '08'"),
    ("datasets/texts/token_pattern", "(", "must be a regular expression: missing ), ..."),
    ("datasets/digits/seed", 2**32, "must be in [0, 4294967296). ..."),
    ("datasets/digits/test", 1.5, "must be in (0, 1). Received: 1.5"),
    ("study", "Parity", "results/Parity is a folder of the workflow's own, as are ..."),
    ("threads", 0, "must be at least 1. Received: 0"),
    ("threads", 10**30, "must fit into 64 bits. Received: ..."),
    ("time_limit_seconds", 0, "must be greater than 0. Received: 0"),
    ("time_limit_seconds", math.inf, "must be finite. Received: inf"),
    ("time_limit_seconds", 1e10, "must be at most 1000000000. Received: ..."),
    ("problems/mlp/epochs", 0, "must be greater than 0. Received: 0"),
    ("problems/mlp/hidden", [0], "must be an integer >= 1. Received: 0"),
    ("problems/mlp/mini_batch", 10**9, "must be at most 1,000,000. ..."),
    ("problems/valley/starts", 0, "must be an integer >= 1. Received: 0"),
    ("datasets/digits/seed", -1, "must be in [0, 4294967296). Received: -1"),
    ("optimizers/adam/beta1", 1.2, "must be in [0, 1). Received: 1.2"),
    ("optimizers/adam/learning_rates", [0.1, "1e-1"], "has 0.1 more than once"),
    ("optimizers/adam/learning_rates", [], "must not be empty. Received: []"),
    (
        "optimizers/adam/learning_rates",
        {"centre": 1e-323},
        "must be positive and finite throughout. ...",
    ),
    (
        "optimizers/adam/learning_rates",
        {"decades": 0.01, "points": 50},
        "50 points in 0.01 decades are the same to three digits: ...",
    ),
    ("problems", {}, "must not be empty. Received: {}"),
    ("optimizers", {}, "must not be empty. Received: {}"),
    ("seeds/tuning", [], "must not be empty. Received: []"),
    ("seeds/tuning", [5, 5], "has 5 more than once"),
    ("tracks", [], "must not be empty. Received: []"),
    ("study", "../elsewhere", f"{NAME}. Received: '../elsewhere'"),
    ("study", "", f"{NAME}. Received: ''"),
    ("study", ".hidden", f"{NAME}. Received: '.hidden'"),
    ("study", "line\n", f"{NAME}. Received: 'line\\n'"),
    ("study", "x" * 65, f"{NAME}. Received: ..."),
    ("optimizers/$(rm -r x)", {"use": "adam"}, f"{NAME}. Received: '$(rm -r x)'"),
    ("problems/<script>", {"use": "rosenbrock", "epochs": 1}, f"{NAME}. Received: '<script>'"),
    ("datasets/a b", {"use": "digits"}, f"{NAME}. Received: 'a b'"),
]
#: The same of several places, or of messages that name another place, with their place.
MISTAKES: list[tuple[dict[str, Any], str]] = [
    (
        {"problems": ABSENT, "problem": {}},
        "problem: unknown key. Did you mean 'problems'? ...",
    ),
    (
        {"optimizers/adam/beta_1": 0.9},
        "optimizers.adam: adam has no hyper-parameter 'beta_1'. Did you mean 'beta1'? Valid: ...",
    ),
    (
        {"optimizers/adam/learning_rates": {"center": 1}},
        "optimizers.adam.learning_rates.center: unknown key. Did you mean 'centre'? "
        "Valid: centre, decades, points",
    ),
    (
        {"problems/mlp/hiden": [4]},
        "problems.mlp: mlp has no setting 'hiden'. Did you mean 'hidden'? "
        "Valid: hidden, mini_batch, dtype",
    ),
    (
        {"datasets/digits/sede": 1},
        "datasets.digits: digits has no option 'sede'. Did you mean 'seed'? "
        "Valid: validation, test, seed",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "beta_1": 0.9}}},
        "optimizers.adam.base: adam has no hyper-parameter 'beta_1'. Did you mean 'beta1'? ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adm"}}},
        "optimizers.adam.base: no optimizer 'adm'. Did you mean 'adam'? Valid: ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "flavour": "kers"}}},
        "optimizers.adam.base: Adam has no flavour 'kers'. Did you mean 'keras'? Valid: ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {}}},
        "optimizers.adam.base: an optimizer needs the key 'use': ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": "adam"}},
        "optimizers.adam.base: must be an entry with the key 'use'. Received: 'adam'",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "beta1": 1.2}}},
        "optimizers.adam.base.beta1: must be in [0, 1). Received: 1.2",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "schedule": "cosine"}}},
        "optimizers.adam.base: a schedule must be a mapping with the key 'use', ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "search_space": {}}}},
        "optimizers.adam.base: adam has no hyper-parameter 'search_space'. ...",
    ),
    (
        {
            "optimizers/adam": {
                "use": "sam",
                "clip_norm": 1,
                "base": {"use": "adam", "clip_norm": 2},
            }
        },
        "optimizers.adam.clip_norm: must be set once. Received: 1, and 2 in base",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "lbfgs"}}},
        "optimizers.adam.base: must be a rule that takes no gradients at other points itself. ...",
    ),
    *(
        (
            changes,
            f"{place}: must not be rounded to 0 in float32, in which parameters are trained. "
            "Received: 1e-50",
        )
        for changes, place in (
            ({"optimizers/adam/learning_rate": 1e-50}, "optimizers.adam.learning_rate"),
            ({"optimizers/adam/learning_rates": [1e-3, 1e-50]}, "optimizers.adam.learning_rates"),
            (
                {"optimizers/adam/learning_rates": {"centre": 1e-48, "decades": 4}},
                "optimizers.adam.learning_rates",
            ),
            (
                {"problems/mlp/learning_rates": {"adam": [1e-50]}},
                "problems.mlp.learning_rates.adam",
            ),
            (
                {
                    "tracks": ["searched"],
                    "search/trials": 2,
                    "optimizers/adam/search_space": {"learning_rate": {"low": 1e-50, "high": 1}},
                },
                "optimizers.adam.search_space.learning_rate.low",
            ),
        )
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
        {"optimizers/adam/schedule": {"use": "cosin"}},
        "optimizers.adam: no schedule 'cosin'. Did you mean 'cosine'? ...",
    ),
    (
        {"tracks": ["tund"]},
        "tracks[0]: must be one of tuned, default, searched. Did you mean 'tuned'? "
        "Received: 'tund'",
    ),
    (
        {"problems/mlp/target": {"metric": "validation_acuracy", "value": 1}},
        "problems.mlp.target.metric: mlp has no metric 'validation_acuracy'. "
        "Did you mean 'validation_accuracy'? Valid: ...",
    ),
    (
        {"problems/mlp/learning_rates": {"adm": [0.1]}},
        "problems.mlp.learning_rates.adm: there is no optimizer 'adm'. Did you mean 'adam'? "
        "Valid: sgd, adam",
    ),
    (
        {"datasets/mine": {"use": "parquet", "file": "x", "label": 1.5}},
        "datasets.mine.label: must be text or a whole number. Received: 1.5",
    ),
    (
        {"datasets/mine": {"use": "csv", "file": "README.md", "label": "kind", "header": False}},
        "datasets.mine.label: must be a number without a header. Received: 'kind'",
    ),
    (
        {"datasets/texts/analyser": "char"},
        "datasets.texts: generated_reviews has no option 'analyser'. "
        "Did you mean 'analyzer'? Valid: ...",
    ),
    (
        {"tracks": ["searched"]},
        "search.trials: must be at least 1 for the track `searched`",
    ),
    (
        {"tracks": ["tuned"], "optimizers/adam/learning_rate": 0.1},
        "optimizers.adam.learning_rate: has no effect without the track `default`: ...",
    ),
    (
        {"seeds/evaluation": {"first": 10, "count": 5, "at_most": 4}},
        "seeds.evaluation.at_most: must be at least the count, 5. Received: 4",
    ),
    (
        {"seeds/evaluation": {"first": 0, "count": 1, "at_most": 9}, "seeds/tuning": [4]},
        "seeds.evaluation: shares 4 with seeds.tuning: ...",
    ),
    ({"margin": {"accuracy": 0}}, "margin.accuracy: must be greater than 0. Received: 0"),
    ({"margin": {"points": 0.2}}, "margin.points: unknown key. ..."),
    (
        {"problems": {"functions": {"use": "quadratic", "epochs": 1}}},
        "problems.functions: figures/functions is the folder of the function figures: choose ...",
    ),
    ({"seeds/tuning": [-1]}, "seeds.tuning[0]: must be at least 0. Received: -1"),
    ({"seeds/tuning": {"first": 0, "count": 0}}, "seeds.tuning.count: must be at least 1. ..."),
    (
        {"problems/a": {"use": "attention", "dataset": "texts", "heads": 5, "epochs": 1}},
        "problems.a.heads: must divide the width, 32. Received: 5",
    ),
    (
        {"optimizers/adam/grid": {"beta2": [0.5, 1.5]}},
        "optimizers.adam.grid.beta2: beta2 must be in [0, 1). Received: 1.5",
    ),
    (
        {"optimizers/adam/grid": {"learning_rate": [0.5]}},
        "optimizers.adam.grid.learning_rate: the learning rates of the grid are the entry's ...",
    ),
    (
        {"optimizers/adam/grid": {"beta1": [0.5]}},
        "optimizers.adam.grid.beta1: beta1 has a value in the entry too: keep one of them",
    ),
    (
        {"optimizers/adam/grid": {"schedule.warmup_fraction": [0.5]}},
        "optimizers.adam.grid.schedule.warmup_fraction: there is nothing at ...",
    ),
    (
        {"optimizers/adam/search_space": {"beta1": {"low": 0.5, "high": 1.5}}},
        "optimizers.adam.search_space.beta1: beta1 must be in [0, 1). Received: 1.5",
    ),
    (
        {"optimizers/adam/search_space": {"beta1": {"low": 0.5, "high": 0.5}}},
        "optimizers.adam.search_space.beta1.high: must be greater than low, 0.5. Received: 0.5",
    ),
    (
        {"optimizers/adam/search_space": {"beta1": {"low": 0, "high": 0.5}}},
        "optimizers.adam.search_space.beta1.low: must be greater than 0 for a log prior. ...",
    ),
    (
        {"optimizers/adam/learning_rates": [0.1, math.nan]},
        "optimizers.adam.learning_rates[1]: must be finite. Received: nan",
    ),
    (
        {"optimizers/adam/learning_rates": [math.inf]},
        "optimizers.adam.learning_rates[0]: must be finite. Received: inf",
    ),
    (
        {"optimizers/adam/learning_rates": [0.1, 0]},
        "optimizers.adam.learning_rates[1]: must be greater than 0. Received: 0",
    ),
    (
        {"optimizers/adam/learning_rates": [-0.1]},
        "optimizers.adam.learning_rates[0]: must be greater than 0. Received: -0.1",
    ),
    (
        {"problems/mlp/learning_rates": {"adam": {"centre": 0}}},
        "problems.mlp.learning_rates.adam.centre: must be greater than 0. Received: 0",
    ),
    ({"figures": {"formats": ["png", "png"]}}, "figures.formats: has 'png' more than once"),
]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({at: value}, f"{at.replace('/', '.')}: {said}") for at, value, said in MISTAKES_HERE]
    + MISTAKES,
    ids=lambda x: str(x)[:60],
)
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
    wildcards = re.findall(r'folder="([^"]+)"', text)
    assert {*folders, *(w.split("/")[0] for f in wildcards for w in f.split("|"))} == set(
        entries.RESERVED
    )
    assert f"/figures/{entries.FUNCTION_FIGURES}/" in text


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
