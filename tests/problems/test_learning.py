"""What every learning problem must keep, whatever its model."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest
from small_datasets import dense, reviews

from descent.data.dataset import load_dataset, save_dataset
from descent.data.readers.digits import prepare_digits
from descent.optimizers.rules.adam import Adam
from descent.problems.attention import AttentionProblem
from descent.problems.logistic_regression import LogisticRegressionProblem
from descent.problems.mlp import MLPProblem
from descent.problems.rnn import RNNProblem
from descent.problems.softmax_regression import SoftmaxRegressionProblem
from descent.training.loop import train

CASES = {
    "softmax": (SoftmaxRegressionProblem, dense, {"mini_batch": 10}),
    "mlp": (MLPProblem, dense, {"hidden": [5, 4], "mini_batch": 10}),
    "rnn": (RNNProblem, reviews, {"hidden": 5, "mini_batch": 4}),
    "attention": (
        AttentionProblem,
        reviews,
        {"width": 6, "heads": 2, "feed_forward": 5, "mini_batch": 4},
    ),
    "logistic": (LogisticRegressionProblem, reviews, {"l2": 0.1, "mini_batch": 4}),
    "rnn, three classes": (RNNProblem, partial(reviews, 3), {"hidden": 5, "mini_batch": 4}),
    "attention, three classes": (
        AttentionProblem,
        partial(reviews, 3),
        {"width": 6, "heads": 2, "feed_forward": 5, "mini_batch": 4},
    ),
    "logistic, three classes": (
        LogisticRegressionProblem,
        partial(reviews, 3),
        {"l2": 0.1, "mini_batch": 4},
    ),
}


def make(case, **changes):
    cls, data, settings = CASES[case]
    return cls("p", data(), **{**settings, **changes})


def random_theta(problem, seed=3):
    rng = np.random.default_rng(seed)
    return (0.5 * rng.normal(size=problem.size)).astype(problem.dtype)


@pytest.fixture(params=CASES)
def case(request):
    return request.param


def test_an_epoch_sees_every_example_once_in_slices_of_a_new_order(case):
    problem = make(case)
    epochs = [
        [b.copy() for b in problem.batches(np.random.default_rng(seed))] for seed in (1, 1, 2)
    ]
    for batches in epochs:
        assert len(batches) == problem.steps_per_epoch
        assert [len(b) for b in batches[:-1]] == [problem.mini_batch] * (len(batches) - 1)
        assert len(batches[-1]) == problem.examples % problem.mini_batch
        np.testing.assert_array_equal(np.sort(np.concatenate(batches)), np.arange(problem.examples))
    same, again, other = (np.concatenate(batches) for batches in epochs)
    np.testing.assert_array_equal(same, again)
    assert (same != other).any()


def test_the_order_of_a_batch_does_not_matter(case):
    problem = make(case, dtype="float64")
    theta = random_theta(problem)
    grads = [np.empty_like(theta) for _ in range(2)]
    batch = np.array([2, 9, 4, 6])
    losses = [
        problem.loss_and_grad(theta, b, g) for b, g in zip((batch, batch[::-1]), grads, strict=True)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-14)
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-12, atol=1e-16)


def test_evaluation_is_the_mean_over_examples_not_over_batches(case):
    problem = make(case, dtype="float64")
    theta, grad = random_theta(problem), np.empty(problem.size)
    batches = [b.copy() for b in problem.batches(np.random.default_rng(0))]
    losses = [problem.loss_and_grad(theta, b, grad) for b in batches]
    evaluated = problem.evaluate(theta, "train")["loss"]
    assert evaluated == pytest.approx(
        np.average(losses, weights=[len(b) for b in batches]), rel=1e-13
    )
    assert abs(evaluated - np.mean(losses)) > 1e-6


@pytest.mark.parametrize("case_of_sentences", ["rnn", "attention"])
def test_an_evaluation_in_parts_is_the_evaluation(case_of_sentences, monkeypatch):
    problem = make(case_of_sentences, dtype="float64")
    theta, found = random_theta(problem), []
    for size in (None, 4):
        monkeypatch.setattr(type(problem), "evaluation_batch", size)
        found.append(problem.evaluate(theta, "train"))
    assert found[1] == pytest.approx(found[0], rel=1e-13)


def test_float32_is_close_to_float64(case):
    single, double = make(case), make(case, dtype="float64")
    theta = random_theta(single)
    grads = np.empty(single.size, np.float32), np.empty(single.size, np.float64)
    batch = np.array([2, 9, 4, 6])
    losses = (
        single.loss_and_grad(theta, batch, grads[0]),
        double.loss_and_grad(theta.astype(np.float64), batch, grads[1]),
    )
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-4, atol=1e-6)
    for split in single.splits:
        near, exact = single.evaluate(theta, split), double.evaluate(theta.astype(float), split)
        assert near["loss"] == pytest.approx(exact["loss"], rel=1e-6)
        assert near["accuracy"] == exact["accuracy"]


def test_the_three_splits_are_three_sets_of_examples(case):
    problem = make(case)
    theta = random_theta(problem)
    assert len({problem.evaluate(theta, split)["loss"] for split in problem.splits}) == 3


def test_a_split_that_does_not_exist_is_named(case):
    problem = make(case)
    with pytest.raises(ValueError, match=r"train, validation, test\. Received: 'tset'"):
        problem.evaluate(random_theta(problem), "tset")


@pytest.mark.parametrize("case", ["softmax", "logistic", "logistic, three classes"])
def test_a_convex_problem_starts_from_zeros(case):
    assert not make(case).init(np.random.default_rng(1)).any()


def test_the_name_is_no_part_of_the_fingerprint(case):
    cls, data, settings = CASES[case]
    assert cls("another", data(), **settings).fingerprint == make(case).fingerprint


def test_softmax_regression_and_an_mlp_are_different_problems():
    softmax = make("softmax")
    mlp = MLPProblem("p", dense(), hidden=[], mini_batch=10)
    assert softmax.fingerprint != mlp.fingerprint


def test_the_optimum_is_no_part_of_the_fingerprint():
    assert make("logistic", optimum=0.5).fingerprint == make("logistic").fingerprint
    assert make("logistic", optimum=0.5).optimum == 0.5


@pytest.mark.parametrize(
    ("case", "setting", "message"),
    [
        ("mlp", {"mini_batch": 0}, "mini_batch must be an integer >= 1. Received: 0"),
        ("mlp", {"mini_batch": 2.5}, "mini_batch must be an integer >= 1. Received: 2.5"),
        ("mlp", {"mini_batch": True}, "mini_batch must be an integer >= 1. Received: True"),
        ("mlp", {"hidden": [5, 0]}, "hidden must be an integer >= 1. Received: 0"),
        ("mlp", {"dtype": "float16"}, "dtype must be one of float32, float64. Received: 'float16'"),
        ("rnn", {"hidden": -1}, "hidden must be an integer >= 1. Received: -1"),
        ("rnn", {"clip_norm": 0.0}, r"clip_norm must be in \(0, inf\) or null. Received: 0.0"),
        ("attention", {"width": 0}, "width must be an integer >= 1. Received: 0"),
        ("attention", {"heads": 4}, "heads must divide the width, 6. Received: 4"),
        ("attention", {"heads": 0}, "heads must be an integer >= 1. Received: 0"),
        ("attention", {"feed_forward": 2.5}, "feed_forward must be an integer >= 1. Received: 2.5"),
        ("attention", {"clip_norm": -1}, r"clip_norm must be in \(0, inf\) or null. Received: -1"),
        ("logistic", {"l2": 0.0}, r"l2 must be in \(0, inf\). Received: 0.0"),
        ("logistic", {"l2": float("nan")}, r"l2 must be in \(0, inf\). Received: nan"),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_range(case, setting, message):
    with pytest.raises(ValueError, match=message):
        make(case, **setting)


@pytest.mark.parametrize("cls", [RNNProblem, AttentionProblem, LogisticRegressionProblem])
def test_reviews_of_three_classes_are_learnt_by_heart(cls):
    problem = cls("p", reviews(3), mini_batch=11, dtype="float64")
    # the sentences of a review decide its class: there are more words than reviews to tell apart
    record, _, theta = train(problem, Adam(0.03), seed=0, epochs=150, evaluations_per_epoch=0.1)
    counts = np.bincount(reviews(3)["labels"][:11], minlength=3)
    assert counts.min() > 0
    assert record.curve["train_accuracy"][0] <= counts.max() / 11
    assert problem.evaluate(theta, "train")["accuracy"] == 1.0


@pytest.mark.parametrize("cls", [RNNProblem, AttentionProblem, LogisticRegressionProblem])
def test_reviews_of_one_class_are_refused(cls):
    one = reviews()
    one = dataclasses.replace(one, about={**one.about, "classes": 1})
    with pytest.raises(ValueError, match=r"classes must be at least 2\. Received: 1"):
        cls("p", one)


def test_jobs_share_the_memory_of_the_data(tmp_path):
    save_dataset(dense(), tmp_path / "dense")
    save_dataset(reviews(), tmp_path / "reviews")
    data = load_dataset(tmp_path / "dense")
    problem = MLPProblem("p", data)
    for split in problem.splits:
        rows = problem._inputs[split].rows(slice(None))
        assert np.shares_memory(rows, data[f"{split}_inputs"])
    data = load_dataset(tmp_path / "reviews")
    counts = RNNProblem("p", data)._counts
    assert np.shares_memory(counts.data, data["sentence_data"])
    assert np.shares_memory(counts.indices, data["sentence_indices"])


def test_the_clipped_gradient_keeps_its_direction_and_has_the_norm():
    free, batch = make("rnn", clip_norm=None, dtype="float64"), np.array([2, 9, 4])
    theta, gradient = random_theta(free), np.empty(free.size)
    loss = free.loss_and_grad(theta, batch, gradient)
    norm = np.linalg.norm(gradient)
    for limit, expected in ((norm / 3, gradient / 3), (norm * 1.01, gradient)):
        clipped = np.empty_like(gradient)
        problem = make("rnn", clip_norm=float(limit), dtype="float64")
        assert problem.loss_and_grad(theta, batch, clipped) == loss
        np.testing.assert_allclose(clipped, expected, rtol=1e-12)


def test_predictions_are_those_that_accuracy_counts():
    data = dense()
    problem = MLPProblem("p", data, hidden=[5])
    theta = random_theta(problem)
    right = problem.predict(theta, "test") == data["test_labels"]
    np.testing.assert_array_equal(problem.correct(theta, "test"), right)
    assert problem.evaluate(theta, "test")["accuracy"] == right.mean()
    assert 0 < right.mean() < 1


def test_word_influence_of_the_linear_model_is_its_weight():
    problem = make("logistic")
    theta = random_theta(problem)
    influence = problem.word_influence(theta)
    np.testing.assert_array_equal(influence, theta[:-1])
    assert not np.shares_memory(influence, theta)


@pytest.mark.parametrize("split", ["train", "test"])
def test_an_evaluation_leaves_out_the_columns_that_its_images_leave_blank(split):
    data = prepare_digits()
    problem = MLPProblem("p", data, hidden=[5], dtype="float64")
    theta = random_theta(problem)
    whole = problem.evaluate(theta, split)
    extent = data[f"{split}_extents"].max()
    assert extent < data[f"{split}_inputs"].shape[1]
    problem.model.layout.views(theta)["W1"][extent:] = np.nan
    assert problem.evaluate(theta, split) == whole


@pytest.mark.parametrize("name", ["softmax", "mlp", "rnn", "attention"])
def test_the_curve_of_a_large_training_split_is_of_a_fixed_sample_of_it(name, monkeypatch):
    cls = CASES[name][0]
    monkeypatch.setattr(cls, "training_sample", 5)
    problem = make(name)
    assert problem.sampled_splits == ("train",)
    theta = random_theta(problem)
    found = problem.evaluate_sample(theta, "train")
    chosen = problem.sampled_examples
    assert len(set(chosen)) == 5 < problem.examples
    grad = np.empty_like(theta)
    assert found["loss"] == pytest.approx(problem.loss_and_grad(theta, chosen, grad), rel=1e-6)
    assert found == make(name).evaluate_sample(theta, "train")
    for split in ("validation", "test"):
        assert problem.evaluate_sample(theta, split) == problem.evaluate(theta, split)
    monkeypatch.setattr(cls, "training_sample", problem.examples)
    assert make(name).sampled_splits == ()
