"""Flat vectors with named views."""

import numpy as np
import pytest

from descent.arrays import Layout


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
