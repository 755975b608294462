"""The training loop: pairing, evaluation, divergence, determinism."""

import base64
import hashlib
import math
import time
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pytest

from descent.optimizers import (
    LBFGS,
    OPTIMIZERS,
    SAM,
    SGD,
    Adam,
    Lookahead,
    ScheduleFreeSGD,
)
from descent.optimizers.base import Optimizer
from descent.problems.base import Problem
from descent.study.measures import final
from descent.training.loop import TimeLimitReached, evaluation_steps, train
from descent.training.records import Status


class NoisyBowl(Problem):
    """Half the squared distance to randomly ordered points, and a log of what was asked."""

    splits = ("train", "test")
    metrics = ("loss",)

    def __init__(self, points=10, mini_batch=4, dtype="float64", fails_at=None):
        self.name, self.size, self.dtype = "noisy_bowl", 3, np.dtype(dtype)
        self.fingerprint = "bowl"
        self.points = np.random.default_rng(0).normal(size=(points, 3)).astype(dtype)
        self.mini_batch = mini_batch
        self.steps_per_epoch = math.ceil(points / mini_batch)
        self.fails_at = fails_at
        self.seen = []
        self.evaluated_at = []

    def init(self, rng):
        return rng.normal(size=3).astype(self.dtype)

    def batches(self, rng):
        order = rng.permutation(len(self.points))
        for start in range(0, len(order), self.mini_batch):
            yield order[start : start + self.mini_batch]

    def loss_and_grad(self, theta, batch, grad):
        self.seen.append(batch.tolist())
        if len(self.seen) == self.fails_at:
            return math.nan
        np.mean(theta - self.points[batch], axis=0, out=grad)
        return float(0.5 * np.mean(np.sum((theta - self.points[batch]) ** 2, axis=1)))

    def evaluate(self, theta, split):
        if split == "train":
            self.evaluated_at.append(len(self.seen))
        return {"loss": float(0.5 * np.mean(np.sum((theta - self.points) ** 2, axis=1)))}


def test_runs_of_different_optimizers_are_paired():
    logs = []
    for rule in (SGD(0.1), Adam(0.01)):
        problem = NoisyBowl()
        record, _, _ = train(problem, rule, seed=3, epochs=4)
        logs.append((problem.seen, record.initial_parameters, record.batch_order))
    assert logs[0] == logs[1]


@pytest.mark.parametrize("rule", [SAM(0.1), Lookahead(0.1, base=SAM())])
def test_a_step_that_takes_a_second_gradient_counts_two(rule):
    problem = NoisyBowl()
    record, _, _ = train(problem, rule, seed=0, epochs=2)
    assert (record.steps, record.gradient_evaluations) == (6, 12)
    assert record.curve["gradient_evaluations"] == [0, 6, 12]
    assert problem.seen[::2] == problem.seen[1::2]  # of the same mini-batch


def test_every_gradient_of_a_line_search_counts():
    problem = NoisyBowl(mini_batch=10)
    record, _, theta = train(problem, LBFGS(), seed=0, epochs=5)
    assert record.gradient_evaluations == len(problem.seen)
    assert record.gradient_evaluations > record.steps == 5
    np.testing.assert_allclose(theta, problem.points.mean(axis=0), rtol=1e-12)
    without, _, _ = train(NoisyBowl(), LBFGS(0.1, line_search=False), seed=0, epochs=5)
    assert without.gradient_evaluations == without.steps == 15


def test_an_average_is_what_is_evaluated_and_returned():
    problem = NoisyBowl()
    record, _, theta = train(problem, ScheduleFreeSGD(0.5), seed=0, epochs=3)
    assert record.curve["test_loss"][-1] == problem.evaluate(theta, "test")["loss"]
    slow, _, at = train(NoisyBowl(), Lookahead(0.5, interval=100), seed=0, epochs=3)
    assert slow.curve["test_loss"] == [slow.curve["test_loss"][0]] * 4
    assert hashlib.sha256(at.tobytes()).hexdigest() == slow.initial_parameters


def test_every_epoch_sees_every_example_once_in_a_new_order():
    problem = NoisyBowl()
    record, _, _ = train(problem, SGD(0.1), seed=0, epochs=5)
    epochs = [[*chain(*problem.seen[i : i + 3])] for i in range(0, 15, 3)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 5
    assert len(set(record.batch_order)) == 5
    order = np.array(epochs[1], dtype="<i8").tobytes()
    assert record.batch_order[1] == hashlib.sha256(order).hexdigest()


def test_seeds_change_the_start_and_the_order():
    first, _, _ = train(NoisyBowl(), SGD(0.1), seed=0, epochs=1)
    second, _, _ = train(NoisyBowl(), SGD(0.1), seed=1, epochs=1)
    assert first.initial_parameters != second.initial_parameters
    assert first.batch_order != second.batch_order


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_second_training_gives_the_same_record_and_parameters(name, dtype):
    a, _, theta_a = train(NoisyBowl(dtype=dtype), OPTIMIZERS[name](), seed=0, epochs=3)
    b, _, theta_b = train(NoisyBowl(dtype=dtype), OPTIMIZERS[name](), seed=0, epochs=3)
    assert a == b
    assert theta_a.tobytes() == theta_b.tobytes()
    assert theta_a.dtype == dtype


def test_evaluations_stand_before_the_first_step_and_after_each_epoch():
    problem = NoisyBowl()
    record, _, _ = train(problem, SGD(0.1), seed=0, epochs=2)
    assert problem.evaluated_at == [0, 3, 6] == record.curve["step"]
    assert record.curve["epoch"] == [0, 1, 2]
    counts = {"step", "epoch", "gradient_evaluations"}
    assert set(record.curve) == counts | {"mini_batch_loss", "train_loss", "test_loss"}
    assert record.curve["gradient_evaluations"] == record.curve["step"]
    assert record.curve["mini_batch_loss"][0] is None
    assert record.status is Status.FINISHED
    assert record.steps == 6


@pytest.mark.parametrize(
    ("last", "interval", "steps"),
    [
        (6, 3, [3, 6]),
        (7, 3, [3, 6, 7]),
        (2, 3, [2]),
        (4, 0.5, [1, 2, 3, 4]),
        (10, 3.5, [4, 7, 10]),
        (1, 1, [1]),
    ],
)
def test_evaluation_steps(last, interval, steps):
    assert evaluation_steps(last, interval) == steps


def test_the_mean_of_mini_batch_losses_is_of_those_since_the_last_evaluation():
    problem = NoisyBowl()
    record, _, _ = train(problem, SGD(0.1), seed=0, epochs=2, record_step_losses=True)
    assert len(record.step_losses) == 6
    assert record.curve["mini_batch_loss"][2] == pytest.approx(
        sum(record.step_losses[3:]) / 3, rel=1e-15
    )


def test_a_loss_that_is_not_finite_ends_the_run_as_diverged():
    record, _, _ = train(NoisyBowl(fails_at=5), SGD(0.1), seed=0, epochs=3)
    assert record.status is Status.DIVERGED
    assert record.steps == 4
    assert record.curve["step"] == [0, 3]


def test_a_learning_rate_that_is_far_too_large_diverges_without_a_warning():
    record, _, _ = train(NoisyBowl(dtype="float32"), SGD(1e30), seed=0, epochs=9)
    assert record.status is Status.DIVERGED
    assert all(math.isfinite(x) for x in record.curve["train_loss"])


def test_a_final_step_into_infinity_is_divergence_too():
    @dataclass
    class Leap(Optimizer):
        def direction(self, g, state):
            return np.full_like(g, np.inf) if state.step == 3 else g

    record, _, _ = train(NoisyBowl(), Leap(0.1), seed=0, epochs=1)
    assert record.status is Status.DIVERGED
    assert record.steps == 3
    assert record.curve["step"] == [0]


def test_a_rule_with_a_step_of_its_own_finds_the_gradient_as_it_was_after_it():
    @dataclass
    class Watching(SGD):
        def step(self, theta, gradient, state):
            before = gradient.copy()
            super().step(theta, gradient, state)
            np.testing.assert_array_equal(gradient, before)

    watched, _, theta = train(NoisyBowl(), Watching(0.1), seed=0, epochs=3)
    plain, _, other = train(NoisyBowl(), SGD(0.1), seed=0, epochs=3)
    assert watched.steps == plain.steps == 9
    np.testing.assert_array_equal(theta, other)


def test_a_timer_ends_the_run_with_a_status():
    @dataclass
    class Slow(Optimizer):
        def direction(self, g, state):
            if state.step == 5:
                raise TimeLimitReached
            return g

    record, _, _ = train(NoisyBowl(), Slow(0.1), seed=0, epochs=9)
    assert record.status is Status.TIMEOUT
    assert record.curve["step"] == [0, 3]


def test_the_time_in_the_optimizer_is_part_of_the_training_time():
    _, costs, _ = train(NoisyBowl(), Adam(), seed=0, epochs=20)
    assert 0 < costs.optimizer_seconds < costs.training_seconds


@pytest.mark.parametrize("epochs", [0, -1, math.inf, math.nan])
def test_a_budget_must_be_positive_and_finite(epochs):
    with pytest.raises(ValueError, match=r"epochs must be in \(0, inf\). Received"):
        train(NoisyBowl(), SGD(), seed=0, epochs=epochs)


@pytest.mark.parametrize(
    ("splits", "seen"),
    [
        (("train", "validation", "test"), "validation_loss"),
        (("train", "test"), "train_loss"),
        (("train",), "train_loss"),
    ],
)
def test_a_tuning_run_is_evaluated_on_the_split_that_tuning_looks_at_alone(splits, seen):
    problem = Sampled()
    problem.splits = splits
    record, _, _ = train(problem, SGD(0.1), seed=0, epochs=2, for_tuning=True)
    assert {name for name in record.curve if name.endswith("_loss")} == {seen, "mini_batch_loss"}
    assert set(record.final_whole) == {seen} - {"validation_loss"}


class Sampled(NoisyBowl):
    sampled_splits = ("train",)

    def evaluate_sample(self, theta, split):
        whole = self.evaluate(theta, split)
        return {"loss": whole["loss"] + 1.0} if split in self.sampled_splits else whole


def test_where_the_curve_is_of_a_sample_the_end_is_evaluated_over_the_whole():
    record, _, theta = train(Sampled(), SGD(0.1), seed=0, epochs=2)
    whole = Sampled().evaluate(theta, "train")["loss"]
    assert record.final_whole == {"train_loss": whole}
    assert record.curve["train_loss"][-1] == whole + 1.0
    assert final(record, "train_loss") == whole
    assert final(record, "test_loss") == record.curve["test_loss"][-1]


class Right(NoisyBowl):
    def correct(self, theta, split):
        return np.array([split == "test", theta[0] > 1e100] * 5)


@pytest.mark.parametrize(
    ("rate", "for_tuning", "kept"), [(0.1, False, True), (0.1, True, False), (1e200, False, False)]
)
def test_an_evaluation_run_that_finished_says_which_test_examples_are_right(rate, for_tuning, kept):
    record, _, _ = train(Right(), SGD(rate), seed=0, epochs=20, for_tuning=for_tuning)
    assert (record.test_correct is not None) == kept
    if kept:
        bits = np.frombuffer(base64.b64decode(record.test_correct), np.uint8)
        np.testing.assert_array_equal(np.unpackbits(bits, count=10), [1, 0] * 5)


def test_a_run_that_diverges_has_no_final_metrics_over_the_whole():
    record, _, _ = train(Sampled(), SGD(1e200), seed=0, epochs=20)
    assert record.status is Status.DIVERGED
    assert record.final_whole == {}


def test_the_clock_counts_the_thread_not_the_machine(monkeypatch):
    slow = NoisyBowl()
    gradient = slow.loss_and_grad

    def asleep(theta, batch, grad):
        time.sleep(0.02)
        return gradient(theta, batch, grad)

    monkeypatch.setattr(slow, "loss_and_grad", asleep)
    record, costs, _ = train(slow, SGD(0.1), seed=0, epochs=2)
    assert record.steps == 6
    assert 0.0 < costs.training_seconds < 0.02
