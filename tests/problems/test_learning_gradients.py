"""Every gradient against central differences of the loss, extrapolated once (Richardson)."""

from __future__ import annotations

import numpy as np
import pytest
from small_datasets import dense, reviews

from descent.problems.attention import AttentionProblem
from descent.problems.logistic_regression import LogisticRegressionProblem
from descent.problems.mlp import MLPProblem
from descent.problems.rnn import RNNProblem
from descent.problems.softmax_regression import SoftmaxRegressionProblem

DOUBLE = {"dtype": "float64"}
PROBLEMS = {
    "softmax": lambda: SoftmaxRegressionProblem("p", dense(), mini_batch=10, **DOUBLE),
    "mlp": lambda: MLPProblem("p", dense(), hidden=[5], mini_batch=10, **DOUBLE),
    "deep mlp": lambda: MLPProblem("p", dense(), hidden=[5, 4, 6], mini_batch=10, **DOUBLE),
    "wide mlp": lambda: MLPProblem("p", dense(), hidden=[256, 128, 64], mini_batch=10, **DOUBLE),
    "rnn": lambda: RNNProblem("p", reviews(), hidden=5, mini_batch=4, clip_norm=None, **DOUBLE),
    "attention": lambda: AttentionProblem(
        "p", reviews(), width=6, heads=3, feed_forward=5, mini_batch=4, clip_norm=None, **DOUBLE
    ),
    "logistic": lambda: LogisticRegressionProblem("p", reviews(), l2=0.1, mini_batch=4, **DOUBLE),
    "rnn, four classes": lambda: RNNProblem(
        "p", reviews(4), hidden=5, mini_batch=4, clip_norm=None, **DOUBLE
    ),
    "attention, four classes": lambda: AttentionProblem(
        "p", reviews(4), width=6, heads=3, feed_forward=5, mini_batch=4, clip_norm=None, **DOUBLE
    ),
    "logistic, four classes": lambda: LogisticRegressionProblem(
        "p", reviews(4), l2=0.1, mini_batch=4, **DOUBLE
    ),
}


def directional_difference(loss, theta, direction, step=1e-5):
    def central(h):
        return (loss(theta + h * direction) - loss(theta - h * direction)) / (2 * h)

    return (4 * central(step / 2) - central(step)) / 3


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("which", ["first", "last"])
def test_gradient_agrees_with_differences_in_every_block(name, which):
    problem = PROBLEMS[name]()
    batches = [b.copy() for b in problem.batches(np.random.default_rng(7))]
    batch = batches[0 if which == "first" else -1]
    assert (len(batch) < problem.mini_batch) == (which == "last")
    rng = np.random.default_rng(8)
    theta = 0.5 * rng.normal(size=problem.size)
    grad = np.full(problem.size, np.nan)
    problem.loss_and_grad(theta, batch, grad)
    scratch = np.empty(problem.size)
    for block in [slice(None), *problem.model.layout.slices.values()]:
        for _ in range(4):
            direction = np.zeros(problem.size)
            direction[block] = rng.normal(size=direction[block].shape)
            difference = directional_difference(
                lambda t: problem.loss_and_grad(t, batch, scratch), theta, direction
            )
            assert grad @ direction == pytest.approx(difference, rel=1e-7, abs=1e-10)


@pytest.mark.parametrize(
    "name", ["rnn", "attention", "rnn, four classes", "attention, four classes"]
)
@pytest.mark.parametrize("batch", [[1], [8], [1, 4, 8], [2]])
def test_gradient_of_reviews_of_one_sentence_and_of_none_with_words(name, batch):
    problem = PROBLEMS[name]()
    rng = np.random.default_rng(9)
    theta, grad = rng.normal(size=problem.size), np.full(problem.size, np.nan)
    problem.loss_and_grad(theta, np.array(batch), grad)
    scratch = np.empty(problem.size)
    for _ in range(4):
        direction = rng.normal(size=problem.size)
        difference = directional_difference(
            lambda t: problem.loss_and_grad(t, np.array(batch), scratch), theta, direction
        )
        assert grad @ direction == pytest.approx(difference, rel=1e-7, abs=1e-10)
