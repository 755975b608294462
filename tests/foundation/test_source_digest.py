"""Digests of source: what changes them and what does not."""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from descent.foundation.source_digest import PACKAGE, source_digest

MODULES = [
    "descent.training.loop",
    "descent.optimizers.rules.adam",
    "descent.optimizers.rules.rmsprop",
    "descent.problems.mlp",
    "descent.problems.rnn",
    "descent.analysis.tables.build",
]
PROGRAM = """
import json, sys
from descent.foundation.source_digest import source_digest
print(json.dumps({name: source_digest([name]) for name in sys.argv[1:]}))
"""


@pytest.fixture
def package(tmp_path):
    ignore = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(PACKAGE, tmp_path / "descent", ignore=ignore))


def digests(package):
    command = [sys.executable, "-c", PROGRAM, *MODULES]
    environment = {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    return json.loads(subprocess.check_output(command, env=environment))


def edit(path, old, new):
    text = path.read_text()
    assert text.count(old) >= 1, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, 1))


@cache
def digests_as_it_is():
    return digests(PACKAGE)


def changed(package, path, old, new):
    before = digests_as_it_is()
    edit(package / path, old, new)
    after = digests(package)
    return {name for name in MODULES if before[name] != after[name]}


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("optimizers/rules/adam.py", "m *= b1", "m *= b1 * b1", {"descent.optimizers.rules.adam"}),
        ("models/mlp.py", "import math\n", "import math\nX = 1\n", {"descent.problems.mlp"}),
        ("optimizers/built_in.py", "self._names", "self._rules", set()),  # the registry
    ],
)
def test_code_changes_what_uses_it_alone(package, path, old, new, expected):
    assert changed(package, path, old, new) == expected


def test_the_base_changes_everything_that_trains(package):
    found = changed(package, "optimizers/base.py", "state.step += 1", "state.step += 2")
    assert found >= {
        "descent.training.loop",
        "descent.optimizers.rules.adam",
        "descent.optimizers.rules.rmsprop",
    }
    assert "descent.problems.mlp" not in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("m *= b1\n", "m *= b1  # decays\n"),
        ("m *= b1\n", "m   *=   b1\n\n"),
        ('"""Adam."""', '"""Adam, rewritten."""'),
        ("Kingma and Ba 2015", "Kingma & Ba"),
    ],
)
def test_comments_layout_and_docstrings_change_nothing(package, old, new):
    assert changed(package, "optimizers/rules/adam.py", old, new) == set()


def test_a_plug_in_is_covered_with_what_it_imports_from_the_package(tmp_path):
    plain, importing = tmp_path / "plain.py", tmp_path / "importing.py"
    plain.write_text("x = 1\n")
    importing.write_text("from descent.optimizers.rules.adam import Adam\nx = 1\n")
    adam = ["descent.optimizers.rules.adam"]
    assert source_digest([], [plain]) != source_digest(adam, [plain])
    assert source_digest([], [importing]) == source_digest(adam, [importing])
