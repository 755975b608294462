from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from descent.models.logistic_regression import LogisticRegression


@pytest.fixture
def examples():
    rng = np.random.default_rng(0)
    counts = csr_array(rng.poisson(0.5, (20, 5)).astype(float))
    return counts, rng.integers(0, 2, 20).astype(float)


def test_the_penalty_is_on_the_weights_and_not_on_the_bias(examples):
    theta = np.random.default_rng(1).normal(size=6)
    grads = {l2: np.empty(6) for l2 in (0.0, 0.3)}
    losses = {
        l2: LogisticRegression(5, l2, np.float64).loss_and_grad(theta, *examples, grad)
        for l2, grad in grads.items()
    }
    assert losses[0.3] - losses[0.0] == pytest.approx(0.15 * np.sum(theta[:5] ** 2), rel=1e-12)
    np.testing.assert_allclose(
        grads[0.3] - grads[0.0], [*(0.3 * theta[:5]), 0.0], rtol=1e-12, atol=1e-16
    )


def test_evaluation_is_the_loss_of_training(examples):
    model = LogisticRegression(5, 0.1, np.float64)
    theta = np.random.default_rng(1).normal(size=6)
    objective, accuracy = model.evaluate(theta, *examples)
    assert objective == pytest.approx(model.loss_and_grad(theta, *examples, np.empty(6)), rel=1e-14)
    scores = examples[0].toarray() @ theta[:5] + theta[5]
    assert accuracy == np.mean((scores > 0) == (examples[1] == 1))


def test_a_score_of_zero_is_label_zero(examples):
    model = LogisticRegression(5, 0.1, np.float64)
    objective, accuracy = model.evaluate(np.zeros(6), *examples)
    assert objective == pytest.approx(np.log(2), rel=1e-15)
    assert accuracy == np.mean(examples[1] == 0)
