"""SOAP against the paper's algorithm, written out for one matrix in another way."""

import numpy as np
import pytest

from descent.arrays import Layout
from descent.optimizers import SOAP, Adam
from descent.optimizers.state import Task

STEPS = 25


def gradients_of(shape, seed=0):
    return np.random.default_rng(seed).normal(size=(STEPS, *shape))


def ours(rule, start, gradients):
    """Return the matrix after each step."""
    theta = start.ravel().copy()
    state = rule.init(theta, Task(Layout({"W": start.shape})))
    path = []
    for g in gradients:
        rule.step(theta, g.ravel(), state)
        path.append(theta.reshape(start.shape).copy())
    return np.array(path)


class Basis:
    """One side of a matrix: the average of its outer products, and orthonormal columns."""

    def __init__(self, outer):
        self.average = outer
        self.columns = None

    def begin(self):
        values, vectors = np.linalg.eigh(self.average)
        self.columns = [vectors[:, i] for i in reversed(np.argsort(values))]

    def follow(self):
        """Multiply by the average, sort by the Rayleigh quotients, and orthonormalise in order."""
        quotients = [q @ self.average @ q for q in self.columns]
        order = list(reversed(np.argsort(quotients)))
        kept = []
        for i in order:
            v = self.average @ self.columns[i]
            for _ in range(2):  # Gram and Schmidt, once more against rounding
                for q in kept:
                    v = v - (q @ v) * q
            kept.append(v / np.linalg.norm(v))
        self.columns = kept
        return order


def paper(start, gradients, *, lr, b1, b2, shampoo, epsilon, interval, sides):
    """Return the matrix after each step, coordinate by coordinate of the eigenbasis."""
    m, n = start.shape
    W, M = start.copy(), np.zeros_like(start)
    V = np.zeros((m, n))
    bases = {}
    path = []
    for t, G in enumerate(gradients):
        outer = {"L": G @ G.T, "R": G.T @ G}
        if t == 0:
            for side in sides:
                bases[side] = Basis((1.0 - shampoo) * outer[side])
                bases[side].begin()
            path.append(W.copy())
            continue
        left = bases["L"].columns if "L" in bases else list(np.eye(m))
        right = bases["R"].columns if "R" in bases else list(np.eye(n))
        M = b1 * M + (1.0 - b1) * G
        for i, u in enumerate(left):
            for j, v in enumerate(right):
                V[i, j] = b2 * V[i, j] + (1.0 - b2) * (u @ G @ v) ** 2
                numerator = (u @ M @ v) / (1.0 - b1**t)
                root = np.sqrt(V[i, j] / (1.0 - b2**t))
                step = numerator / (root + epsilon / np.sqrt(1.0 - b2**t))
                W = W - lr * step * np.outer(u, v)
        for side in sides:
            bases[side].average = shampoo * bases[side].average + (1.0 - shampoo) * outer[side]
            if t % interval == 0:
                order = bases[side].follow()
                V = V[order] if side == "L" else V[:, order]
        path.append(W.copy())
    return np.array(path)


@pytest.mark.parametrize(
    ("shape", "largest", "sides"),
    [
        ((4, 4), 10, "LR"),
        ((6, 3), 10, "LR"),
        ((3, 6), 10, "LR"),
        ((6, 3), 3, "R"),
        ((3, 6), 3, "L"),
        ((6, 3), 2, ""),
        ((1, 1), 10, "LR"),
    ],
)
def test_it_is_the_papers_algorithm(shape, largest, sides):
    start, gradients = np.ones(shape), gradients_of(shape)
    settings = {"epsilon": 1e-3, "interval": 3}
    rule = SOAP(
        0.1,
        beta1=0.8,
        beta2=0.9,
        shampoo_beta=0.7,
        largest_dimension=largest,
        weight_decay=0.0,
        **settings,
    )
    theirs = paper(start, gradients, lr=0.1, b1=0.8, b2=0.9, shampoo=0.7, sides=sides, **settings)
    np.testing.assert_allclose(ours(rule, start, gradients), theirs, rtol=1e-9, atol=1e-11)


def test_the_columns_of_a_basis_stay_orthonormal_and_become_eigenvectors():
    rng = np.random.default_rng(1)
    rule = SOAP(interval=1, shampoo_beta=0.99)
    theta = np.zeros(15)
    state = rule.init(theta, Task(Layout({"W": (5, 3)})))
    scales = np.geomspace(1.0, 0.1, 5)[:, None]
    for _ in range(400):
        rule.step(theta, (scales * rng.normal(size=(5, 3))).ravel(), state)
    Q, L = state["QL.W"], state["L.W"]
    np.testing.assert_allclose(Q.T @ Q, np.eye(5), atol=1e-12)
    rotated = Q.T @ L @ Q
    assert (np.diff(np.diag(rotated)) < 0.0).all()
    assert np.abs(rotated - np.diag(np.diag(rotated))).max() < 0.05 * rotated[0, 0]


def test_vectors_and_long_sides_have_no_basis():
    layout = Layout({"long": (8, 2), "b": (3,)})
    state = SOAP(largest_dimension=4).init(np.zeros(layout.size), Task(layout))
    assert {key: array.shape for key, array in state.slots.items()} == {
        "M.long": (8, 2),
        "V.long": (8, 2),
        "R.long": (2, 2),
        "QR.long": (2, 2),
        "M.b": (3,),
        "V.b": (3,),
    }


def test_without_bases_it_is_adam_a_gradient_later():
    gradients = gradients_of((4, 3))
    settings = {"beta1": 0.95, "beta2": 0.95, "weight_decay": 0.0}
    soap = ours(SOAP(0.01, largest_dimension=0, **settings), np.ones((4, 3)), gradients)
    adam = ours(Adam(0.01, uncorrected_epsilon=True, **settings), np.ones((4, 3)), gradients[1:])
    np.testing.assert_allclose(soap[1:], adam, rtol=1e-12)
    np.testing.assert_array_equal(soap[0], 1.0)


def test_a_gradient_that_overflows_ends_in_nan_and_raises_nothing():
    gradients = gradients_of((3, 3))
    gradients[0] = 1e200
    with np.errstate(all="ignore"):
        assert np.isnan(ours(SOAP(), np.ones((3, 3)), gradients)[-1]).all()
