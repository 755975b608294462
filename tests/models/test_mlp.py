from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax

from descent.models.mlp import MLP


@pytest.fixture
def batch(rng):
    return rng.normal(size=(9, 6)), rng.integers(0, 4, 9)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_without_hidden_layers_it_is_softmax_regression(rng, batch):
    inputs, labels = batch
    model = MLP((6, 4), np.float64)
    theta = rng.normal(size=model.layout.size)
    p = model.layout.views(theta)
    log_probabilities = log_softmax(inputs @ p["W1"] + p["b1"], axis=1)
    loss, correct = model.evaluate(theta, inputs, labels)
    assert loss == pytest.approx(-log_probabilities[np.arange(9), labels].sum(), rel=1e-14)
    predicted = log_probabilities.argmax(axis=1)
    np.testing.assert_array_equal(correct, predicted == labels)
    np.testing.assert_array_equal(model.predict(theta, inputs), predicted)


def test_labels_may_be_bytes_whatever_the_size_of_the_batch(rng):
    model = MLP((6, 4), np.float64)
    theta = rng.normal(size=model.layout.size)
    inputs, labels = rng.normal(size=(300, 6)), rng.integers(0, 4, 300)
    grads = np.empty((2, model.layout.size))
    losses = [
        model.loss_and_grad(theta, inputs, kind, grad)
        for kind, grad in zip((labels, labels.astype(np.uint8)), grads, strict=True)
    ]
    assert losses[0] == losses[1]
    np.testing.assert_array_equal(*grads)
    for of_bytes, of_numbers in zip(
        model.evaluate(theta, inputs, labels.astype(np.uint8)),
        model.evaluate(theta, inputs, labels),
        strict=True,
    ):
        np.testing.assert_array_equal(of_bytes, of_numbers)


def test_a_layer_whose_units_are_all_active_is_linear(rng, batch):
    inputs, labels = batch
    deep, shallow = MLP((6, 5, 4), np.float64), MLP((6, 4), np.float64)
    theta, linear = rng.normal(size=deep.layout.size), np.empty(shallow.layout.size)
    p, q = deep.layout.views(theta), shallow.layout.views(linear)
    p["b1"][...] = 100.0
    q["W1"][...] = p["W1"] @ p["W2"]
    q["b1"][...] = p["b1"] @ p["W2"] + p["b2"]
    deep_loss, shallow_loss = (
        model.evaluate(values, inputs, labels)[0]
        for model, values in ((deep, theta), (shallow, linear))
    )
    assert deep_loss == pytest.approx(shallow_loss, rel=1e-12)


def test_layers_that_pass_positive_numbers_on_change_nothing(rng, batch):
    inputs, labels = batch
    deep, shallow = MLP((6, 5, 5, 5, 4), np.float64), MLP((6, 5, 4), np.float64)
    theta, less = np.zeros(deep.layout.size), rng.normal(size=shallow.layout.size)
    p, q = deep.layout.views(theta), shallow.layout.views(less)
    p["W1"][...], p["b1"][...], p["W4"][...], p["b4"][...] = q.values()
    p["W2"][...] = p["W3"][...] = np.eye(5)
    grads = [np.full(model.layout.size, np.nan) for model in (deep, shallow)]
    losses = [
        model.loss_and_grad(values, inputs, labels, grad)
        for model, values, grad in zip((deep, shallow), (theta, less), grads, strict=True)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-14)
    g, h = deep.layout.views(grads[0]), shallow.layout.views(grads[1])
    for name, same in zip(("W1", "b1", "W4", "b4"), h.values(), strict=True):
        np.testing.assert_allclose(g[name], same, rtol=1e-12, atol=1e-15)
    # a layer of the identity in between sees what the first passes on
    np.testing.assert_allclose(g["b2"], g["b1"], rtol=1e-12, atol=1e-15)
    assert g["W2"].any()


def test_a_layer_whose_units_are_all_inactive_passes_nothing(rng, batch):
    inputs, labels = batch
    model = MLP((6, 5, 4), np.float64)
    theta, grad = rng.normal(size=model.layout.size), np.empty(model.layout.size)
    model.layout.views(theta)["b1"][...] = -100.0
    model.loss_and_grad(theta, inputs, labels, grad)
    g = model.layout.views(grad)
    assert not g["W1"].any()
    assert not g["b1"].any()
    assert not g["W2"].any()
    assert g["b2"].all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_give_a_finite_loss(rng, batch, dtype):
    inputs, labels = batch
    model = MLP((6, 5, 4), dtype)
    theta = (1e6 * rng.normal(size=model.layout.size)).astype(dtype)
    grad = np.empty_like(theta)
    assert np.isfinite(model.loss_and_grad(theta, inputs.astype(dtype), labels, grad))
    assert np.isfinite(grad).all()


def test_overflow_is_a_loss_that_is_not_finite_and_no_warning(rng, batch):
    inputs, labels = batch
    model = MLP((6, 5, 4), np.float32)
    theta = np.full(model.layout.size, 1e38, np.float32)
    inputs = inputs.astype(np.float32)
    assert not np.isfinite(model.loss_and_grad(theta, inputs, labels, np.empty_like(theta)))
    assert not np.isfinite(model.evaluate(theta, inputs, labels)[0])


def test_of_equal_logits_the_first_class_counts(batch):
    inputs, labels = batch
    model = MLP((6, 4), np.float64)
    theta = np.zeros(model.layout.size)
    loss, correct = model.evaluate(theta, inputs, labels)
    assert loss / 9 == pytest.approx(np.log(4), rel=1e-15)
    np.testing.assert_array_equal(correct, labels == 0)


def test_initial_weights_have_the_variances_of_he_and_glorot(rng):
    model = MLP((400, 300, 200), np.float64)
    p = model.layout.views(model.init(rng))
    # the standard error of a variance is variance * sqrt(2 / n): n = 120,000 and 60,000
    assert p["W1"].var() == pytest.approx(2 / 400, rel=0.02)
    assert p["W2"].var() == pytest.approx(2 / 500, rel=0.03)
    assert not p["b1"].any()
    assert not p["b2"].any()


@pytest.mark.parametrize("sizes", [(6, 4), (6, 5, 4)])
@pytest.mark.parametrize("used", [0, 1, 4, 6])
def test_leaving_out_columns_of_zeros_changes_nothing(rng, batch, sizes, used):
    inputs, labels = batch
    inputs[:, used:] = 0.0
    model = MLP(sizes, np.float64)
    theta = rng.normal(size=model.layout.size)
    whole, narrow = np.full((2, model.layout.size), np.nan)
    expected = model.loss_and_grad(theta, inputs, labels, whole)
    evaluated, correct = model.evaluate(theta, inputs, labels)
    predicted = model.predict(theta, inputs)
    model.layout.views(theta)["W1"][used:] = np.nan  # not even read
    inputs = inputs[:, :used]
    loss = model.loss_and_grad(theta, inputs, labels, narrow)
    assert loss == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(narrow, whole, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(narrow == 0.0, whole == 0.0)
    evaluated_narrow, correct_narrow = model.evaluate(theta, inputs, labels)
    assert evaluated_narrow == pytest.approx(evaluated, rel=1e-13)
    np.testing.assert_array_equal(correct_narrow, correct)
    np.testing.assert_array_equal(model.predict(theta, inputs), predicted)
