"""What is noted of a machine."""

import numpy as np
import pytest

from descent.training import machine


@pytest.mark.parametrize("first", [0, 1])
def test_the_blas_is_that_of_numpy_in_whatever_order_libraries_are_found(monkeypatch, first):
    pools = [
        {
            "user_api": "blas",
            "internal_api": name,
            "version": "1",
            "num_threads": 1,
            "filepath": f"{np.__path__[0].removesuffix('numpy')}{name}.libs/blas.so",
        }
        for name in ("numpy", "scipy")
    ]
    monkeypatch.setattr("threadpoolctl.threadpool_info", lambda: [pools[first], pools[1 - first]])
    assert machine.machine()["blas"].startswith("numpy 1")
