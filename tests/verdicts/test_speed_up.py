"""The horizon at which a baseline reaches the result of another."""

import numpy as np
import pytest
from speed_up_coverage import HORIZONS, SPEED_UPS, TUNING, coverage, power_law

from descent.verdicts.folds import Folds
from descent.verdicts.speed_up import horizon_reached

NOISE = np.random.default_rng(0).normal(size=(20, 7))


def reached(result, of_horizon, horizons=HORIZONS, noise=0.003, **settings):
    """Return what 20 seeds find whose results are those of a curve and some noise."""
    means = np.array([*map(of_horizon, horizons), result])
    values = means + noise * NOISE[:, : len(means)]
    return horizon_reached(values[:, -1], values[:, :-1], horizons, **settings)


@pytest.mark.parametrize("tuning", TUNING[:2], ids=["plain", "tuned"])
def test_the_interval_holds_a_known_speed_up_as_often_as_it_says(tuning):
    held = [coverage(speed_up, 700, seed=i, **tuning)[0] for i, speed_up in enumerate(SPEED_UPS)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_more_seeds_and_closer_horizons_tell_it_more_closely():
    few, many, far = (
        coverage(1.3, 100, **design)[1]
        for design in ({"seeds": 5}, {"seeds": 20}, {"seeds": 20, "horizons": (0.5, 1.0, 2.8)})
    )
    assert 1 < many < far < few


@pytest.mark.parametrize("speed_up", SPEED_UPS)
def test_without_noise_what_is_left_is_what_the_interpolation_may_be_off(speed_up):
    found = reached(-np.log(power_law(speed_up)), lambda h: -np.log(power_law(h)), noise=0.0)
    assert found.low <= speed_up * (1 + 1e-9)
    assert found.high >= speed_up * (1 - 1e-9)
    assert found.high / found.low < 1.01
    assert found.horizon == pytest.approx(speed_up, rel=0.005)


def test_beyond_the_outermost_horizons_the_interval_is_open():
    at_least, at_most = reached(2.0, np.log), reached(-2.0, np.log)
    assert (at_least.horizon, at_least.low, at_least.high) == (None, pytest.approx(2.8), None)
    assert (at_most.horizon, at_most.low, at_most.high) == (None, None, pytest.approx(0.5))
    near_the_end = reached(np.log(2.8), np.log, noise=0.1)
    assert near_the_end.low < 2.8
    assert near_the_end.high is None


@pytest.mark.parametrize(
    ("result", "of_horizon"),
    [(0.1, lambda _: 0.0), (0.0, lambda _: 0.0), (0.1, lambda h: -(np.log(h) ** 2))],
    ids=["better", "equal", "overfitting"],
)
def test_a_saturated_metric_gives_no_speed_up(result, of_horizon):
    found = reached(result, of_horizon)
    assert found.known == "saturated"
    assert (found.horizon, found.low, found.high) == (None, None, None)


def test_a_plateau_beyond_says_nothing_of_what_is_reached_before_it():
    found = reached(-np.exp(-1.6), lambda h: -np.exp(-2 * h))
    assert found.known == "between"
    assert found.low < 0.8 < found.high


def test_what_folds_differ_by_is_no_noise():
    folds = Folds(tuple(range(10)) * 2, 1 / 8)
    of_fold = np.random.default_rng(1).normal(size=10)[np.arange(20) % 10, np.newaxis]
    # the baseline gains more where the fold is easy, so that pairing does not take it away
    baseline = (1 + 0.1 * of_fold) * np.log(HORIZONS) + 0.003 * NOISE[:, 1:]
    other = 0.003 * NOISE[:, 0] + np.log(1.4)
    apart, alike = (horizon_reached(other, baseline, HORIZONS, folds=f) for f in (folds, None))
    assert apart.high - apart.low < 0.5 * (alike.high - alike.low)
