"""Flat vectors with named views."""

import numpy as np
import pytest

from descent.arrays import CACHE_LINE, KEPT_VIEWS, Layout, aligned_array


def test_views_share_memory_and_cover_the_vector_once():
    layout = Layout({"W": (2, 3), "b": (2,), "empty": (0, 4), "scalar": ()})
    theta = np.arange(layout.size, dtype=np.float32)
    views = layout.views(theta)
    assert [v.shape for v in views.values()] == [(2, 3), (2,), (0, 4), ()]
    assert all(np.shares_memory(v, theta) for v in views.values() if v.size)
    for view in views.values():
        view[...] = -1.0
    assert (theta == -1.0).all()


def test_a_vector_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"must have shape \(8,\). Received: \(9,\)"):
        Layout({"W": (2, 3), "b": (2,)}).views(np.zeros(9))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [5, (3, 7), (1000, 1)])
def test_aligned_arrays_begin_on_a_cache_line(shape, dtype):
    kept = [aligned_array(shape, dtype, fill=1.5) for _ in range(20)]
    for array in kept:
        assert array.ctypes.data % CACHE_LINE == 0
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.dtype == dtype
        np.testing.assert_array_equal(array, np.full(shape, 1.5, dtype))


def test_views_of_many_vectors_are_each_their_own():
    layout = Layout({"W": (2, 2), "b": (1,)})
    vectors = [np.full(layout.size, float(i)) for i in range(3 * KEPT_VIEWS)]
    for _ in range(2):
        for i, vector in enumerate(vectors):
            assert (layout.views(vector)["W"] == i).all()
            assert np.shares_memory(layout.views(vector)["b"], vector)


def test_views_survive_only_with_their_vector():
    """A new vector at an old one's address is given views of its own."""
    layout = Layout({"W": (3,)})
    for i in range(3 * KEPT_VIEWS):
        vector = np.full(3, float(i))
        assert layout.views(vector)["W"][0] == i
        assert layout.views(vector) is layout.views(vector)
        del vector
