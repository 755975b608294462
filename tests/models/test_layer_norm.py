from __future__ import annotations

import numpy as np
import pytest

from descent.models.layer_norm import EPSILON, normalise, slope_through


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(2.0, 3.0, size=(5, 7))


def test_rows_have_mean_zero_and_variance_one_but_for_epsilon(x):
    rows, scales = normalise(x)
    np.testing.assert_allclose(rows.mean(axis=1), 0.0, atol=1e-15)
    np.testing.assert_allclose(rows.var(axis=1), 1.0 - EPSILON * scales[:, 0] ** 2, rtol=1e-13)
    assert (rows.var(axis=1) < 1.0).all()


def test_shift_and_size_of_a_row_do_not_matter(x):
    np.testing.assert_allclose(normalise(1e4 * x + 5.0).rows, normalise(x).rows, rtol=1e-5)


def test_equal_numbers_become_zeros():
    rows, scales = normalise(np.full((1, 4), 3.0, np.float32))
    assert not rows.any()
    assert rows.dtype == scales.dtype == np.float32


def test_the_slope_is_that_of_differences(x):
    rng = np.random.default_rng(1)
    slope, direction = rng.normal(size=(2, *x.shape))
    step = 1e-6
    up, down = (normalise(x + shift * direction).rows for shift in (step, -step))
    expected = np.vdot(slope, up - down) / (2 * step)
    found = slope_through(normalise(x), slope.copy())
    assert np.vdot(found, direction) == pytest.approx(expected, rel=1e-8)
    # no slope along what the normalisation takes out: the mean of a row
    np.testing.assert_allclose(found.sum(axis=1), 0.0, atol=1e-14)
