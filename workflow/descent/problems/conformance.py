"""Check whether a problem keeps the contract of a problem, before hours are spent on it.

From the shell::

    python -m descent.problems.conformance my_problems/conv_net.py:ConvNet --set filters=4
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from descent.arrays import Array, IntArray, Layout
from descent.data.dataset import Dataset, load_dataset
from descent.foundation.command_line import command_parser, fails_on
from descent.foundation.conformance import (
    Fault,
    Finding,
    add_settings_option,
    print_findings,
    run_checks,
)
from descent.problems.base import Problem
from descent.problems.built_in import PROBLEMS
from descent.problems.loading import as_read_by, check_settings, needs_dataset, problem_class

#: Name of a problem while it is checked.
NAME = "checked"
#: Parameters of a problem that are none of its settings; the optimum follows from the others.
SUPPLIED = ("name", "dataset", "optimum")
#: Directions in which the gradient of each block is compared with differences of the loss.
DIRECTIONS = 2
#: Length of a step of these differences, and the largest difference in parts of the gradient. The
#: smaller of two errors counts: a kink, as of a ReLU, within a step is no fault of a gradient.
STEPS = {"float64": (1e-5, 1e-6), "float32": (1e-2, 3e-3)}
TOLERANCE = {"float64": 1e-5, "float32": 2e-2}


@dataclass(frozen=True)
class _Entry:
    """A problem's class, with the data and the settings that it is made with."""

    use: str
    cls: Callable[..., Any]
    data: Dataset | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def make(self, **changes: Any) -> Any:
        """Return the problem, some of its settings changed."""
        data = () if self.data is None else (self.data,)
        return self.cls(NAME, *data, **{**self.settings, **self.fixed, **changes})

    def make_exact(self) -> Any:
        """Return the problem in float64 if it can be told to."""
        return self.make(dtype="float64") if "dtype" in self.values() else self.make()

    def values(self) -> dict[str, Any]:
        """Return the value of every setting, by name."""
        return {
            name: self.settings.get(name, parameter.default)
            for name, parameter in inspect.signature(self.cls).parameters.items()
            if name not in {*SUPPLIED, *self.fixed} and parameter.kind is not parameter.VAR_KEYWORD
        }


def check_problem(
    problem: str | type[Problem], dataset: Dataset | None = None, **settings: Any
) -> list[Finding]:
    """Check whether a problem keeps the contract of :class:`~descent.problems.base.Problem`.

    Parameters
    ----------
    problem : str or class
        As in a config (``mlp``, ``my_problems/conv_net.py:ConvNet``), or the class itself.
    dataset : Dataset, optional
        Prepared data as they are stored. Default, for a problem with data: scikit-learn's digits,
        or generated reviews.
    **settings
        Settings of the problem. A problem that clips its gradient is checked without:
        ``clip_norm=None``.

    Returns
    -------
    list of Finding
        One for each check, in a fixed order. The problem may join a study if all of them hold. If
        it cannot be made, that alone.

    Raises
    ------
    ValueError
        If there is no such problem or setting, or a setting is missing.

    Examples
    --------
    >>> all(finding.holds for finding in check_problem("mlp", hidden=[4]))
    True
    """
    if isinstance(problem, str):
        use, cls, kind = problem, problem_class(problem), needs_dataset(problem)
        fixed = PROBLEMS[problem].fixed if problem in PROBLEMS else {}
    else:
        use, cls, kind, fixed = problem.__name__, problem, problem.dataset, {}
    check_settings(use, cls, settings, fixed)
    data = None
    if kind is not None:
        data = as_read_by(cls, _small_dataset(kind) if dataset is None else dataset)
    entry = _Entry(use, cls, data, settings, fixed)
    made = run_checks({"can be made": _can_be_made}, lambda: entry)
    return made + run_checks(_CHECKS, lambda: entry) if made[0].holds else made


def _small_dataset(kind: str) -> Dataset:
    """Return data of a kind that need no download."""
    if kind == "dense":
        from descent.data.readers.digits import prepare_digits  # noqa: PLC0415 - costly to import

        return prepare_digits()
    from descent.data.readers.generated_reviews import generated_corpus  # noqa: PLC0415
    from descent.data.word_counts import count_words  # noqa: PLC0415

    return count_words(generated_corpus(seed=0, reviews=100), 0)


def _generator() -> np.random.Generator:
    return np.random.default_rng(0)


def _start(problem: Any) -> Array:
    """Return parameters near initial ones: those of a convex problem are all zero."""
    theta = problem.init(_generator()).copy()
    theta += (0.1 * np.random.default_rng(1).normal(size=theta.shape)).astype(theta.dtype)
    moved: Array = theta
    return moved


def _first_batches(problem: Any, count: int = 2) -> list[IntArray]:
    """Return the first mini-batches of an epoch, copied: the next may overwrite them."""
    found = [batch.copy() for _, batch in zip(range(count), problem.batches(_generator()))]  # noqa: B905
    return found or [np.empty(0, np.int64)]


def _can_be_made(entry: _Entry) -> str:
    problem = entry.make()
    if not isinstance(problem, Problem):
        raise Fault(f"it must be a descent.problems.Problem. Received: {type(problem).__name__}")
    values = ", ".join(f"{name}={value!r}" for name, value in entry.values().items())
    return f"with {values or 'no settings'}"


def _says_what_it_is(entry: _Entry) -> str:
    problem = entry.make()
    for name in ("name", "size", "dtype", "steps_per_epoch", "fingerprint"):
        if not hasattr(problem, name):
            raise Fault(f"the constructor must set {name}")
    if problem.name != NAME:
        raise Fault(f"name must be what it was given, {NAME!r}. Received: {problem.name!r}")
    for name in ("size", "steps_per_epoch"):
        value = getattr(problem, name)
        if not isinstance(value, int) or value < 1:
            raise Fault(f"{name} must be an integer >= 1. Received: {value!r}")
    if not isinstance(problem.dtype, np.dtype) or problem.dtype.name not in STEPS:
        raise Fault(
            "dtype must be numpy.dtype of float32 or float64, as np.dtype('float32'). "
            f"Received: {problem.dtype!r}"
        )
    if not isinstance(problem.layout, Layout) or problem.layout.size != problem.size:
        raise Fault(
            f"layout must cover all {problem.size} parameters. Received: "
            f"{getattr(problem.layout, 'size', problem.layout)!r}"
        )
    unknown = set(problem.splits) - {"train", "validation", "test"}
    if unknown or "train" not in problem.splits:
        raise Fault(
            f"splits must be train and some of validation, test. Received: {problem.splits}"
        )
    if not {"loss", problem.headline} <= set(problem.metrics):
        raise Fault(
            f"metrics must have loss and the headline, {problem.headline}. Received: "
            f"{problem.metrics}"
        )
    blocks = len(problem.layout.shapes)
    parameters = f"{problem.size} parameters in {blocks} blocks, {problem.dtype}"
    return f"{parameters}; tables compare the {problem.headline}"


def _initial_parameters(entry: _Entry) -> str:
    problem = entry.make()
    first, again = problem.init(_generator()), problem.init(_generator())
    for theta in (first, again):
        if not isinstance(theta, np.ndarray) or theta.shape != (problem.size,):
            raise Fault(
                f"init must return a vector of size {problem.size}. Received: "
                f"{getattr(theta, 'shape', type(theta).__name__)}"
            )
        if theta.dtype != problem.dtype:
            raise Fault(f"init must return {problem.dtype}. Received: {theta.dtype}")
        if not np.isfinite(theta).all():
            raise Fault("init returned NaN or infinity")
    if np.shares_memory(first, again):
        raise Fault("init must return a new vector each time; a run writes into it")
    if not np.array_equal(first, again):
        raise Fault(
            "init gave two starts for one seed; draw every number from the generator that it is "
            "given"
        )
    other = problem.init(np.random.default_rng(2))
    return "one for all seeds" if np.array_equal(first, other) else "another for every seed"


def _mini_batches(entry: _Entry) -> str:
    problem = entry.make()
    epochs = [[b.copy() for b in problem.batches(_generator())] for _ in range(2)]
    if len(epochs[0]) != problem.steps_per_epoch:
        raise Fault(
            f"batches must yield steps_per_epoch, {problem.steps_per_epoch}, mini-batches. "
            f"Received: {len(epochs[0])}"
        )
    for batch in epochs[0]:
        if batch.ndim != 1 or batch.dtype.kind not in "iu":
            raise Fault(
                "a mini-batch must be a vector of indices. Received: shape "
                f"{batch.shape} of {batch.dtype}"
            )
    if not all(map(np.array_equal, *epochs)):
        raise Fault(
            "batches gave two orders for one seed; draw every number from the generator that it "
            "is given"
        )
    sizes = sorted({len(batch) for batch in epochs[0]})
    return f"{len(epochs[0])} an epoch, of {' or '.join(map(str, sizes))} examples"


def _gradient(entry: _Entry) -> str:
    problem = entry.make_exact()
    theta, batch = _start(problem), _first_batches(problem)[0]
    grad = np.full_like(theta, np.nan)
    loss = problem.loss_and_grad(theta, batch, grad)
    if not np.isfinite(grad).all():
        wrong = [n for n, g in problem.layout.views(grad).items() if not np.isfinite(g).all()]
        raise Fault(
            f"the gradient of {', '.join(wrong)} has NaN or components that were not written; "
            "write every one, with grad[...] = or out="
        )
    rng, worst, dtype = np.random.default_rng(3), 0.0, theta.dtype.name
    rounding = 100.0 * float(np.finfo(dtype).eps) * abs(loss)  # of the loss, in a difference
    for name, block in problem.layout.slices.items():
        for _ in range(DIRECTIONS):
            direction = np.zeros_like(theta)
            direction[block] = rng.normal(size=direction[block].shape)
            slope, length = float(grad @ direction), float(np.linalg.norm(grad[block]))
            seen = {h: _difference(problem, theta, batch, h * direction) / h for h in STEPS[dtype]}
            if not min(abs(slope - s) - rounding / h for h, s in seen.items()) <= (
                TOLERANCE[dtype] * length
            ):
                raise Fault(
                    f"in a direction of {name} the gradient says that the loss changes by "
                    f"{slope:.6g}, and it changes by {seen[STEPS[dtype][0]]:.6g}; if the problem "
                    "clips its gradient, check it without"
                )
            if length:
                worst = max(worst, min(abs(slope - s) for s in seen.values()) / length)
    return f"of each block, but for {worst:.0e} of its length, in {dtype}"


def _difference(problem: Any, theta: Array, batch: IntArray, way: Array) -> float:
    """Return how much the loss changes along a way: central differences, extrapolated once."""

    def loss(factor: float) -> float:
        moved = theta + (factor * way).astype(theta.dtype)
        return float(problem.loss_and_grad(moved, batch, np.empty_like(theta)))

    return (8.0 * (loss(0.5) - loss(-0.5)) - (loss(1.0) - loss(-1.0))) / 6.0


def _leaves_what_it_is_given(entry: _Entry) -> str:
    problem = entry.make()
    theta, batch = _start(problem), _first_batches(problem)[0]
    given = theta.copy(), batch.copy()
    grad = np.empty_like(theta)
    problem.loss_and_grad(theta, batch, grad)
    for split in problem.splits:
        problem.evaluate(theta, split)
    if not np.array_equal(theta, given[0]):
        raise Fault("the parameters were written to; only an optimizer may")
    if not np.array_equal(batch, given[1]):
        raise Fault("the indices of the mini-batch were written to; they belong to the run")
    before = grad.copy()
    problem.loss_and_grad(theta, batch, np.empty_like(theta))
    if not np.array_equal(grad, before):
        raise Fault("a gradient changed when the next one was taken; it belongs to the run")
    return "parameters and mini-batch are only read"


def _deterministic(entry: _Entry) -> str:
    problem = entry.make()
    theta, batches = _start(problem), _first_batches(problem)
    elsewhere = problem.init(np.random.default_rng(4))
    grads = [np.full_like(theta, fill) for fill in (0.0, 1.0, 0.0)]
    first = problem.loss_and_grad(theta, batches[0], grads[0])
    problem.loss_and_grad(elsewhere, batches[-1], np.empty_like(theta))
    for split in problem.splits:
        problem.evaluate(elsewhere, split)
    again = problem.loss_and_grad(theta, batches[0], grads[1])
    another = entry.make()
    other = another.loss_and_grad(theta, batches[0], grads[2])
    if first != again or not np.array_equal(grads[0], grads[1]):
        raise Fault(
            f"the same mini-batch at the same parameters gave a loss of {first!r}, later of "
            f"{again!r}, or another gradient; nothing may be drawn at random, added to what the "
            "gradient held, or kept between calls"
        )
    if first != other or not np.array_equal(grads[0], grads[2]):
        raise Fault("two problems of the same settings differ; draw their data from fixed seeds")
    for split in problem.splits:
        if entry.make().evaluate(theta, split) != entry.make().evaluate(theta, split):
            raise Fault(f"evaluating {split} twice gave two results")
    return "the same bits when asked again, and from another problem like it"


def _evaluations(entry: _Entry) -> str:
    problem = entry.make()
    theta = _start(problem)
    for split in problem.splits:
        for ask in (problem.evaluate, problem.evaluate_sample):
            metrics = ask(theta, split)
            if set(metrics) != set(problem.metrics):
                raise Fault(
                    f"evaluate must return {', '.join(problem.metrics)}. Received: "
                    f"{', '.join(metrics)}"
                )
            for name, value in metrics.items():
                if not isinstance(value, float):
                    raise Fault(
                        f"{split} {name} must be a float, as float(...) makes it. Received: "
                        f"{type(value).__name__}"
                    )
                if not np.isfinite(value):
                    raise Fault(f"{split} {name} near the initial parameters is {value}")
    loss = problem.loss_and_grad(theta, _first_batches(problem)[0], np.empty_like(theta))
    if not isinstance(loss, float):
        raise Fault(
            "loss_and_grad must return a float, as float(...) makes it. Received: "
            f"{type(loss).__name__}"
        )
    return f"{', '.join(problem.metrics)} of {', '.join(problem.splits)}"


def _diverges_in_silence(entry: _Entry) -> str:
    problem = entry.make()
    batch, grad = _first_batches(problem)[0], np.empty(problem.size, problem.dtype)
    for value in (np.finfo(problem.dtype).max, np.nan):
        theta = np.full(problem.size, value, problem.dtype)
        problem.loss_and_grad(theta, batch, grad)
        for split in problem.splits:
            problem.evaluate(theta, split)
    return "parameters that are huge or NaN raise nothing"


def _fingerprint(entry: _Entry) -> str:
    own = entry.make().fingerprint
    if own != entry.make().fingerprint:
        raise Fault("two problems of the same settings have two fingerprints")
    tried, untried = [], []
    for name, value in entry.values().items():
        for other in _others(name, value):
            try:
                changed = entry.make(**{name: other})
            except (ValueError, TypeError):  # out of range
                continue
            if changed.fingerprint == own:
                raise Fault(
                    f"{name} of {value!r} and of {other!r} have one fingerprint, so that their "
                    "runs would be averaged; put every setting into it"
                )
            tried.append(name)
            break
        else:
            untried.append(name)
    if entry.data is not None:
        data = dataclasses.replace(entry, data=_other_data(entry.data)).make()
        if data.fingerprint == own:
            raise Fault("other data have the same fingerprint; put that of the dataset into it")
        tried.append("the data")
    rest = f"; not tried: {', '.join(untried)}" if untried else ""
    return f"it depends on {', '.join(tried) or 'nothing that can be set'}{rest}"


def _others(name: str, value: Any) -> Iterator[Any]:
    """Yield other values that a setting may have."""
    if value is None:
        yield from (1, 0.5)
    elif name == "dtype":
        yield "float32" if value == "float64" else "float64"
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, 2 * value, value - 1)
    elif isinstance(value, float):
        yield from (value / 2, 2 * value)
    elif isinstance(value, list | tuple) and value:
        yield from ([other, *value[1:]] for other in _others("", value[0]))


def _other_data(dataset: Dataset) -> Dataset:
    """Return the same data with their labels in another order."""
    labels = {name: a[::-1].copy() for name, a in dataset.arrays.items() if "labels" in name}
    return Dataset({**dataset.arrays, **labels}, dataset.about, "0" * len(dataset.fingerprint))


_CHECKS: dict[str, Callable[[_Entry], str]] = {
    "says what it is": _says_what_it_is,
    "starts where its seed says": _initial_parameters,
    "yields the mini-batches of an epoch": _mini_batches,
    "has the gradient of its loss": _gradient,
    "leaves what it is given alone": _leaves_what_it_is_given,
    "is deterministic": _deterministic,
    "evaluates every split": _evaluations,
    "diverges in silence": _diverges_in_silence,
    "has a fingerprint of all its settings": _fingerprint,
}


@fails_on(ValueError, FileNotFoundError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Check the problem that the command line names; return 1 if anything is wrong."""
    about = "Check whether a problem keeps the contract of a problem."
    parser = command_parser("descent.problems.conformance", about)
    parser.add_argument("use", help="as in a config: mlp, my_problems/conv_net.py:ConvNet, ...")
    add_settings_option(parser, "a setting")
    parser.add_argument(
        "--dataset",
        type=Path,
        help="folder of a prepared dataset (default: digits, or generated reviews)",
    )
    options = parser.parse_args(arguments)
    dataset = None if options.dataset is None else load_dataset(options.dataset)
    return print_findings(options.use, check_problem(options.use, dataset, **dict(options.set)))


if __name__ == "__main__":
    sys.exit(main())
