"""The same comparison with the libraries themselves, where they are installed: all 200 steps."""

import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from descent.optimizers.parity import relative_difference, walk
from descent.optimizers.schedule_loading import load_schedule

os.environ["KERAS_BACKEND"] = "jax"  # read when Keras is imported
for _library in ("torch", "optax", "keras"):
    pytest.importorskip(_library)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import make_schedules
    import make_trajectories

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*:FutureWarning"),
]


@pytest.mark.parametrize("planned", make_trajectories.plan(), ids=lambda planned: planned[0].name)
def test_the_rule_is_the_librarys(planned):
    case, function, given = planned
    start, gradients = make_trajectories.inputs()
    theirs = make_trajectories.RUN[case.library](case, function, given, start, gradients)
    assert theirs.shape == (200, 8)
    assert relative_difference(walk(case.entry, start, gradients), theirs) <= case.tolerance


@pytest.mark.parametrize("pair", make_schedules.PAIRS, ids=lambda pair: str(pair[0]))
def test_the_schedule_is_pytorchs(pair):
    entry, make, steps = pair
    schedule = load_schedule(entry, Path())
    ours = [schedule(step) for step in range(steps)]
    theirs = make_schedules.factors(make, steps)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)
