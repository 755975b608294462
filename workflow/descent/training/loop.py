"""The training loop.

It evaluates before the first step and at regular intervals, with the clock stopped. It ends at the
first loss that is not finite. What a run sees never depends on its optimizer.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from descent.arrays import Array, IntArray, aligned_array
from descent.foundation.seeding import generator
from descent.optimizers.base import Optimizer, State, Task
from descent.problems.base import Problem
from descent.training.records import Costs, Record, Status


class TimeLimitReached(BaseException):
    """Raised from outside, by a timer, into a run that has used up its time.

    Not an Exception, which a rule may catch.
    """


def train(
    problem: Problem,
    optimizer: Optimizer,
    *,
    seed: int,
    epochs: float,
    evaluations_per_epoch: float = 1.0,
    for_tuning: bool = False,
    record_step_losses: bool = False,
    optimizer_name: str | None = None,
    candidate: str = "",
    identity: str = "",
) -> tuple[Record, Costs, Array]:
    """Train one problem with one optimizer from one seed.

    Parameters
    ----------
    problem : Problem
        What to minimise.
    optimizer : Optimizer
        The update rule; a fresh state is allocated for it.
    seed : int
        Keys the initial parameters and the batch order, with the problem's name.
    epochs : float
        How long, > 0; a fraction of an epoch is rounded to whole steps.
    evaluations_per_epoch : float, default 1
        How often the run is evaluated; 0.1 means every ten epochs. The end is always evaluated.
    for_tuning : bool, default False
        Whether the run only helps to choose settings. It is then evaluated on the split that tuning
        looks at and on no other: it must not see the test split and does not pay for the rest.
    record_step_losses : bool, default False
        Whether the record keeps the loss of every mini-batch.
    optimizer_name, candidate, identity : str
        Labels for the record.

    Returns
    -------
    record : Record
        The deterministic outcome. A :class:`TimeLimitReached` that a timer raises during the
        training ends it with status ``timeout``.
    costs : Costs
        Times; machine and memory are the caller's to add.
    theta : ndarray of shape (problem.size,)
        The final parameters, as they are evaluated.

    Raises
    ------
    ValueError
        If the number of epochs or of evaluations is not positive and finite.
    """
    for name, value in (("epochs", epochs), ("evaluations_per_epoch", evaluations_per_epoch)):
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be in (0, inf). Received: {value}")
    theta = problem.init(generator(problem.name, seed, "initial_parameters"))
    last = max(1, round(epochs * problem.steps_per_epoch))
    state = optimizer.init(theta, Task(problem.layout, last))
    record = Record(
        problem=problem.name,
        optimizer=optimizer_name or type(optimizer).__name__.lower(),
        candidate=candidate,
        seed=seed,
        hyperparameters=hyperparameters_of(optimizer),
        epochs=epochs,
        steps_per_epoch=problem.steps_per_epoch,
        parameters=problem.size,
        fingerprint=problem.fingerprint,
        identity=identity,
        headline=problem.headline,
        optimum=problem.optimum,
        initial_parameters=hashlib.sha256(theta.tobytes()).hexdigest(),
    )
    costs = Costs()
    evaluations = evaluation_steps(last, problem.steps_per_epoch / evaluations_per_epoch)
    losses: list[float] = []
    batches = _batches(problem, seed, record)
    gradient = aligned_array(theta.size, theta.dtype)
    try:
        with np.errstate(all="ignore"):
            splits = [problem.tuning_split] if for_tuning else list(problem.splits)
            look = partial(_evaluate, problem, optimizer, splits, theta, state, record, costs)
            finite = look(losses)
            for stop in evaluations:
                if not finite:
                    break
                losses = _take_steps(
                    problem, optimizer, theta, gradient, state, batches, record, costs, stop
                )
                if record_step_losses:
                    record.step_losses += losses
                finite = record.steps == stop and look(losses)
            if finite:
                point = optimizer.evaluation_point(theta, state)
                _evaluate_end(problem, splits, point, record, costs)
        record.status = Status.FINISHED if finite else Status.DIVERGED
    except TimeLimitReached:
        record.status = Status.TIMEOUT
    # Other libraries allocate their state in the first step, so it is measured after the last.
    record.state_bytes_per_parameter = state_bytes(state) / problem.size
    record.remarks = optimizer.remarks(state)
    return record, costs, optimizer.evaluation_point(theta, state)


def evaluation_steps(last: int, interval: float) -> list[int]:
    """Return the steps after which the splits are evaluated, in order; ``last`` is one of them.

    Parameters
    ----------
    last : int
        Number of steps of the run.
    interval : float
        Steps between two evaluations, not necessarily whole.
    """
    count = int(last / interval + 1e-9)
    return sorted({min(last, max(1, round(k * interval))) for k in range(1, count + 1)} | {last})


def hyperparameters_of(optimizer: Optimizer) -> dict[str, Any]:
    """Return the hyper-parameters of a rule as JSON can hold them."""
    values: dict[str, Any] = {}
    for f in dataclasses.fields(optimizer):
        if not f.repr:  # the class behind an adapter, which has its name beside it
            continue
        value = getattr(optimizer, f.name)
        if isinstance(value, Optimizer):
            value = {"use": type(value).__name__, **hyperparameters_of(value)}
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = {"use": type(value).__name__, **dataclasses.asdict(value)}
        values[f.name] = value
    return values


def state_bytes(state: State) -> int:
    """Return the bytes of an optimizer's slots and scalars, scratch space excluded."""
    inner = 0 if state.inner is None else state_bytes(state.inner)
    return sum(a.nbytes for a in state.slots.values()) + 8 * len(state.scalars) + inner


class _MiniBatch:
    """Losses and gradients of the current mini-batch, counted."""

    def __init__(self, problem: Problem, record: Record) -> None:
        self._problem = problem
        self._record = record
        self.examples: IntArray | None = None

    def at_parameters(self, theta: Array, gradient: Array) -> float:
        assert self.examples is not None
        self._record.gradient_evaluations += 1
        return self._problem.loss_and_grad(theta, self.examples, gradient)

    def elsewhere(self, theta: Array, gradient: Array) -> float:
        assert self.examples is not None
        self._record.gradient_evaluations += 1
        return self._problem.loss_and_grad_elsewhere(theta, self.examples, gradient)


def _take_steps(
    problem: Problem,
    optimizer: Optimizer,
    theta: Array,
    gradient: Array,
    state: State,
    batches: Iterator[IntArray],
    record: Record,
    costs: Costs,
    stop: int,
) -> list[float]:
    """Take steps up to ``stop`` and return their losses; the first that is not finite ends it."""
    clock = time.thread_time  # whatever else the machine does
    losses: list[float] = []
    in_optimizer = 0.0
    mini_batch = _MiniBatch(problem, record)
    if optimizer.extra_gradients:
        state.loss_and_gradient = mini_batch.elsewhere
    start = clock()
    for batch in batches:
        mini_batch.examples = batch
        loss = mini_batch.at_parameters(theta, gradient)
        if not math.isfinite(loss):
            break
        given = gradient.tobytes() if record.steps == 0 else None
        before = clock()
        state.loss = loss
        optimizer.step(theta, gradient, state)
        in_optimizer += clock() - before
        if given is not None:
            if gradient.tobytes() != given:
                raise ValueError(
                    f"{type(optimizer).__name__} must only read the gradient. It wrote to it"
                )
            if type(optimizer).step is Optimizer.step:
                # Nobody reads the gradient after the step, which may be written over it.
                state.gradient = gradient
        losses.append(loss)
        record.steps += 1
        if record.steps == stop:
            break
    costs.training_seconds += clock() - start
    costs.optimizer_seconds += in_optimizer
    return losses


def _batches(problem: Problem, seed: int, record: Record) -> Iterator[IntArray]:
    """Yield mini-batches without end, a new order every epoch, and record each order's hash."""
    epoch = 0
    while True:
        digest = hashlib.sha256()
        record.batch_order.append("")
        for batch in problem.batches(generator(problem.name, seed, "batch_order", epoch)):
            digest.update(batch.astype("<i8").tobytes())
            record.batch_order[epoch] = digest.hexdigest()
            yield batch
        epoch += 1


def _evaluate_end(
    problem: Problem, splits: Sequence[str], point: Array, record: Record, costs: Costs
) -> None:
    """Record the metrics over whole splits that the curve shows a sample of, and what is right."""
    start = time.thread_time()
    for split in filter(splits.__contains__, problem.sampled_splits):
        metrics = problem.evaluate(point, split)
        record.final_whole.update({f"{split}_{metric}": v for metric, v in metrics.items()})
    correct = problem.correct(point, "test") if "test" in splits else None
    if correct is not None:
        record.test_correct = base64.b64encode(np.packbits(correct).tobytes()).decode("ascii")
    costs.evaluation_seconds += time.thread_time() - start


def _evaluate(
    problem: Problem,
    optimizer: Optimizer,
    splits: Sequence[str],
    theta: Array,
    state: State,
    record: Record,
    costs: Costs,
    losses: Sequence[float],
) -> bool:
    """Append one evaluation to the curve; return False, and append nothing, if it is not finite."""
    start = time.thread_time()
    row: dict[str, float | None] = {
        "step": record.steps,
        "epoch": record.steps / problem.steps_per_epoch,
        "gradient_evaluations": record.gradient_evaluations,
        "mini_batch_loss": math.fsum(losses) / len(losses) if losses else None,
    }
    point = optimizer.evaluation_point(theta, state)
    for split in splits:
        metrics = problem.evaluate_sample(point, split)
        row.update({f"{split}_{metric}": value for metric, value in metrics.items()})
    costs.evaluation_seconds += time.thread_time() - start
    if not all(value is None or math.isfinite(value) for value in row.values()):
        return False
    for name, entry in row.items():
        record.curve.setdefault(name, []).append(entry)
    return True
