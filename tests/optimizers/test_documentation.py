"""What docs/optimizers.md says is so: its sessions run, its config entries load, its tables fit."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
import yaml

import descent.optimizers
from descent.optimizers import OPTIMIZERS
from descent.optimizers.loading import load_optimizer

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "optimizers.md"
TEXT = DOCS.read_text(encoding="utf-8")
MODULES = [
    module.name
    for module in pkgutil.walk_packages(descent.optimizers.__path__, "descent.optimizers.")
]


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_its_sessions_run():
    result = doctest.testfile(str(DOCS), module_relative=False)
    assert result.attempted > 8
    assert result.failed == 0


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_docstring_run(module):
    library = {"pytorch": "torch", "optax": "optax"}.get(module.rpartition(".")[2])
    if library:
        pytest.importorskip(library)
    assert doctest.testmod(importlib.import_module(module)).failed == 0


@pytest.mark.parametrize("block", blocks("yaml"))
def test_its_config_entries_load(block):
    if "signs.py" in block:
        pytest.importorskip("torch")
    load_optimizer(yaml.safe_load(block), folder=ROOT)


def test_its_example_is_the_one_in_the_file():
    for name in ("sign_momentum", "blockwise_lamb", "sharpness_aware", "signs"):
        assert (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8") in blocks("python")


def test_its_table_of_rules_is_the_registry():
    table = TEXT.split("<!-- rules -->")[1].strip().splitlines()[2:]
    assert sorted(table) == sorted(
        f"| `{name}` | `{rule.__name__}` | {rule().learning_rate_centre:g} "
        f"| {', '.join(rule.flavours)} |"
        for name, rule in OPTIMIZERS.items()
    )
