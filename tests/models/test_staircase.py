"""Products with rows of which the last columns are zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.models.staircase import LEAST_COLUMNS, Staircase


def products(staircase, W, delta):
    """Return both products, on arrays that hold something else before."""
    forward, backward = np.full((len(staircase), W.shape[1]), np.nan), np.full(W.shape, np.nan)
    assert staircase.times(W, out=forward) is forward
    staircase.transposed_times(delta, out=backward)
    return forward, backward


@given(
    extents=st.lists(st.integers(0, 3 * LEAST_COLUMNS), min_size=1, max_size=40).map(sorted),
    unused=st.integers(0, 3),
    seed=st.integers(0, 2**16),
)
def test_they_are_the_products_of_the_whole_matrix(extents, unused, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(len(extents), extents[-1] + unused))
    for row, extent in zip(rows, extents, strict=True):
        row[extent:] = 0.0
    W = rng.normal(size=(rows.shape[1] + 2, 3))
    delta = rng.normal(size=(len(rows), 3))
    expected = rows @ W[: rows.shape[1]], np.zeros_like(W)
    expected[1][: rows.shape[1]] = rows.T @ delta
    for staircase in (Staircase(rows), Staircase(rows, np.array(extents, np.uint16))):
        assert len(staircase) == len(rows)
        for found, right in zip(products(staircase, W, delta), expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-12, atol=1e-12)


def test_what_is_beyond_the_steps_is_not_read():
    rng = np.random.default_rng(0)
    extents = np.repeat([10, 50, 90, 130], [48, 48, 24, 8])
    rows, W = rng.normal(size=(128, 140)), rng.normal(size=(140, 4))
    beyond = np.arange(140) >= extents[:, None]
    rows[beyond] = np.nan
    W[130:] = np.nan
    forward, backward = products(Staircase(rows, extents), W, rng.normal(size=(128, 4)))
    rows[beyond], W[130:] = 0.0, 0.0
    np.testing.assert_allclose(forward, rows @ W, rtol=1e-12, atol=1e-12)
    assert np.isfinite(backward).all()
    assert not backward[130:].any()


@pytest.mark.parametrize("extents", [[90, 90, 90, 90], [60, 70, 80, 90], [90]])
def test_rows_of_nearly_equal_length_are_one_product(extents, monkeypatch):
    calls = []
    matmul = np.matmul
    monkeypatch.setattr(np, "matmul", lambda *a, **k: calls.append(1) or matmul(*a, **k))
    staircase = Staircase(np.ones((len(extents), 90)), np.array(extents))
    products(staircase, np.ones((90, 2)), np.ones((len(extents), 2)))
    assert len(calls) == 2
