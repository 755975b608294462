"""The leader's optimism, against what it is in simulation."""

import numpy as np
import pytest

from descent.analysis.winners_curse import optimism_of_the_leader


def test_the_optimism_of_equals_is_of_the_size_of_their_largest_error():
    draw = np.random.default_rng(0)
    estimates, actual = [], []
    for _ in range(300):
        x = draw.normal(size=(10, 20))
        estimates.append(optimism_of_the_leader({str(i): row for i, row in enumerate(x)}, draw))
        actual.append(x.mean(axis=1).max())
    # the bootstrap starts from rivals that already differ by chance: it sees a part of it
    assert 0.5 * np.mean(actual) < np.mean(estimates) < np.mean(actual)


def test_a_leader_far_ahead_owes_nothing_to_luck():
    draw = np.random.default_rng(1)
    scores = {"far": 9 + draw.normal(size=20), "a": draw.normal(size=20)}
    assert optimism_of_the_leader(scores, draw) == pytest.approx(0.0, abs=0.02)
    scores = {"far": 9 * np.ones(20), "a": draw.normal(size=20)}
    assert optimism_of_the_leader(scores, draw) == 0.0
