from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array, vstack

from descent.models.attention import (
    EMBEDDING_DEVIATION,
    POSITION_SCALE,
    Attention,
)
from descent.models.concatenation import Concatenation
from descent.models.layer_norm import EPSILON
from descent.models.positional_encoding import positional_encoding

INPUTS, WIDTH, HEADS, FEED_FORWARD = 7, 6, 3, 5
LENGTHS = np.array([3, 1, 6, 3, 1, 4])
LABELS = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0])


@pytest.fixture
def model():
    return Attention(INPUTS, WIDTH, HEADS, FEED_FORWARD, np.float64)


def concatenated(sequences):
    counts = vstack([csr_array(s) for s in sequences], format="csr")
    return counts, Concatenation(np.array([len(s) for s in sequences]))


def loss_and_grad(model, theta, sequences, labels):
    grad = np.full(model.layout.size, np.nan)
    loss = model.loss_and_grad(theta, *concatenated(sequences), labels, grad)
    return loss, grad


def test_a_batch_is_the_mean_of_its_sequences_whatever_their_lengths(model, theta, sequences):
    loss, grad = loss_and_grad(model, theta, sequences, LABELS)
    alone = [loss_and_grad(model, theta, [s], LABELS[i : i + 1]) for i, s in enumerate(sequences)]
    assert loss == pytest.approx(np.mean([one for one, _ in alone]), rel=1e-14)
    np.testing.assert_allclose(
        grad, np.mean([one for _, one in alone], axis=0), rtol=1e-11, atol=1e-14
    )


def test_without_positions_the_order_of_the_steps_changes_nothing(model, theta, sequences):
    turned = [s[::-1] for s in sequences]
    scores, with_positions = (model.scores(theta, *concatenated(s)) for s in (sequences, turned))
    one_step = LENGTHS == 1
    np.testing.assert_array_equal(scores == with_positions, one_step)
    model._positions = np.zeros((LENGTHS.max(), WIDTH))
    forward, backward = (model.scores(theta, *concatenated(s)) for s in (sequences, turned))
    np.testing.assert_allclose(forward, backward, rtol=1e-13)


def test_every_step_reaches_every_other_through_attention_alone(model, theta, sequences):
    """The pooling takes each step by itself: without attention, parts of a score add up."""
    long = sequences[2]

    def pooled(counts):  # times the length: a sum over steps
        return model._forward(model.layout.views(theta), *concatenated([counts])).pooled[0]

    def mixed():  # second difference by the words of the first and of the last step
        first, last = np.zeros_like(long), np.zeros_like(long)
        first[0, 3] = last[-1, 2] = 1.0
        return np.abs(
            pooled(long + first + last) - pooled(long + first) - pooled(long + last) + pooled(long)
        ).max()

    assert mixed() > 1e-4
    model.layout.views(theta)["W_output"][...] = 0.0
    assert mixed() < 1e-14


def test_a_sequence_of_one_step_attends_to_itself(model, theta, sequences):
    _, grad = loss_and_grad(model, theta, [sequences[1]], LABELS[1:2])
    g = model.layout.views(grad)
    for name in ("W_query", "W_key"):
        np.testing.assert_allclose(g[name], 0.0, atol=1e-15, err_msg=name)
    assert np.abs(g["W_value"]).min() > 1e-6


def test_with_query_of_zero_every_step_counts_alike(model, theta, sequences):
    model.layout.views(theta)["W_query"][...] = 0.0
    f = model._forward(model.layout.views(theta), *concatenated(sequences))
    for weights, length in zip(f.passed.weights, LENGTHS, strict=True):
        assert weights.shape == (1, HEADS, length, length)
        np.testing.assert_allclose(weights, 1 / length, rtol=1e-15)


def test_weights_of_every_head_and_step_sum_to_one(model, theta, sequences):
    f = model._forward(model.layout.views(theta), *concatenated(sequences))
    for weights in f.passed.weights:
        np.testing.assert_allclose(weights.sum(axis=-1), 1.0, rtol=1e-14)
        if weights.shape[-1] > 1:
            assert np.abs(weights[0, 0] - weights[0, 1]).max() > 0.01


def test_huge_scores_of_attention_do_not_overflow(model, theta, sequences):
    p = model.layout.views(theta)
    p["W_query"][...] *= 1e6
    loss, grad = loss_and_grad(model, theta, sequences, LABELS)
    assert np.isfinite(loss)
    assert np.isfinite(grad).all()


def test_the_block_is_that_of_pytorch(model, theta, sequences):
    torch = pytest.importorskip("torch")
    nn = torch.nn
    block = nn.TransformerEncoderLayer(
        WIDTH, HEADS, FEED_FORWARD, dropout=0.0, layer_norm_eps=EPSILON, batch_first=True,
        norm_first=True, dtype=torch.float64,
    )  # fmt: skip
    pooling = nn.LayerNorm(WIDTH, EPSILON, dtype=torch.float64)
    p = {name: torch.tensor(a, requires_grad=True) for name, a in model.layout.views(theta).items()}
    named = {
        "norm1.weight": p["gain_attention"],
        "norm1.bias": p["bias_attention"],
        "self_attn.in_proj_weight": torch.cat([p["W_query"], p["W_key"], p["W_value"]], dim=1).T,
        "self_attn.in_proj_bias": torch.zeros(3 * WIDTH, dtype=torch.float64),
        "self_attn.out_proj.weight": p["W_output"].T,
        "self_attn.out_proj.bias": p["b_output"],
        "norm2.weight": p["gain_feed_forward"],
        "norm2.bias": p["bias_feed_forward"],
        "linear1.weight": p["W_1"].T,
        "linear1.bias": p["b_1"],
        "linear2.weight": p["W_2"].T,
        "linear2.bias": p["b_2"],
    }
    scores = []
    for counts in sequences:  # one at a time, so that theirs needs no padding either
        positions = torch.tensor(positional_encoding(len(counts), WIDTH, POSITION_SCALE))
        x = torch.tensor(counts) @ p["embedding"] + positions
        y = torch.func.functional_call(block, named, x[None])
        gains = {"weight": p["gain_pooling"], "bias": p["bias_pooling"]}
        pooled = torch.func.functional_call(pooling, gains, y).mean(dim=1)
        scores.append(pooled @ p["w_y"] + p["b_y"])
    scores = torch.cat(scores)
    theirs = nn.functional.binary_cross_entropy_with_logits(scores, torch.tensor(LABELS))
    theirs.backward()

    loss, grad = loss_and_grad(model, theta, sequences, LABELS)
    assert loss == pytest.approx(theirs.item(), rel=1e-13)
    np.testing.assert_allclose(
        model.scores(theta, *concatenated(sequences)), scores.detach().numpy(), rtol=1e-12
    )
    for name, block_of_grad in model.layout.views(grad).items():
        np.testing.assert_allclose(
            block_of_grad, p[name].grad.numpy(), rtol=1e-10, atol=1e-13, err_msg=name
        )


def test_positions_are_sines_and_cosines_on_circles_of_the_given_size():
    encoding = positional_encoding(50, 8, POSITION_SCALE)
    radii = np.hypot(encoding[:, 0::2], encoding[:, 1::2])
    np.testing.assert_allclose(radii, POSITION_SCALE, rtol=1e-14)
    # a shift by so many steps is one rotation, whatever the step: only the distance matters
    inner = encoding @ encoding.T
    for shift in (1, 7):
        np.testing.assert_allclose(np.ptp(np.diagonal(inner, shift)), 0.0, atol=1e-15)
    assert encoding[1, 0] == pytest.approx(POSITION_SCALE * math.sin(1.0), rel=1e-15)
    assert len(np.unique(encoding, axis=0)) == 50


def test_longer_sequences_later_change_no_position_of_the_shorter(model, theta, sequences):
    before = model.scores(theta, *concatenated(sequences[:2]))
    model.scores(theta, *concatenated(sequences))
    np.testing.assert_array_equal(model.scores(theta, *concatenated(sequences[:2])), before)


def test_initial_weights_have_the_variances_of_he_and_glorot():
    model = Attention(400, 64, 4, 256, np.float64)
    p = model.layout.views(model.init(np.random.default_rng(3)))
    # the standard error of a variance is variance * sqrt(2 / n): n >= 4096 but for w_y
    assert p["embedding"].std() == pytest.approx(EMBEDDING_DEVIATION, rel=0.03)
    for name in ("W_query", "W_key", "W_value", "W_output"):
        assert p[name].var() == pytest.approx(1 / 64, rel=0.09)
    assert p["W_1"].var() == pytest.approx(2 / 64, rel=0.05)
    assert p["W_2"].var() == pytest.approx(2 / 320, rel=0.05)
    for name, block in p.items():
        if name.startswith("b"):
            assert not block.any(), name
        elif name.startswith("gain"):
            assert (block == 1.0).all(), name
        else:
            assert block.all(), name
