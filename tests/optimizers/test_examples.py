"""The complete examples, as written: they keep the contract and are the rules that they say."""

from pathlib import Path

import numpy as np
import pytest

from descent.arrays import Layout
from descent.optimizers.conformance import check_optimizer, difference
from descent.optimizers.given_gradients import set_mini_batch
from descent.optimizers.loading import load_optimizer
from descent.optimizers.state import Task

EXAMPLES = Path(__file__).parents[2] / "examples"
#: Each example beside the rule that it is.
PAIRS = {
    "blockwise_lamb.py:BlockwiseLAMB": {"use": "lamb", "learning_rate": 0.01},
    "sharpness_aware.py:SharpnessAware": {
        "use": "sam",
        "learning_rate": 0.1,
        "rho": 0.05,
        "base": {"use": "sgd"},
    },
    "signs.py:SignSGD": {"use": "sign_momentum.py:SignMomentum"},
}


@pytest.mark.parametrize("use", ["sign_momentum.py:SignMomentum", *PAIRS])
def test_an_example_keeps_the_contract(use):
    if "signs" in use:
        pytest.importorskip("torch")
    rule = load_optimizer({"use": use}, folder=EXAMPLES)
    assert [str(finding) for finding in check_optimizer(rule) if not finding.holds] == []


@pytest.mark.parametrize("use", PAIRS)
def test_an_example_is_the_rule_beside_it(use):
    if "signs" in use:
        pytest.importorskip("torch")
    example = load_optimizer({"use": use}, folder=EXAMPLES)
    assert difference(example, load_optimizer(PAIRS[use], folder=EXAMPLES)) < 1e-12


def test_the_blockwise_example_differs_from_one_norm_over_the_network():
    example = load_optimizer({"use": "blockwise_lamb.py:BlockwiseLAMB"}, folder=EXAMPLES)
    layout = Layout({"W": (4, 3), "b": (3,)})
    ends = []
    for task in (Task(layout), None):
        theta = np.linspace(0.5, 2.0, layout.size)
        state = example.init(theta, task)
        gradient = np.linspace(1.0, -1.0, layout.size)
        set_mini_batch(example, state, theta, gradient)
        example.step(theta, gradient, state)
        ends.append(theta)
    assert not np.allclose(*ends)
