import numpy as np
import pytest
from deepobs import PUBLISHED, final_test_losses

from descent.foundation.seeding import generator
from descent.problems.loading import load_problem
from descent.problems.quadratic_deep import QuadraticDeep, hessian
from descent.training.loop import train


@pytest.fixture(scope="module")
def problem() -> QuadraticDeep:
    return QuadraticDeep("quadratic_deep")


def test_the_published_initial_test_loss_to_eight_digits(problem):
    loss = problem.evaluate(problem.init(generator("q", 0, "initial_parameters")), "test")["loss"]
    assert loss == pytest.approx(353.4467642648, abs=5e-6)


def test_the_spectrum_is_the_one_described():
    q = hessian()
    np.testing.assert_allclose(q, q.T, atol=1e-12)
    eigenvalues = np.linalg.eigvalsh(q)
    assert np.all((eigenvalues[:90] >= 0.0) & (eigenvalues[:90] < 1.0))
    assert np.all((eigenvalues[90:] >= 30.0) & (eigenvalues[90:] < 60.0))
    # it is rotated away from the axes: no off-diagonal block is empty
    assert np.abs(q - np.diag(np.diag(q))).max() > 1.0


def test_loss_is_the_mean_of_the_quadratic_form_over_the_batch(problem):
    theta = np.random.default_rng(1).standard_normal(100).astype(np.float32)
    batch = np.array([3, 500, 999])
    by_hand = [
        (theta - x).astype(float) @ hessian() @ (theta - x).astype(float) / 2
        for x in problem.points["train"][batch]
    ]
    loss = problem.loss_and_grad(theta, batch, np.empty_like(theta))
    assert loss == pytest.approx(np.mean(by_hand), rel=1e-6)


def test_an_epoch_is_seven_batches_of_128_without_repeats(problem):
    problem.init(generator("q", 0, "initial_parameters"))
    seen = np.concatenate(list(problem.batches(generator("q", 0, "batch_order"))))
    assert len(seen) == len(set(seen.tolist())) == 7 * 128 == 128 * problem.steps_per_epoch


@pytest.mark.parametrize(("batch_order", "repeats"), [("fixed", True), ("reshuffled", False)])
def test_only_the_fixed_order_is_replayed(batch_order, repeats):
    problem = load_problem("q", {"use": "quadratic_deep", "batch_order": batch_order}, None)
    record, *_ = train(problem, PUBLISHED["sgd"].rule(), seed=0, epochs=3)
    other, *_ = train(problem, PUBLISHED["sgd"].rule(), seed=1, epochs=1)
    assert (len(set(record.batch_order)) == 1) is repeats
    assert other.batch_order[0] != record.batch_order[0]


def test_the_fixed_order_is_not_known_before_init():
    problem = QuadraticDeep("q", batch_order="fixed")
    with pytest.raises(RuntimeError, match="call init first"):
        next(problem.batches(generator("q", 0, "batch_order")))


def test_the_two_batch_orders_are_two_problems(problem):
    assert QuadraticDeep("q", batch_order="fixed").fingerprint != problem.fingerprint


@pytest.mark.parametrize("optimizer", PUBLISHED)
def test_the_published_final_test_losses_within_half_a_percent(optimizer):
    losses = final_test_losses(optimizer, "fixed")
    assert len(losses) == 10
    assert np.mean(losses) == pytest.approx(PUBLISHED[optimizer].mean, rel=5e-3)


class SamePointsInFreshOrder(QuadraticDeep):
    """The points of a fixed order, in another order in every epoch."""

    def batches(self, rng):
        kept = rng.permutation(self._order[: 7 * 128])
        yield from kept.reshape(7, 128)


def test_it_is_the_replayed_order_that_helps_momentum_not_the_points_left_out():
    problem = SamePointsInFreshOrder("quadratic_deep", batch_order="fixed")
    losses = []
    for seed in range(10):
        rule = PUBLISHED["momentum"].rule()
        record, *_ = train(problem, rule, seed=seed, epochs=100, evaluations_per_epoch=0.01)
        losses.append(record.curve["test_loss"][-1])
    published = PUBLISHED["momentum"]
    fixed = final_test_losses("momentum", "fixed")
    reshuffled = final_test_losses("momentum", "reshuffled")
    lost = (np.mean(losses) - np.mean(fixed)) / (np.mean(reshuffled) - np.mean(fixed))
    assert np.mean(losses) > 1.005 * published.mean
    assert lost > 0.5


def test_an_unknown_batch_order_and_an_unknown_split_are_refused(problem):
    with pytest.raises(ValueError, match=r"one of reshuffled, fixed\. Received: 'shuffled'"):
        QuadraticDeep("q", batch_order="shuffled")
    with pytest.raises(ValueError, match=r"one of train, test\. Received: 'validation'"):
        problem.evaluate(np.ones(100, np.float32), "validation")
