"""The rules that see layers, against the libraries: matrices and vectors of several shapes.

Frozen trajectories are compared in ``test_frozen.py``; here the files are those of the cases, and
where a library is installed, all 200 steps are compared with the library itself.
"""

import importlib.util
import warnings

import make_layered
import numpy as np
import pytest
from make_layered import CASES, FOLDER, LAYOUT, PACKAGES

from descent.optimizers import OPTIMIZERS
from descent.optimizers.parity import Trajectories, relative_difference, walk

PLANNED = {
    planned.case(rule).name: (rule, planned) for rule, cases in CASES.items() for planned in cases
}


@pytest.mark.parametrize("rule", CASES)
def test_the_file_of_a_rule_holds_its_cases(rule):
    trajectories = Trajectories.load(FOLDER / f"{rule}.npz")
    assert trajectories.cases == [planned.case(rule) for planned in CASES[rule]]
    assert trajectories.layout.shapes == LAYOUT.shapes
    assert trajectories.layout.kinds == LAYOUT.kinds
    packages = {PACKAGES.get(planned.library, planned.library) for planned in CASES[rule]}
    assert packages <= set(trajectories.versions)


def test_the_files_are_few_and_small():
    assert {path.stem for path in FOLDER.iterdir()} == set(CASES)
    assert all(path.stat().st_size < 150_000 for path in FOLDER.iterdir())


def test_the_shapes_differ_and_the_gradients_are_wild():
    trajectories = Trajectories.load(next(FOLDER.iterdir()))
    gradients = trajectories.gradients
    assert gradients.shape == (200, LAYOUT.size)
    size = np.abs(gradients[gradients != 0.0])
    assert size.max() / size.min() > 1e9
    assert 0.1 < np.mean(gradients == 0.0) < 0.5
    shapes = set(LAYOUT.shapes.values())
    assert any(len(shape) == 1 for shape in shapes)
    assert any(len(shape) == 2 and shape[0] > shape[1] for shape in shapes)
    assert any(len(shape) == 2 and shape[0] < shape[1] for shape in shapes)
    assert {(4, 4), (1, 1)} <= shapes
    assert set(LAYOUT.kinds.values()) == {"embedding", "matrix", "bias", "output"}


@pytest.mark.parametrize("rule", [rule for rule in CASES if OPTIMIZERS[rule].blockwise])
def test_the_difference_sees_that_layers_are_taken_for_one(rule):
    trajectories = Trajectories.load(FOLDER / f"{rule}.npz")
    case = trajectories.cases[0]
    flat = walk(case.entry, trajectories.start, trajectories.gradients)[trajectories.kept - 1]
    assert relative_difference(flat, trajectories.parameters[case.name]) > 1e-3


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PLANNED)
def test_the_rule_is_the_librarys(name):
    rule, planned = PLANNED[name]
    package = PACKAGES.get(planned.library, planned.library)
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    start, gradients = make_layered.inputs(rule)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = make_layered.run(planned, start, gradients)
    case = planned.case(rule)
    assert theirs.shape == (200, LAYOUT.size)
    assert relative_difference(walk(case.entry, start, gradients, LAYOUT), theirs) <= case.tolerance
