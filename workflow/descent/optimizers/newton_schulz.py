"""Newton-Schulz iterations, which bring the singular values of a matrix near one."""

from __future__ import annotations

from descent.arrays import Array

#: Coefficients of the iteration, with a steep slope at zero (Jordan 2024).
A, B, C = 3.4445, -4.7750, 2.0315
#: Iterations between two products with a matrix at least twice as long as wide. Of more, float32
#: would lose digits.
AT_ONCE = 3


def orthogonalized(X: Array, iterations: int) -> Array:
    """Bring the singular values of a matrix near 1.

    Each iteration is::

        X <- p(X X^T) X,    p(G) = a I + b G + c G^2

    Parameters
    ----------
    X : ndarray of shape (m, n)
        A matrix with singular values in ``[0, 1]``.
    iterations : int
        How many, >= 1.

    Returns
    -------
    ndarray of shape (m, n)
        ``U f(S) V^T`` for ``X = U S V^T``. Five iterations bring singular values of 0.01 and more
        to between 0.68 and 1.14.

    Notes
    -----
    G and its polynomials commute. Of a long matrix, several iterations are therefore carried out on
    G alone, ``G <- p(G)^2 G``, and X is multiplied once by the product of their p(G): the same up
    to rounding, in three fifths of the time for a matrix of shape (784, 128).
    """
    m, n = X.shape
    if m > n:  # the smaller of the two products
        return orthogonalized(X.T, iterations).T
    at_once = AT_ONCE if n >= 2 * m else 1
    for done in range(0, iterations, at_once):
        X = _product_of_polynomials(X @ X.T, min(at_once, iterations - done)) @ X
    return X


def _product_of_polynomials(G: Array, iterations: int) -> Array:
    """Return p(G_k) ... p(G_1) for G_1 = G, shape (m, m)."""
    product = factor = _polynomial(G)
    for _ in range(iterations - 1):
        G = factor @ (factor @ G)
        factor = _polynomial(G)
        product = factor @ product
    return product


def _polynomial(G: Array) -> Array:
    p: Array = G @ G
    p *= C
    p += B * G
    p.reshape(-1)[:: len(G) + 1] += A  # the diagonal
    return p
