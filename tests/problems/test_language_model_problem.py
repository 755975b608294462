"""Windows of a text, evaluated on a fixed sample."""

from __future__ import annotations

import numpy as np
import pytest
from small_datasets import characters

import descent.problems.language_model as module
from descent.problems.language_model import LanguageModelProblem
from descent.problems.loading import make_problem

SMALL = {"width": 4, "heads": 2, "context": 6}


def test_mini_batches_are_windows_of_the_training_text_alone() -> None:
    data = characters()
    problem = LanguageModelProblem("p", data, mini_batch=50, steps=40, **SMALL)
    batches = list(problem.batches(np.random.default_rng(1)))
    assert len(batches) == problem.steps_per_epoch == 40
    starts = np.concatenate(batches)
    last = len(data["train_characters"]) - 7
    assert starts.min() >= 0
    assert starts.max() <= last
    windows = problem._windows("train", np.array([0, last]))
    np.testing.assert_array_equal(windows[0], data["train_characters"][:7])
    np.testing.assert_array_equal(windows[1], data["train_characters"][-7:])


def test_the_length_of_an_epoch_is_in_steps_or_in_characters() -> None:
    def steps(**settings):
        return LanguageModelProblem("p", characters(), **SMALL, **settings).steps_per_epoch

    assert steps(mini_batch=16) == 1000
    assert steps(mini_batch=16, steps=7) == 7
    assert steps(mini_batch=10, tokens=600) == 10
    assert steps(mini_batch=20, tokens=600) == 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 6, "heads": 4}, "heads must divide the width, 6. Received: 4"),
        ({"activation": "tanh"}, "activation must be one of relu, gelu. Received: 'tanh'"),
        ({"steps": 5, "tokens": 5000}, "steps must be left out where tokens is given. Received: 5"),
        ({"tokens": 95}, "tokens must be at least those of a step, 96. Received: 95"),
        ({"layers": 0}, "layers must be an integer >= 1. Received: 0"),
        ({"context": 10**6}, "context must be less than the characters of the shortest part, "),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_problem("p", {"use": "language_model", **SMALL, **settings}, characters())


def test_a_split_is_evaluated_on_windows_that_are_spread_over_it(monkeypatch) -> None:
    data = characters()
    problem = LanguageModelProblem("p", data, **SMALL)
    theta = np.random.default_rng(1).normal(size=problem.size).astype(np.float32)
    text = data["test_characters"]
    assert problem.sampled_splits == ("train",)  # the others are short
    starts = np.linspace(0, len(text) - 7, (len(text) - 6) // 6).astype(int)
    assert np.diff(starts).min() >= 6  # no character counts twice
    windows = np.array([text[start : start + 7] for start in starts])
    expected = problem.model.losses(theta, windows).mean(dtype=float)
    assert problem.evaluate(theta, "test") == {"loss": pytest.approx(expected, rel=1e-6)}

    monkeypatch.setattr(module, "EVALUATED_ON_THE_WAY", 60)
    sampled = LanguageModelProblem("p", data, **SMALL)
    assert sampled.sampled_splits == ("train", "validation", "test")
    windows = windows[np.linspace(0, len(windows) - 1, 10).astype(int)]
    few = sampled.evaluate_sample(theta, "test")["loss"]
    assert few != pytest.approx(expected, rel=1e-4)
    assert few == pytest.approx(expected, rel=0.2)


def test_a_sample_of_text_is_the_same_every_time() -> None:
    problem = LanguageModelProblem("p", characters(), **SMALL)
    theta = problem.init(np.random.default_rng(1))
    text = problem.sample(theta, 20)
    assert len(text) == 20
    assert problem.sample(theta, 20) == text
