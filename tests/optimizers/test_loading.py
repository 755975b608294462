"""Config entries that lead to an optimizer, and every way in which they do not."""

import copy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from optimizer_forms import walk, wild_gradients

import descent.optimizers
from descent.foundation import source_digest as source_digest_module
from descent.foundation.source_digest import source_digest
from descent.optimizers import OPTIMIZERS, SAM, Adam, RMSprop
from descent.optimizers.loading import (
    ADAPTERS,
    EntrantError,
    entrant_sources,
    load_optimizer,
    with_settings,
)
from descent.optimizers.schedules import CosineDecay, LinearWarmup

PACKAGE = Path(descent.optimizers.__file__).parent
RULES = PACKAGE / "rules"
EXAMPLES = Path(__file__).parents[2] / "examples"

PLUG_IN = '''
from __future__ import annotations
from dataclasses import dataclass
from descent.optimizers import Adam, Optimizer, hyperparameter


@dataclass
class Halved(Adam):
    """Adam at half the rate."""

    share: float = hyperparameter(0.5, "(0, 1]")

    def direction(self, g, state):
        d = super().direction(g, state)
        state.step_size *= self.share
        return d


class NotOne:
    pass


class Unfinished(Optimizer):
    pass


class Undecorated(Adam):
    share: float = hyperparameter(0.5, "(0, 1]")
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "halved.py").write_text(PLUG_IN, encoding="utf-8")
    (tmp_path / "broken.py").write_text("import numpy\n\nrate = 1 / 0\n", encoding="utf-8")
    (tmp_path / "typo.py").write_text("x = 1\ndef f(:\n", encoding="utf-8")
    (tmp_path / "needy.py").write_text("import no_such_module\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_a_built_in_rule_by_its_name_and_flavour(name, tmp_path):
    assert load_optimizer({"use": name}, folder=tmp_path) == OPTIMIZERS[name]()
    for flavour in OPTIMIZERS[name].flavours:
        entry = {"use": name, "flavour": flavour, "weight_decay": 0.25}
        expected = OPTIMIZERS[name].flavour(flavour, weight_decay=0.25)
        assert load_optimizer(entry, folder=tmp_path) == expected


def test_a_whole_entry(tmp_path):
    entry = {
        "use": "rmsprop",
        "flavour": "keras",
        "learning_rate": 0.1,
        "decay_rate": 0.8,
        "schedule": {"use": "cosine", "total_steps": 100, "warmup_steps": 5},
        "weight_decay": 0.01,
        "clip_norm": 1,
    }
    before = dict(entry)
    assert load_optimizer(entry, learning_rate=0.5, folder=tmp_path) == RMSprop.flavour(
        "keras",
        learning_rate=0.5,
        decay_rate=0.8,
        schedule=LinearWarmup(5, after=CosineDecay(100)),
        weight_decay=0.01,
        clip_norm=1.0,
    )
    assert entry == before
    assert load_optimizer(entry, folder=tmp_path).learning_rate == 0.1


def test_a_rule_around_a_rule(tmp_path):
    entry = {
        "use": "sam",
        "rho": 0.1,
        "weight_decay": 0.01,
        "schedule": {"use": "cosine", "total_steps": 100},
        "groups": {"bias": {"weight_decay": 0}},
        "base": {"use": "rmsprop", "flavour": "keras", "momentum": 0.5, "clip_norm": 1},
    }
    before = copy.deepcopy(entry)
    base = RMSprop.flavour(
        "keras",
        learning_rate=0.5,
        momentum=0.5,
        weight_decay=0.01,
        schedule=CosineDecay(100),
        groups={"bias": {"weight_decay": 0}},
        clip_norm=1.0,
    )
    assert load_optimizer(entry, learning_rate=0.5, folder=tmp_path) == SAM(rho=0.1, base=base)
    assert entry == before


def test_rules_around_rules_and_around_files(folder):
    entry = {
        "use": "lookahead",
        "learning_rate": 0.5,
        "base": {"use": "sam", "rho": 0.2, "base": {"use": "rules/halved.py:Halved"}},
    }
    rule = load_optimizer(entry, folder=folder)
    assert rule.base.rho == 0.2
    assert type(rule.base.base).__name__ == "Halved"
    assert rule.base.base.learning_rate == 0.5


def test_a_file_and_its_class(folder):
    rule = load_optimizer({"use": "rules/halved.py:Halved", "share": 0.25}, folder=folder)
    gradients = wild_gradients(5, 4)
    np.testing.assert_allclose(
        walk(rule, np.zeros(4), gradients),
        walk(Adam(learning_rate=0.25e-3), np.zeros(4), gradients),
        rtol=1e-15,
    )


def test_an_edited_file_is_read_again(folder):
    entry = {"use": "rules/halved.py:Halved"}
    assert load_optimizer(entry, folder=folder).share == 0.5
    source = PLUG_IN.replace("hyperparameter(0.5", "hyperparameter(0.125")
    (folder / "rules" / "halved.py").write_text(source, encoding="utf-8")
    assert load_optimizer(entry, folder=folder).share == 0.125


def test_a_file_named_like_a_module_shadows_nothing(folder):
    (folder / "random.py").write_text(PLUG_IN, encoding="utf-8")
    before = sys.modules.get("random")
    load_optimizer({"use": "random.py:Halved"}, folder=folder)
    assert sys.modules.get("random") is before


def test_an_importable_class(tmp_path):
    entry = {"use": "descent.optimizers.rules.adam:Adam", "beta1": 0.5}
    assert load_optimizer(entry, folder=tmp_path) == Adam(beta1=0.5)


FAULTS = {
    "no use": ({}, "needs the key 'use': a built-in name, 'path/to/file.py:Class'"),
    "use is no text": ({"use": 3}, "needs the key 'use'.*Received: 3"),
    "unknown": ({"use": "rmsprob"}, "no optimizer 'rmsprob'. Did you mean 'rmsprop'?.*radam"),
    "wrong case": ({"use": "RMSprop"}, "Did you mean 'rmsprop'?"),
    "no class named": ({"use": "rules/halved.py"}, "as in 'rules/halved.py:MyRule'"),
    "no such file": ({"use": "rules/none.py:A"}, r"there is no file .*none\.py"),
    "raises": ({"use": "broken.py:A"}, "does not import: ZeroDivisionError in line 3"),
    "syntax": ({"use": "typo.py:A"}, "does not import: SyntaxError in line 2"),
    "import": ({"use": "needy.py:A"}, "ModuleNotFoundError in line 1: .*no_such_module"),
    "no such class": (
        {"use": "rules/halved.py:Halve"},
        "has no class 'Halve'. Did you mean 'Halved'? Valid: Halved, NotOne, Unfinished",
    ),
    "not an optimizer": (
        {"use": "rules/halved.py:NotOne"},
        "NotOne must be a subclass of descent.optimizers.Optimizer",
    ),
    "not a class": ({"use": "rules/halved.py:dataclass"}, "no class 'dataclass'"),
    "abstract": ({"use": "rules/halved.py:Unfinished"}, "lacks the method direction"),
    "undecorated": ({"use": "rules/halved.py:Undecorated"}, "not decorated with @dataclass"),
    "no such module": ({"use": "nowhere.at_all:A"}, "module nowhere.at_all does not import"),
    "no such class in module": (
        {"use": "descent.optimizers.rules.adam:Adan"},
        "has no class 'Adan'. Did you mean 'Adam'?",
    ),
    "misspelt": (
        {"use": "adam", "beta_1": 0.5},
        "adam has no hyper-parameter 'beta_1'. Did you mean 'beta1'? Valid: learning_rate, beta1",
    ),
    "misspelt in a file": (
        {"use": "rules/halved.py:Halved", "shar": 0.5},
        "has no hyper-parameter 'shar'. Did you mean 'share'?",
    ),
    "out of range": ({"use": "adam", "beta1": 1.5}, r"adam: beta1 must be in \[0, 1\).*1.5"),
    "out of range in a file": (
        {"use": "rules/halved.py:Halved", "share": 0},
        r"halved.py:Halved: share must be in \(0, 1\]",
    ),
    "text": ({"use": "adam", "epsilon": "1e-8"}, "Received: '1e-8'; YAML reads it as text"),
    "flavour": ({"use": "lion", "flavour": "pytorch"}, "no flavour 'pytorch'.*keras, optax"),
    "base that is text": (
        {"use": "sam", "base": "momentum"},
        "sam: base must be an entry with the key 'use'. Received: 'momentum'",
    ),
    "base without use": ({"use": "sam", "base": {}}, "sam: base: an optimizer needs the key 'use'"),
    "base unknown": (
        {"use": "sam", "base": {"use": "momentun"}},
        "sam: base: no optimizer 'momentun'. Did you mean 'momentum'?",
    ),
    "base out of range": (
        {"use": "sam", "base": {"use": "momentum", "momentum": 1}},
        r"sam: base: momentum must be in \[0, 1\)",
    ),
    "base misspelt": (
        {"use": "sam", "base": {"use": "adam", "beta_1": 0.5}},
        "sam: base: adam has no hyper-parameter 'beta_1'. Did you mean 'beta1'?",
    ),
    "base of a rule around nothing": (
        {"use": "adam", "base": {"use": "sgd"}},
        "adam has no hyper-parameter 'base'",
    ),
    "learning rate in base": (
        {"use": "sam", "base": {"use": "adam", "learning_rate": 0.1}},
        "sam: learning_rate must stand beside base, not in it.*Received: 0.1 in base",
    ),
    "set twice": (
        {"use": "sam", "clip_norm": 1.0, "base": {"use": "adam", "clip_norm": 2.0}},
        "sam: clip_norm must be set once. Received: 1.0, and 2.0 in base",
    ),
    "another algorithm": (
        {"use": "lookahead", "base": {"use": "schedule_free_sgd"}},
        "lookahead: base must be a rule that is evaluated at its parameters",
    ),
    "schedule": (
        {"use": "adam", "schedule": {"use": "cosin"}},
        "adam: no schedule 'cosin'. Did you mean 'cosine'?",
    ),
    "schedule is text": ({"use": "adam", "schedule": "cosine"}, "must be a mapping with the key"),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_one_clear_error(fault, folder):
    entry, message = FAULTS[fault]
    with pytest.raises(EntrantError, match=message.replace("?", r"\?")) as caught:
        load_optimizer(entry, folder=folder)
    assert str(entry.get("use", "use")) in str(caught.value)


def test_the_sources_of_a_rule_around_a_rule_are_those_of_both(folder):
    def sources(base):
        return entrant_sources({"use": "sam", "base": base}, folder)

    around = [RULES / "sam.py", PACKAGE / "wrapper.py"]
    plug_in = folder / "rules" / "halved.py"
    assert sources({"use": "lion"}) == [*around, RULES / "lion.py"]
    in_a_file = {"use": "rules/halved.py:Halved"}
    nested = {"use": "lookahead", "base": in_a_file}
    assert sources(in_a_file) == [*around, plug_in, RULES / "adam.py"]
    assert set(sources(nested)) == {*sources(in_a_file), RULES / "lookahead.py"}

    before = source_digest([], sources(in_a_file))
    plug_in.write_text(PLUG_IN.replace("state.step_size *=", "state.step_size /="), "utf-8")
    source_digest_module._read.cache_clear()
    assert source_digest([], sources(in_a_file)) != before


def test_the_sources_of_a_rule_are_its_own_and_those_it_derives_from(folder):
    def sources(use):
        return entrant_sources({"use": use}, folder)

    assert sources("rmsprop") == [RULES / "rmsprop.py"]
    assert sources("adamw") == [RULES / "adamw.py", RULES / "adam.py"]
    assert sources("rules/halved.py:Halved") == [
        folder / "rules" / "halved.py",
        RULES / "adam.py",
    ]
    assert sources("descent.optimizers.rules.lion:Lion") == [RULES / "lion.py"]
    with pytest.raises(EntrantError, match="there is no file"):
        sources("none.py:A")


@pytest.mark.parametrize("library", ["torch", "optax"])
def test_a_library_that_is_not_installed(library, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setitem(sys.modules, "jax", None)
    monkeypatch.delitem(sys.modules, ADAPTERS[library][0], raising=False)
    with pytest.raises(EntrantError, match=f"is not installed.* pip install {library}"):
        load_optimizer({"use": f"{library}:adam"}, folder=tmp_path)


def test_a_training_job_imports_numpy_and_nothing_heavy():
    code = (
        "import sys, pathlib\n"
        "from descent.optimizers.loading import load_optimizer\n"
        "load_optimizer({'use': 'adam'}, folder=pathlib.Path('.'))\n"
        "heavy = {'scipy', 'pandas', 'matplotlib', 'sklearn', 'torch', 'jax', 'optax',\n"
        "         'descent.optimizers.conformance'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PACKAGE.parents[1])},
    )
    assert result.stdout == "[]\n"


def test_a_setting_may_be_inside_another_and_the_entry_stays_as_it_was():
    entry = {"use": "adam", "schedule": {"use": "cosine", "floor": 0.1}, "betas": [0.9, 0.99]}
    before = copy.deepcopy(entry)
    changed = with_settings(entry, {"schedule.floor": 0.2, "betas.1": 0.5, "learning_rate": 3.0})
    assert changed["schedule"] == {"use": "cosine", "floor": 0.2}
    assert changed["betas"] == [0.9, 0.5]
    assert changed["learning_rate"] == 3.0
    assert entry == before
    with pytest.raises(EntrantError, match=r"nothing at 'base\.rho' to set"):
        with_settings(entry, {"base.rho": 1})
    with pytest.raises(EntrantError, match=r"nothing at 'betas\.2'"):
        with_settings(entry, {"betas.2": 1})


def test_the_sources_of_what_is_inside_an_entry_are_its_sources(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from descent.optimizers import Adam\nclass Mine(Adam):\n    pass\n"
    )
    entry = {
        "use": "mine.py:Mine",
        "base": {"use": "rmsprop", "rho": 0.9},
        "groups": {"bias": [{"use": "mine.py:Mine", "base": {"use": "lion"}}]},
    }
    names = [path.name for path in entrant_sources(entry, tmp_path)]
    assert sorted(names) == ["adam.py", "lion.py", "mine.py", "rmsprop.py"]
