"""Newton-Schulz iterations: against the singular value decomposition, in both of their forms."""

import numpy as np
import pytest

from descent.optimizers import newton_schulz
from descent.optimizers.newton_schulz import A, B, C, orthogonalized


def with_singular_values(values, shape):
    """Return a random matrix with these singular values, and its singular vectors."""
    U, _, Vt = np.linalg.svd(np.random.default_rng(0).normal(size=shape), full_matrices=False)
    return (U * values) @ Vt, U, Vt


@pytest.mark.parametrize("iterations", [1, 2, 5])
@pytest.mark.parametrize("shape", [(5, 5), (9, 4), (4, 9), (7, 4), (1, 1), (1, 6), (60, 20)])
def test_the_singular_vectors_stay_and_the_values_follow_the_scalar_iteration(shape, iterations):
    values = np.geomspace(1.0, 1e-6, min(shape))
    X, U, Vt = with_singular_values(values, shape)
    for _ in range(iterations):
        values = A * values + B * values**3 + C * values**5
    expected = (U * values) @ Vt
    np.testing.assert_allclose(orthogonalized(X, iterations), expected, atol=1e-12)
    np.testing.assert_allclose(orthogonalized(X.T, iterations), expected.T, atol=1e-12)


@pytest.mark.parametrize("shape", [(5, 5), (60, 20)])
def test_five_iterations_bring_values_of_a_hundredth_and_more_near_one(shape):
    X, _, _ = with_singular_values(np.geomspace(1.0, 0.01, min(shape)), shape)
    found = np.linalg.svd(orthogonalized(X, 5), compute_uv=False)
    assert (found > 0.68).all()
    assert (found < 1.14).all()


@pytest.mark.parametrize("rank", [3, 64, 128])
@pytest.mark.parametrize("smallest", [1e-6, 1e-2])
def test_a_long_matrix_in_float32_is_as_exact_as_with_a_product_in_every_iteration(
    rank, smallest, monkeypatch
):
    values = np.zeros(128)
    values[:rank] = np.geomspace(1.0, smallest, rank)
    X, _, _ = with_singular_values(values / np.linalg.norm(values), (784, 128))

    def error():
        found = orthogonalized(X.astype(np.float32), 5)
        assert found.dtype == np.float32
        return np.abs(found - orthogonalized(X, 5)).max()

    at_once = error()
    monkeypatch.setattr(newton_schulz, "AT_ONCE", 1)
    assert at_once < 2 * error()
