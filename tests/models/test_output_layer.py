from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_expit, log_softmax, softmax

from descent.models.output_layer import LogisticOutput, SoftmaxOutput, output_layer

SCORES = np.array([-1e4, -40.0, -1.5, -1e-9, 0.0, 1e-9, 0.3, 25.0, 1e4])
#: Of four classes; the first rows overflow an exponential, the last are all equal.
LOGITS = np.array(
    [[1e4, 0.0, -1e4, 3.0], [-800.0, -801.0, -799.0, -900.0], [0.1, 2.0, -1.0, 0.5], [1.0] * 4]
)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_score_agrees_with_scipy_where_exponentials_would_overflow_and_where_not(label):
    layer, labels = LogisticOutput(), np.full_like(SCORES, label)
    sign = 2.0 * label - 1.0
    np.testing.assert_allclose(
        layer.losses(SCORES, labels), -log_expit(sign * SCORES), rtol=1e-15, atol=0
    )
    np.testing.assert_allclose(
        layer.losses_and_slopes(SCORES, labels)[1], expit(SCORES) - label, rtol=0, atol=2e-16
    )


@pytest.mark.parametrize("label", range(4))
def test_a_score_for_each_class_agrees_with_scipy_where_exponentials_would_overflow(label):
    layer, labels = SoftmaxOutput(4), np.full(len(LOGITS), label)
    expected = -log_softmax(LOGITS, axis=1)[:, label]
    np.testing.assert_allclose(layer.losses(LOGITS, labels), expected, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(
        layer.losses_and_slopes(LOGITS, labels)[1],
        softmax(LOGITS, axis=1) - np.eye(4)[label],
        atol=4e-16,
    )
    np.testing.assert_array_equal(layer.correct(LOGITS, labels), np.array([0, 2, 1, 0]) == label)


def test_a_score_of_zero_is_label_zero():
    layer = LogisticOutput()
    np.testing.assert_array_equal(
        layer.correct(np.array([0.0, 0.0, 0.1, -0.1]), np.array([0.0, 1.0, 1.0, 1.0])),
        [True, False, True, False],
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_keeps_float32_and_hands_nan_on_without_a_warning(classes):
    layer = output_layer(classes)
    scores = np.full((5, *layer.trailing), np.nan, np.float32)
    scores[:3] = 1.0
    labels = layer.labels(np.array([0, 1, 1, 0, 1], np.uint8), np.dtype(np.float32))
    assert layer.losses(scores, labels).dtype == np.float32
    assert layer.losses_and_slopes(scores, labels)[1].dtype == np.float32
    np.testing.assert_array_equal(np.isnan(layer.losses(scores, labels)), [0, 0, 0, 1, 1])


def test_the_number_of_classes_decides_and_one_is_none():
    assert isinstance(output_layer(2), LogisticOutput)
    assert output_layer(5).outputs == 5
    with pytest.raises(ValueError, match=r"classes must be at least 2\. Received: 1"):
        output_layer(1)


def test_two_logits_of_which_one_is_zero_are_one_score():
    one, two = LogisticOutput(), SoftmaxOutput(2)
    logits = np.column_stack([np.zeros_like(SCORES), SCORES])
    for label in (0, 1):
        classes = np.full(len(SCORES), label)
        labels = one.labels(classes, SCORES.dtype)
        np.testing.assert_allclose(
            two.losses(logits, classes), one.losses(SCORES, labels), rtol=1e-14, atol=3e-16
        )
        np.testing.assert_allclose(
            two.losses_and_slopes(logits, classes)[1][:, 1],
            one.losses_and_slopes(SCORES, labels)[1],
            atol=4e-16,
        )
