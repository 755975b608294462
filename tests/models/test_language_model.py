from __future__ import annotations

import math

import numpy as np
import pytest

from descent.models.activations import gelu, gelu_slope
from descent.models.language_model import INPUT_SCALE, OUTPUT_DEVIATION, LanguageModel
from descent.optimizers.rules.adamw import AdamW

ALPHABET, CONTEXT = 11, 8


def model_of(**settings) -> LanguageModel:
    settings = {"layers": 2, "width": 8, "heads": 2, "context": CONTEXT, **settings}
    return LanguageModel(ALPHABET, dtype=np.float64, **settings)


@pytest.fixture(params=[False, True], ids=["untied", "tied"])
def model(request) -> LanguageModel:
    return model_of(tied=request.param)


def test_no_character_is_seen_before_its_place(model) -> None:
    theta = np.random.default_rng(1).normal(size=model.layout.size)
    windows = np.random.default_rng(2).integers(0, ALPHABET, (3, CONTEXT))
    before = model.logits(theta, windows).reshape(3, CONTEXT, ALPHABET)
    for t in range(CONTEXT):
        other = windows.copy()
        other[:, t] = (other[:, t] + 1) % ALPHABET
        after = model.logits(theta, other).reshape(before.shape)
        changed = (after != before).any(axis=2)
        assert not changed[:, :t].any()
        assert changed[:, t:].all()


def test_what_is_not_trained_knows_the_alphabet_alone() -> None:
    for tied in (False, True):
        model = model_of(width=64, layers=3, tied=tied)
        theta = model.init(np.random.default_rng(1))
        windows = np.random.default_rng(2).integers(0, ALPHABET, (64, CONTEXT + 1))
        # logits of deviation s add s^2 / 2 to the loss, here 0.013, and as much by chance
        spread = OUTPUT_DEVIATION * math.sqrt(64)
        loss = model.losses(theta, windows).mean()
        assert loss == pytest.approx(math.log(ALPHABET), abs=2 * spread**2)


def test_one_line_again_and_again_is_learned_by_heart_and_written(model) -> None:
    line = np.array([1, 5, 5, 2, 9, 0, 3])
    text = np.tile(line, 20)
    windows = np.array([text[start : start + CONTEXT + 1] for start in range(len(line))])
    theta = model.init(np.random.default_rng(1))
    rule, grad = AdamW(0.02), np.empty_like(theta)
    state = rule.init(theta)
    for _ in range(300):
        model.loss_and_grad(theta, windows, grad)
        rule.step(theta, grad, state)
    # what follows the first of two equal characters at the start of a window cannot be known
    known = np.ones(windows[:, 1:].shape, bool)
    known[windows[:, 0] == 5, 0] = False
    losses = model.losses(theta, windows).reshape(known.shape)
    assert losses[known].max() < 0.01
    written = model.sample(theta, 3, 40, np.random.default_rng(3))
    np.testing.assert_array_equal(written, np.tile(line, 6)[:40])


def test_a_sample_follows_the_shares_of_the_model(model) -> None:
    theta = np.zeros(model.layout.size)
    model.layout.views(theta)["b_y"][...] = np.log(np.arange(1, ALPHABET + 1))
    written = model.sample(theta, 0, 2000, np.random.default_rng(3))
    shares = np.bincount(written, minlength=ALPHABET) / 2000
    expected = np.arange(1, ALPHABET + 1) / (ALPHABET * (ALPHABET + 1) / 2)
    np.testing.assert_allclose(shares, expected, atol=4 * math.sqrt(0.25 / 2000))


def test_initial_weights_have_the_sizes_that_the_docstring_says() -> None:
    model = model_of(width=64, layers=2)
    p = model.layout.views(model.init(np.random.default_rng(1)))
    assert np.abs(p["positions"]).max() == pytest.approx(INPUT_SCALE)
    assert p["embedding"].std() == pytest.approx(INPUT_SCALE, rel=0.1)
    assert p["layer2_W_query"].var() == pytest.approx(1 / 64, rel=0.1)
    assert p["layer2_W_output"].var() == pytest.approx(0.1 / 64 / 2, rel=0.1)
    for name, kind in model.layout.kinds.items():
        if kind in {"gain", "bias"}:
            assert (p[name] == (kind == "gain")).all(), name


def test_what_attends_is_a_matrix_and_what_reads_and_writes_characters_is_not() -> None:
    kinds = model_of().layout.kinds
    matrices = {name.partition("_W_")[2] for name, kind in kinds.items() if kind == "matrix"}
    assert matrices == {"query", "key", "value", "output", "1", "2"}
    assert (kinds["embedding"], kinds["positions"], kinds["w_y"]) == (
        "embedding", "embedding", "output",
    )  # fmt: skip


def test_gelu_bends_between_zero_and_the_identity() -> None:
    x = np.linspace(-8, 8, 101)
    np.testing.assert_allclose(gelu(x.copy())[[0, -1]], [0.0, 8.0], atol=1e-9)
    difference = (gelu(x + 1e-6) - gelu(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(gelu_slope(x), difference, atol=1e-8)
