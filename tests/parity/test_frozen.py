"""The rules and the schedules against the libraries' frozen trajectories."""

import json
from pathlib import Path

import make_trajectories
import numpy as np
import pytest
from make_trajectories import LAYOUT
from trajectories import Trajectories, relative_difference, walk

from descent.optimizers import OPTIMIZERS
from descent.optimizers.schedule_loading import load_schedule
from descent.optimizers.schedules import SCHEDULES

FILE = Path(__file__).with_name("trajectories.npz")
PATHS = {path.stem: path for path in (FILE, *sorted(FILE.with_name("layered").glob("*.npz")))}
FILES = {name: Trajectories.load(path) for name, path in PATHS.items()}
TRAJECTORIES = FILES["trajectories"]
CASES = [case for trajectories in FILES.values() for case in trajectories.cases]
SCHEDULE_CASES = json.loads(FILE.with_name("schedules.json").read_text(encoding="utf-8"))["cases"]


@pytest.fixture(scope="module")
def found():
    return {name: value for file in FILES.values() for name, value in file.differences().items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rule_is_the_librarys(case, found):
    assert found[case.name] <= case.tolerance, case.call


def test_only_the_float32_product_of_pytorch_is_allowed_more():
    assert {c.name for c in CASES if c.tolerance > 1e-12} == {"nadam-pytorch-float32"}


def test_its_flaw_is_a_billionth_of_the_parameters():
    (case,) = (c for c in TRAJECTORIES.cases if c.tolerance > 1e-12)
    ours = walk(case.entry, TRAJECTORIES.start, TRAJECTORIES.gradients)[TRAJECTORIES.kept - 1]
    theirs = TRAJECTORIES.parameters[case.name]
    assert np.abs(ours - theirs).max() <= 1e-9 * np.abs(theirs).max()


def test_every_flavour_of_every_rule_is_covered():
    covered = {(case.entry["use"], case.entry.get("flavour")) for case in CASES}
    for name, rule in OPTIMIZERS.items():
        for flavour in rule.flavours:
            assert (name, flavour) in covered


def test_the_files_hold_the_cases_of_the_table():
    assert {name: file.cases for name, file in FILES.items()} == make_trajectories.FILES
    for name, file in FILES.items():
        assert {make_trajectories.package_of(case) for case in file.cases} <= set(file.versions)
        shapes, kinds = ({}, {}) if file is TRAJECTORIES else (LAYOUT.shapes, LAYOUT.kinds)
        assert {key: tuple(shape) for key, shape in file.shapes.items()} == shapes
        assert file.kinds == kinds
        assert PATHS[name].stat().st_size < 1_000_000


@pytest.mark.parametrize("name", ["trajectories", "lamb"])
def test_the_gradients_are_as_wild_as_promised(name):
    file = FILES[name]
    size = np.abs(file.gradients[file.gradients != 0.0])
    assert size.max() / size.min() > 1e8
    assert 0.1 < np.mean(file.gradients == 0.0) < 0.5
    assert len(file.gradients) == file.kept[-1] == 200


@pytest.mark.parametrize("rule", [name for name in OPTIMIZERS if OPTIMIZERS[name].blockwise])
def test_the_difference_sees_that_layers_are_taken_for_one(rule):
    file = FILES[rule]
    flat = walk(file.cases[0].entry, file.start, file.gradients)[file.kept - 1]
    assert relative_difference(flat, file.parameters[file.cases[0].name]) > 1e-3


def test_the_difference_is_relative_component_by_component():
    theirs = np.array([[1e-9, 100.0], [0.0, 100.0]])
    assert relative_difference(theirs, theirs) == 0.0
    assert relative_difference(theirs + np.array([1e-12, 0.0]), theirs) == pytest.approx(1e-3)
    assert relative_difference(theirs + np.array([0.0, 1e-12]), theirs) == pytest.approx(
        1e-14, rel=0.1
    )
    assert relative_difference(theirs * np.nan, theirs) == np.inf
    assert relative_difference(np.ones((1, 1)), np.zeros((1, 1))) == np.inf


def test_the_documentation_has_a_number_for_every_rule_and_library_compared(found):
    docs = (FILE.parents[2] / "docs" / "optimizers.md").read_text(encoding="utf-8")
    table = docs.split("<!-- parity -->")[1].strip().splitlines()
    header, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in table)
    documented = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert set(documented) == set(OPTIMIZERS)
    compared = {rule: dict.fromkeys(header[1:-1], "") for rule in OPTIMIZERS}
    for case in CASES:
        library = case.library if case.library in header else "others"
        if case.tolerance <= 1e-12:  # rounding errors, other ones on another processor
            compared[case.entry["use"]][library] = f"such as {found[case.name]:.0e}"
    for rule, row in compared.items():
        cases = sum(case.entry["use"] == rule for case in CASES)
        assert documented[rule]["cases"] == str(cases)
        for library, number in row.items():
            written = documented[rule][library]
            assert bool(written) == bool(number), f"{rule}, {library}: {number}"
            assert float(written or 0.0) <= 1e-12


@pytest.mark.parametrize("case", SCHEDULE_CASES, ids=lambda case: str(case["entry"]))
def test_the_schedule_is_pytorchs(case):
    schedule = load_schedule(case["entry"], Path())
    ours = [schedule(step) for step in range(len(case["factors"]))]
    np.testing.assert_allclose(ours, case["factors"], rtol=1e-12, atol=1e-15)


def test_every_schedule_that_pytorch_has_is_covered():
    covered = {case["entry"]["use"] for case in SCHEDULE_CASES}
    assert covered == set(SCHEDULES) - {"inverse_square_root", "stable_decay"}
