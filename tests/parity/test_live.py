"""The rules and the schedules against the libraries themselves, where they are installed."""

import importlib.util
import warnings
from pathlib import Path

import make_trajectories
import numpy as np
import pytest
from make_trajectories import FILES
from trajectories import relative_difference, walk

from descent.optimizers.schedule_loading import load_schedule

CASES = {case.name: (file, case) for file, cases in FILES.items() for case in cases}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_all_steps_of_the_rule_are_the_librarys(name):
    file, case = CASES[name]
    package = make_trajectories.package_of(case)
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    start, gradients = make_trajectories.inputs(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = make_trajectories.run(case, start, gradients)
    assert theirs.shape == gradients.shape
    ours = walk(case.entry, start, gradients, make_trajectories.layout_of(start))
    assert relative_difference(ours, theirs) <= case.tolerance


def test_the_schedules_are_pytorchs():
    pytest.importorskip("torch")
    for entry, make, steps in make_trajectories.schedules():
        schedule = load_schedule(entry, Path())
        ours = [schedule(step) for step in range(steps)]
        theirs = make_trajectories.factors(make, steps)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15, err_msg=str(entry))
