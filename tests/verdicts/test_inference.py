"""Intervals and ranks, against hand-computed cases and independent implementations."""

import numpy as np
import pytest
from scipy import stats

from descent.verdicts import inference


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def few_resamples(monkeypatch):
    monkeypatch.setattr(inference, "RESAMPLES", 999)


# Three standard errors of a binomial proportion over 600 samples; five values fall a little short.
@pytest.mark.parametrize(("seeds", "least"), [(5, 0.90), (10, 0.923), (20, 0.923)])
@pytest.mark.usefixtures("few_resamples")
def test_the_interval_of_the_mean_covers_as_promised(seeds, least):
    draw = rng(seeds)
    covered = 0
    for _ in range(600):
        interval = inference.mean_interval(draw.normal(3.0, 0.1, seeds), draw)
        covered += interval.low <= 3.0 <= interval.high
    assert least <= covered / 600 <= 0.977


@pytest.mark.usefixtures("few_resamples")
def test_the_interval_of_a_skewed_mean_keeps_most_of_its_coverage():
    draw = rng(1)
    covered = 0
    for _ in range(600):
        interval = inference.mean_interval(draw.exponential(1.0, 20), draw)
        covered += interval.low <= 1.0 <= interval.high
    assert covered / 600 > 0.88


def test_the_interval_of_one_value_does_not_exist_and_of_equal_values_is_a_point():
    assert inference.mean_interval([2.0], rng()) == inference.Interval(2.0, None, None)
    assert inference.mean_interval([2.0, 2.0, 2.0], rng()) == inference.Interval(2.0, 2.0, 2.0)


def test_ranks_compare_on_common_seeds_and_are_those_of_the_means_if_all_have_the_same():
    draw = rng(12)
    same = {name: draw.normal(size=10) for name in "abcdef"}
    assert inference.rank(same) == sorted(same, key=lambda name: -same[name].mean())
    easy, hard = [1.0] * 10, [0.0] * 10
    # better on every common seed, though its later seeds are hard
    scores = {"more": [x + 0.1 for x in (*easy, *hard)], "fewer": easy}
    assert inference.rank(scores) == ["more", "fewer"]


def test_the_mean_over_problems_covers_as_promised_and_is_welch_s_for_two():
    draw, scales, covered = rng(11), np.array([0.1, 1.0, 0.3]), 0
    for _ in range(2000):
        interval = inference.mean_over_problems(scales * draw.normal(size=(6, 3)))
        covered += interval.low <= 0 <= interval.high
    assert covered / 2000 == pytest.approx(0.95, abs=0.015)
    x = scales[:2] * draw.normal(size=(6, 2))
    welch = stats.ttest_ind(x[:, 0], -x[:, 1], equal_var=False).confidence_interval(0.95)
    interval = inference.mean_over_problems(x)
    assert (2 * interval.low, 2 * interval.high) == pytest.approx((welch.low, welch.high))
