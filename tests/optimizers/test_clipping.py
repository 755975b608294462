"""Clipping by norm and by value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from descent.optimizers.clipping import clip_by_norm, clip_by_value

VECTORS = arrays(np.float64, st.integers(1, 20), elements=st.floats(-1e6, 1e6))


@given(g=VECTORS, limit=st.floats(1e-3, 1e3))
def test_the_norm_is_within_the_limit_and_the_direction_kept(g, limit):
    clipped = clip_by_norm(g, limit, out=np.empty_like(g))
    assert np.linalg.norm(clipped) <= limit * (1 + 1e-14)
    if np.linalg.norm(g) <= limit:
        assert clipped is g
    else:
        np.testing.assert_allclose(np.linalg.norm(clipped), limit, rtol=1e-14)
        np.testing.assert_allclose(
            clipped * np.linalg.norm(g), g * limit, rtol=1e-12, atol=1e-12 * limit
        )


@given(g=VECTORS, limit=st.floats(1e-3, 1e3))
def test_each_component_is_within_the_limit(g, limit):
    clipped = clip_by_value(g, limit, out=np.empty_like(g))
    assert (np.abs(clipped) <= limit).all()
    small = np.abs(g) <= limit
    np.testing.assert_array_equal(clipped[small], g[small])
    np.testing.assert_array_equal(np.sign(clipped), np.sign(g))


def test_both_write_to_out_alone():
    g = np.array([3.0, 4.0])
    out = np.empty(2)
    assert clip_by_norm(g, 1.0, out) is out
    assert clip_by_value(g, 1.0, out) is out
    np.testing.assert_array_equal(g, [3.0, 4.0])


def test_both_work_in_place():
    g = np.array([30.0, 40.0])
    clip_by_norm(g, 5.0, out=g)
    np.testing.assert_allclose(g, [3.0, 4.0], rtol=1e-15)
    clip_by_value(g, 3.5, out=g)
    np.testing.assert_allclose(g, [3.0, 3.5], rtol=1e-15)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_divergence_is_not_hidden(bad):
    g = np.array([1.0, bad])
    assert not np.isfinite(clip_by_norm(g, 1.0, out=np.empty(2))).all()
    assert np.isnan(clip_by_value(np.array([np.nan]), 1.0, out=np.empty(1))).all()


def test_a_norm_whose_square_overflows_is_still_clipped():
    g = np.array([3e30, 4e30], np.float32)
    with np.errstate(over="ignore"):
        clipped = clip_by_norm(g, 5.0, out=np.empty_like(g))
    assert clipped.dtype == np.float32
    np.testing.assert_allclose(clipped, [3.0, 4.0], rtol=1e-6)
