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

#: What is changed, and what is said: the whole message, or its beginning where `...` ends it.
MISTAKES: list[tuple[dict[str, Any], str]] = [
    # misspelt keys
    ({"thread": 2}, "thread: unknown key. Did you mean threads? Known: study, ..."),
    ({"seeds/tunning": [0]}, "seeds.tunning: unknown key. Did you mean tuning? ..."),
    (
        {"problems": ABSENT, "problem": {}},
        "problem: unknown key. Did you mean problems? ...",
    ),
    (
        {"optimizers/adam/beta_1": 0.9},
        "optimizers.adam.beta_1: adam has no such hyper-parameter. Did you mean beta1? Known: ...",
    ),
    (
        {"optimizers/adam/learning_rates": {"center": 1}},
        "optimizers.adam.learning_rates.center: unknown key. Did you mean centre? "
        "Known: centre, decades, points",
    ),
    (
        {"problems/mlp/hiden": [4]},
        "problems.mlp.hiden: mlp has no such setting. Did you mean hidden? "
        "Known: hidden, mini_batch, dtype",
    ),
    (
        {"datasets/digits/sede": 1},
        "datasets.digits.sede: digits has no such setting. Did you mean seed? "
        "Known: validation, test, seed",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "beta_1": 0.9}}},
        "optimizers.adam.base.beta_1: adam has no such hyper-parameter. Did you mean beta1? ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adm"}}},
        "optimizers.adam.base.use: there is no rule 'adm'. Did you mean adam? Known: ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "flavour": "kers"}}},
        "optimizers.adam.base.flavour: adam has no flavour 'kers'. Did you mean keras? Known: ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {}}},
        "optimizers.adam.base.use: missing: say which rule the base is",
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
        "optimizers.adam.base.schedule: a schedule must be a mapping with the key 'use', ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "learning_rate": 0.1}}},
        "optimizers.adam: learning_rate must stand beside base, not in it: ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "adam", "search_space": {}}}},
        "optimizers.adam.base.search_space: must stand beside `base`, not in it",
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
        {"optimizers/adam": {"use": "adam", "base": {"use": "sgd"}}},
        "optimizers.adam.base: adam has no such hyper-parameter. Known: ...",
    ),
    (
        {"optimizers/adam": {"use": "sam", "base": {"use": "lbfgs"}}},
        "optimizers.adam.base: must be a rule that takes no gradients at other points itself. ...",
    ),
    # learning rates that are none
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
    # misspelt names
    (
        {"optimizers/adam/use": "adm"},
        "optimizers.adam.use: there is no rule 'adm'. Did you mean adam? Known: ...",
    ),
    (
        {"problems/mlp/use": "mpl"},
        "problems.mlp.use: there is no problem 'mpl'. Did you mean mlp? Known: ...",
    ),
    (
        {"datasets/digits/use": "digit"},
        "datasets.digits.use: there is no source of data 'digit'. Did you mean digits? Known: ...",
    ),
    (
        {"problems/mlp/dataset": "digts"},
        "problems.mlp.dataset: there is no dataset 'digts'. Did you mean digits? "
        "Datasets in this config: digits, texts",
    ),
    (
        {"optimizers/adam/flavour": "kers"},
        "optimizers.adam.flavour: adam has no flavour 'kers'. Did you mean keras? Known: ...",
    ),
    (
        {"optimizers/adam/schedule": {"use": "cosin"}},
        "optimizers.adam.schedule: no schedule 'cosin'. Did you mean 'cosine'? ...",
    ),
    (
        {"tracks": ["tund"]},
        "tracks[0]: must be one of tuned, default, searched. Did you mean tuned? Received: 'tund'",
    ),
    (
        {"problems/mlp/target": {"metric": "validation_acuracy", "value": 1}},
        "problems.mlp.target.metric: mlp has no metric 'validation_acuracy'. "
        "Did you mean validation_accuracy? Known: ...",
    ),
    (
        {"problems/mlp/learning_rates": {"adm": [0.1]}},
        "problems.mlp.learning_rates.adm: there is no optimizer 'adm'. Did you mean adam? "
        "Optimizers in this config: sgd, adam",
    ),
    # missing
    ({"problems/mlp/epochs": ABSENT}, "problems.mlp.epochs: missing"),
    ({"optimizers/adam/use": ABSENT}, "optimizers.adam.use: missing"),
    ({"optimizers": ABSENT}, "optimizers: missing"),
    (
        {"problems/mlp/dataset": ABSENT},
        "problems.mlp.dataset: missing: mlp learns from dense data. Datasets of that kind: digits",
    ),
    ({"datasets/mine": {"use": "npz"}}, "datasets.mine.file: missing: npz needs it"),
    ({"datasets/mine": {"use": "csv", "file": "x"}}, "datasets.mine.label: missing: csv needs it"),
    (
        {"datasets/mine": {"use": "parquet", "file": "x", "label": 1.5}},
        "datasets.mine.label: must be text or a whole number. Received: 1.5",
    ),
    (
        {"datasets/mine": {"use": "csv", "file": "README.md", "label": "kind", "header": False}},
        "datasets.mine.label: must be a number without a header. Received: 'kind'",
    ),
    (
        {"datasets/texts/ngram_range": [2, 1]},
        "datasets.texts.ngram_range: must be two whole numbers from 1, the second no smaller. "
        "Received: [2, 1]",
    ),
    (
        {"datasets/texts/analyser": "char"},
        "datasets.texts.analyser: generated_reviews has no such setting. "
        "Did you mean analyzer? Known: ...",
    ),
    # what does not go together
    (
        {"problems/mlp/dataset": "texts"},
        "problems.mlp.dataset: mlp learns from dense data, and texts is reviews. "
        "Datasets of that kind: digits",
    ),
    (
        {"problems/valley/dataset": "digits"},
        "problems.valley.dataset: rosenbrock needs no data. Received: digits",
    ),
    (
        {"seeds/evaluation": [0, 1]},
        "seeds.evaluation: shares 0 with seeds.tuning: a seed that helped to choose a setting "
        "cannot judge it",
    ),
    (
        {"seeds/evaluation": {"first": 0, "count": 3}},
        "seeds.evaluation: shares 0 with seeds.tuning: ...",
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
        {"optimizers/Adam": {"use": "adam"}},
        "optimizers.Adam: is the same folder as 'adam' on a case-insensitive file system",
    ),
    # types
    ({"strict": "yes"}, "strict: must be true or false. Received: 'yes'"),
    ({"threads": 1.5}, "threads: must be a whole number. Received: 1.5"),
    ({"threads": True}, "threads: must be a whole number. Received: True"),
    ({"study": 7}, "study: must be text. Received: 7"),
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
    ({"focus": "admm"}, "focus: there is no optimizer 'admm'. ..."),
    ({"baseline": "admm"}, "baseline: there is no optimizer 'admm'. ..."),
    ({"seeds/tuning": 3}, "seeds.tuning: must be a list or a mapping. Received: 3"),
    ({"optimizers": ["adam"]}, "optimizers: must be a mapping. Received: ['adam']"),
    ({"optimizers/adam": None}, "optimizers.adam: must be a mapping. Received: None"),
    ({"optimizers/adam/beta1": "high"}, "optimizers.adam.beta1: must be a number in [0, 1). ..."),
    ({"problems/mlp/hidden": 4}, "problems.mlp.hidden: must be a list (a whole number each). ..."),
    ({"problems/mlp/epochs": "all"}, "problems.mlp.epochs: must be a number. Received: 'all'"),
    (
        {"study": dt.date(2020, 1, 1)},
        "study: must be text or a number; YAML reads a date: write it in quotes",
    ),
    (
        {"optimizers": {False: {"use": "adam"}}},
        "optimizers: a key must be text; YAML reads False: write it in quotes",
    ),
    # ranges
    ({"threads": "08"}, "threads: must be a whole number. Received: '08'"),
    (
        {"datasets/texts/token_pattern": "("},
        "datasets.texts.token_pattern: must be a regular expression: missing ), ...",
    ),
    ({"datasets/digits/seed": 2**32}, "datasets.digits.seed: must be in [0, 4294967296). ..."),
    ({"datasets/digits/test": 1.5}, "datasets.digits.test: must be in (0, 1). Received: 1.5"),
    ({"study": "Parity"}, "study: results/Parity is a folder of the workflow's own, as are ..."),
    (
        {"problems": {"functions": {"use": "quadratic", "epochs": 1}}},
        "problems.functions: figures/functions is the folder of the function figures: choose ...",
    ),
    ({"threads": 0}, "threads: must be at least 1. Received: 0"),
    ({"threads": 10**30}, "threads: must fit into 64 bits. Received: ..."),
    ({"time_limit_seconds": 0}, "time_limit_seconds: must be greater than 0. Received: 0"),
    ({"time_limit_seconds": math.inf}, "time_limit_seconds: must be finite. Received: inf"),
    ({"time_limit_seconds": 1e10}, "time_limit_seconds: must be at most 1000000000. Received: ..."),
    ({"seeds/tuning": [-1]}, "seeds.tuning[0]: must be at least 0. Received: -1"),
    ({"seeds/tuning": {"first": 0, "count": 0}}, "seeds.tuning.count: must be at least 1. ..."),
    ({"problems/mlp/epochs": 0}, "problems.mlp.epochs: must be greater than 0. Received: 0"),
    ({"problems/mlp/hidden": [0]}, "problems.mlp.hidden: must be an integer >= 1. Received: 0"),
    (
        {"problems/a": {"use": "attention", "dataset": "texts", "heads": 5, "epochs": 1}},
        "problems.a.heads: must divide the width, 32. Received: 5",
    ),
    ({"problems/mlp/mini_batch": 10**9}, "problems.mlp.mini_batch: must be at most 1,000,000. ..."),
    ({"problems/valley/starts": 0}, "problems.valley.starts: must be an integer >= 1. Received: 0"),
    (
        {"datasets/digits/seed": -1},
        "datasets.digits.seed: must be in [0, 4294967296). Received: -1",
    ),
    ({"optimizers/adam/beta1": 1.2}, "optimizers.adam.beta1: must be in [0, 1). Received: 1.2"),
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
    # learning rates
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
        {"optimizers/adam/learning_rates": [0.1, "1e-1"]},
        "optimizers.adam.learning_rates: has 0.1 more than once",
    ),
    (
        {"optimizers/adam/learning_rates": []},
        "optimizers.adam.learning_rates: must not be empty. Received: []",
    ),
    (
        {"optimizers/adam/learning_rates": {"centre": 1e-323}},
        "optimizers.adam.learning_rates: must be positive and finite throughout. ...",
    ),
    (
        {"optimizers/adam/learning_rates": {"decades": 0.01, "points": 50}},
        "optimizers.adam.learning_rates: 50 points in 0.01 decades are the same to three digits: "
        "...",
    ),
    (
        {"problems/mlp/learning_rates": {"adam": {"centre": 0}}},
        "problems.mlp.learning_rates.adam.centre: must be greater than 0. Received: 0",
    ),
    # empty and double
    ({"problems": {}}, "problems: must not be empty. Received: {}"),
    ({"optimizers": {}}, "optimizers: must not be empty. Received: {}"),
    ({"seeds/tuning": []}, "seeds.tuning: must not be empty. Received: []"),
    ({"seeds/tuning": [5, 5]}, "seeds.tuning: has 5 more than once"),
    ({"tracks": []}, "tracks: must not be empty. Received: []"),
    ({"figures": {"formats": ["png", "png"]}}, "figures.formats: has 'png' more than once"),
    # names that would climb out of the folder, a shell or a page
    ({"study": "../elsewhere"}, f"study: {NAME}. Received: '../elsewhere'"),
    ({"study": ""}, f"study: {NAME}. Received: ''"),
    ({"study": ".hidden"}, f"study: {NAME}. Received: '.hidden'"),
    ({"study": "line\n"}, f"study: {NAME}. Received: 'line\\n'"),
    ({"study": "x" * 65}, f"study: {NAME}. Received: ..."),
    (
        {"optimizers/$(rm -r x)": {"use": "adam"}},
        f"optimizers.$(rm -r x): {NAME}. Received: '$(rm -r x)'",
    ),
    (
        {"problems/<script>": {"use": "rosenbrock", "epochs": 1}},
        f"problems.<script>: {NAME}. Received: '<script>'",
    ),
    ({"datasets/a b": {"use": "digits"}}, f"datasets.a b: {NAME}. Received: 'a b'"),
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
        "- problems.mlp.hiden: mlp has no such setting. Did you mean hidden? "
        "Known: hidden, mini_batch, dtype",
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
    assert r"Datasets in this config: '\x1b[31m'" in str(caught.value)


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
