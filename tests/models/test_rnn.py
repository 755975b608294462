from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from descent.models.packing import Packing
from descent.models.rnn import RECURRENT_GAIN, RNN

INPUTS, HIDDEN = 7, 4
LENGTHS = np.array([3, 1, 6, 3, 1, 4])


@pytest.fixture
def model():
    return RNN(INPUTS, HIDDEN, np.float64)


LABELS = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0])


def packed(sequences, labels):
    packing = Packing(np.array([len(s) for s in sequences]))
    rows = [
        sequences[packing.order[i]][t] for i, t in zip(packing.members, packing.steps, strict=True)
    ]
    return csr_array(np.array(rows)), packing, labels[packing.order]


def loss_and_grad(model, theta, sequences, labels):
    grad = np.full(model.layout.size, np.nan)
    loss = model.loss_and_grad(theta, *packed(sequences, labels), grad)
    return loss, grad


def test_a_batch_is_the_mean_of_its_sequences_whatever_their_lengths(model, theta, sequences):
    loss, grad = loss_and_grad(model, theta, sequences, LABELS)
    alone = [loss_and_grad(model, theta, [s], LABELS[i : i + 1]) for i, s in enumerate(sequences)]
    assert loss == pytest.approx(np.mean([one for one, _ in alone]), rel=1e-14)
    np.testing.assert_allclose(
        grad, np.mean([one for _, one in alone], axis=0), rtol=1e-12, atol=1e-15
    )


def test_the_order_within_a_batch_changes_nothing(model, theta, sequences):
    loss, grad = loss_and_grad(model, theta, sequences, LABELS)
    turned = [4, 0, 5, 2, 1, 3]
    other, other_grad = loss_and_grad(model, theta, [sequences[i] for i in turned], LABELS[turned])
    assert other == pytest.approx(loss, rel=1e-14)
    np.testing.assert_allclose(other_grad, grad, rtol=1e-12, atol=1e-15)


def test_a_sequence_of_one_step_is_a_layer_without_a_past(model, theta, sequences):
    p = model.layout.views(theta)
    counts, packing, _ = packed([sequences[1]], LABELS[1:2])
    expected = np.tanh(sequences[1][0] @ p["W_x"] + p["b_h"]) @ p["w_y"] + p["b_y"]
    np.testing.assert_allclose(model.scores(theta, counts, packing), expected, rtol=1e-14)
    _, grad = loss_and_grad(model, theta, [sequences[1]], LABELS[1:2])
    assert not model.layout.views(grad)["W_h"].any()


def test_the_first_step_reaches_the_score(model, theta, sequences):
    before = model.scores(theta, *packed([sequences[2]], LABELS[2:3])[:2])
    changed = sequences[2].copy()
    changed[0, 3] += 1.0
    after = model.scores(theta, *packed([changed], LABELS[2:3])[:2])
    assert abs(after - before) > 1e-3


@pytest.mark.parametrize("classes", [2, 3])
def test_word_influence_is_the_mean_slope_of_the_scores(classes, sequences):
    model = RNN(INPUTS, HIDDEN, np.float64, classes)
    theta = np.random.default_rng(1).normal(size=model.layout.size)
    counts, packing, _ = packed(sequences, LABELS)
    influence = model.word_influence(theta, counts, packing)
    lengths, step = LENGTHS[packing.order], 1e-6
    for word in range(INPUTS):
        one = np.zeros(INPUTS)
        one[word] = step
        up, down = (
            model.scores(theta, csr_array(counts.toarray() + shift), packing)
            for shift in (one, -one)
        )
        slope = np.mean(((up - down).T / (2 * step) / lengths).T, axis=0)
        assert influence[word] == pytest.approx(slope, rel=1e-7, abs=1e-9)


def test_the_initial_recurrence_is_a_shrunken_rotation():
    model = RNN(300, 40, np.float64)
    p = model.layout.views(model.init(np.random.default_rng(3)))
    np.testing.assert_allclose(
        np.linalg.svd(p["W_h"], compute_uv=False), RECURRENT_GAIN, rtol=1e-12
    )
    assert p["W_x"].var() == pytest.approx(2 / 340, rel=0.05)
    assert not p["b_h"].any()
    assert not p["b_y"].any()
