"""``from descent import ...``: the optimizers and what a notebook needs, imported when used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import descent
from descent import optimizers

ROOT = Path(__file__).parents[1]
OTHERS = (
    "compare", "check_optimizer", "check_problem", "Dataset", "Layout", "LearningProblem", "Problem"
)  # fmt: skip


RULES = [rule.__name__ for rule in optimizers.OPTIMIZERS.values()]


@pytest.mark.parametrize("name", [*RULES, "OPTIMIZERS", "Optimizer", "State", "hyperparameter"])
def test_every_optimizer_is_there(name):
    assert getattr(descent, name) is getattr(optimizers, name)


@pytest.mark.parametrize("name", OTHERS)
def test_what_a_notebook_needs_is_there(name):
    assert getattr(descent, name).__name__ == name


def test_completion_shows_them_all():
    assert {*RULES, *OTHERS, "__version__"} <= set(dir(descent))


def test_an_unknown_name_is_no_attribute_and_a_package_can_still_be_imported():
    with pytest.raises(AttributeError, match="module 'descent' has no attribute 'Adamm'"):
        _ = descent.Adamm
    with pytest.raises(ImportError, match="cannot import name 'Adamm'"):
        exec("from descent import Adamm")
    from descent import foundation

    assert foundation.__name__ == "descent.foundation"


def test_importing_it_costs_nothing():
    code = (
        "import sys; before = set(sys.modules); import descent;"
        "print(*sorted(m for m in set(sys.modules) - before if not m.startswith('descent')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "workflow")},
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"numpy", "pandas", "matplotlib", "scipy", "sklearn", "snakemake"}
