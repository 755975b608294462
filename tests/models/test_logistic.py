from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_expit

from descent.models.logistic import logistic_losses, logistic_slopes

SCORES = np.array([-1e4, -40.0, -1.5, -1e-9, 0.0, 1e-9, 0.3, 25.0, 1e4])


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_agrees_with_scipy_where_exponentials_would_overflow_and_where_not(label):
    labels = np.full_like(SCORES, label)
    sign = 2.0 * label - 1.0
    np.testing.assert_allclose(
        logistic_losses(SCORES, labels), -log_expit(sign * SCORES), rtol=1e-15, atol=0
    )
    np.testing.assert_allclose(
        logistic_slopes(SCORES, labels), expit(SCORES) - label, rtol=0, atol=2e-16
    )


def test_keeps_float32():
    scores, labels = SCORES.astype(np.float32), np.ones(len(SCORES), np.float32)
    assert logistic_losses(scores, labels).dtype == np.float32
    assert logistic_slopes(scores, labels).dtype == np.float32
