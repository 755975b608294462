"""Check whether a problem keeps the contract of a problem, before hours are spent on it.

From the shell::

    python -m descent.problems.conformance my_problems/conv_net.py:ConvNet --set filters=4
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from descent.arrays import Array, IntArray
from descent.data.dataset import Dataset, load_dataset
from descent.foundation.command_line import command_parser, fails_on
from descent.foundation.conformance import (
    Finding,
    add_settings_option,
    expect,
    print_findings,
    run_checks,
)
from descent.foundation.suggestions import nearest
from descent.problems.base import Problem
from descent.problems.loading import as_read_by, check_settings, entry_of, problem_class

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

#: Where a study keeps the published files.
DOWNLOADS = Path("results/downloads")
#: Sizes of images that are tried in turn if a network does not take those of the digits, 8 x 8.
SHAPES = ((28, 28), (32, 32, 3), (64, 64, 3), (224, 224, 3))

ONE_GENERATOR = "draw every number from the generator that it is given"


@dataclass(frozen=True)
class _Entry:
    """A problem's class, with the data and the settings that it is made with."""

    cls: Callable[..., Any]
    data: Dataset | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def make(self, **changes: Any) -> Any:
        """Return the problem, some of its settings changed."""
        data = () if self.data is None else (self.data,)
        return self.cls(NAME, *data, **{**self.settings, **self.fixed, **changes})

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
        Prepared data as they are stored. Default, for a problem with data: scikit-learn's digits
        or, if it cannot take them, noise of the size of common images; or generated reviews.
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
        use, cls, known = problem, problem_class(problem), entry_of(problem)
        kind, fixed = known.dataset, known.fixed
    else:
        use, cls, kind, fixed = problem.__name__, problem, problem.dataset, {}
    check_settings(use, cls, settings, fixed)
    tried = []
    for data in [None] if kind is None else [dataset] if dataset else _small_datasets(kind):
        read = None if data is None else as_read_by(cls, data)
        entry = _Entry(cls, read, settings, fixed)
        made = run_checks({"can be made": _can_be_made}, lambda: entry)  # noqa: B023 - runs at once
        if made[0].holds:
            return made + run_checks(_CHECKS, lambda: entry)  # noqa: B023 - likewise
        tried.append(made)
    return tried[0]


def _small_datasets(kind: str) -> Iterator[Dataset]:
    """Yield data of a kind that need no download: for images, noise of other sizes after digits."""
    if kind == "dense":
        from descent.data.labelled_vectors import PARTS, dense_dataset  # noqa: PLC0415 - costly
        from descent.data.readers.digits import prepare_digits  # noqa: PLC0415 - costly to import

        yield prepare_digits()
        for shape in SHAPES:
            images = np.random.default_rng(0).integers(0, 256, (40, math.prod(shape)), np.uint8)
            parts = dict.fromkeys(PARTS, (images, np.arange(len(images)) % 10))
            about = {"image_shape": list(shape)}
            yield dense_dataset(parts, classes=10, standardize="scale", about=about)
        return
    from descent.data.readers.generated_reviews import generated_corpus  # noqa: PLC0415

    corpus = generated_corpus(seed=0, reviews=100)
    if kind == "characters":
        from descent.data.characters import number_characters  # noqa: PLC0415

        yield number_characters(corpus, 0)
        return
    from descent.data.word_counts import count_words  # noqa: PLC0415

    yield count_words(corpus, 0)


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
    is_one = isinstance(problem, Problem)
    expect(is_one, "it must be a descent.problems.Problem", type(problem).__name__)
    values = ", ".join(f"{name}={value!r}" for name, value in entry.values().items())
    shape = () if entry.data is None else entry.data.about.get("image_shape", ())
    return f"with {values or 'no settings'}" + (
        f", on images of {' x '.join(map(str, shape))}" if shape else ""
    )


def _says_what_it_is(entry: _Entry) -> str:
    problem = entry.make()
    for name in ("name", "size", "dtype", "steps_per_epoch", "fingerprint"):
        expect(hasattr(problem, name), f"the constructor must set {name}")
    expect(problem.name == NAME, f"name must be what it was given, {NAME!r}", repr(problem.name))
    for name in ("size", "steps_per_epoch"):
        value = getattr(problem, name)
        expect(isinstance(value, int) and value >= 1, f"{name} must be an integer >= 1", value)
    dtype = problem.dtype
    known = isinstance(dtype, np.dtype) and dtype.name in STEPS
    expect(known, "dtype must be numpy.dtype of float32 or float64, as np.dtype('float32')", dtype)
    size = getattr(problem.layout, "size", problem.layout)
    expect(size == problem.size, f"layout must cover all {problem.size} parameters", size)
    fit = {"train"} <= {*problem.splits} <= {"train", "validation", "test"}
    expect(fit, "splits must be train and some of validation, test", problem.splits)
    complete = {"loss", problem.headline} <= {*problem.metrics}
    message = f"metrics must have loss and the headline, {problem.headline}"
    expect(complete, message, problem.metrics)
    parameters = f"{problem.size} parameters in {len(problem.layout.shapes)} blocks, {dtype}"
    return f"{parameters}; tables compare the {problem.headline}"


def _initial_parameters(entry: _Entry) -> str:
    problem = entry.make()
    first, again = problem.init(_generator()), problem.init(_generator())
    shape = getattr(first, "shape", type(first).__name__)
    expect(shape == (problem.size,), f"init must return a vector of size {problem.size}", shape)
    expect(first.dtype == problem.dtype, f"init must return {problem.dtype}", first.dtype)
    expect(np.isfinite(first).all(), "init returned NaN or infinity")
    new = not np.shares_memory(first, again)
    expect(new, "init must return a new vector each time; a run writes into it")
    expect(np.array_equal(first, again), f"init gave two starts for one seed; {ONE_GENERATOR}")
    other = problem.init(np.random.default_rng(2))
    return "one for all seeds" if np.array_equal(first, other) else "another for every seed"


def _mini_batches(entry: _Entry) -> str:
    problem = entry.make()
    first, again = ([b.copy() for b in problem.batches(_generator())] for _ in range(2))
    steps = problem.steps_per_epoch
    message = f"batches must yield steps_per_epoch, {steps}, mini-batches"
    expect(len(first) == steps, message, len(first))
    for batch in first:
        is_vector = batch.ndim == 1 and batch.dtype.kind in "iu"
        received = f"shape {batch.shape} of {batch.dtype}"
        expect(is_vector, "a mini-batch must be a vector of indices", received)
    same = all(map(np.array_equal, first, again))
    expect(same, f"batches gave two orders for one seed; {ONE_GENERATOR}")
    sizes = sorted({len(batch) for batch in first})
    return f"{len(first)} an epoch, of {' or '.join(map(str, sizes))} examples"


def _gradient(entry: _Entry) -> str:
    problem = entry.make(**({"dtype": "float64"} if "dtype" in entry.values() else {}))
    theta, batch = _start(problem), _first_batches(problem)[0]
    grad = np.full_like(theta, np.nan)
    loss = problem.loss_and_grad(theta, batch, grad)
    wrong = [n for n, g in problem.layout.views(grad).items() if not np.isfinite(g).all()]
    expect(
        not wrong,
        f"the gradient of {', '.join(wrong)} has NaN or components that were not written; write "
        "every one, with grad[...] = or out=",
    )
    rng, worst, dtype = np.random.default_rng(3), 0.0, theta.dtype.name
    rounding = 100.0 * float(np.finfo(dtype).eps) * abs(loss)  # of the loss, in a difference
    for name, block in problem.layout.slices.items():
        for _ in range(DIRECTIONS):
            direction = np.zeros_like(theta)
            direction[block] = rng.normal(size=direction[block].shape)
            slope, length = float(grad @ direction), float(np.linalg.norm(grad[block]))
            seen = {h: _difference(problem, theta, batch, h * direction) / h for h in STEPS[dtype]}
            least = min(abs(slope - s) - rounding / h for h, s in seen.items())
            expect(
                least <= TOLERANCE[dtype] * length,
                f"in a direction of {name} the gradient says that the loss changes by {slope:.6g}, "
                f"and it changes by {seen[STEPS[dtype][0]]:.6g}; if the problem clips its "
                "gradient, check it without",
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


def _leaves_what_it_is_given(entry: _Entry) -> None:
    problem = entry.make()
    theta, batch = _start(problem), _first_batches(problem)[0]
    given = theta.copy(), batch.copy()
    grad = np.empty_like(theta)
    problem.loss_and_grad(theta, batch, grad)
    for split in problem.splits:
        problem.evaluate(theta, split)
    same = np.array_equal(theta, given[0])
    expect(same, "the parameters were written to; only an optimizer may")
    same = np.array_equal(batch, given[1])
    expect(same, "the indices of the mini-batch were written to; they belong to the run")
    before = grad.copy()
    problem.loss_and_grad(theta, batch, np.empty_like(theta))
    same = np.array_equal(grad, before)
    expect(same, "a gradient changed when the next one was taken; it belongs to the run")


def _deterministic(entry: _Entry) -> None:
    problem = entry.make()
    theta, batches = _start(problem), _first_batches(problem)
    elsewhere = problem.init(np.random.default_rng(4))
    grads = [np.full_like(theta, fill) for fill in (0.0, 1.0, 0.0)]
    first = problem.loss_and_grad(theta, batches[0], grads[0])
    problem.loss_and_grad(elsewhere, batches[-1], np.empty_like(theta))
    for split in problem.splits:
        problem.evaluate(elsewhere, split)
    again = problem.loss_and_grad(theta, batches[0], grads[1])
    other = entry.make().loss_and_grad(theta, batches[0], grads[2])
    expect(
        first == again and np.array_equal(grads[0], grads[1]),
        f"the same mini-batch at the same parameters gave a loss of {first!r}, later of {again!r}, "
        "or another gradient; nothing may be drawn at random, added to what the gradient held, or "
        "kept between calls",
    )
    same = first == other and np.array_equal(grads[0], grads[2])
    expect(same, "two problems of the same settings differ; draw their data from fixed seeds")
    for split in problem.splits:
        same = entry.make().evaluate(theta, split) == entry.make().evaluate(theta, split)
        expect(same, f"evaluating {split} twice gave two results")


def _evaluations(entry: _Entry) -> str:
    problem = entry.make()
    theta, names = _start(problem), ", ".join(problem.metrics)
    for split in problem.splits:
        for ask in (problem.evaluate, problem.evaluate_sample):
            metrics = ask(theta, split)
            complete = {*metrics} == {*problem.metrics}
            expect(complete, f"evaluate must return {names}", ", ".join(metrics))
            for name, value in metrics.items():
                _expect_float(f"{split} {name} must be", value)
                finite = np.isfinite(value)
                expect(finite, f"{split} {name} near the initial parameters is {value}")
        correct, metrics = problem.correct(theta, split), problem.evaluate(theta, split)
        if correct is not None:
            share, accuracy = np.mean(correct), metrics["accuracy"]
            expect(
                abs(share - accuracy) < 0.5 / len(correct),
                f"correct must give the accuracy of {split}, {accuracy}",
                share,
            )
    loss = problem.loss_and_grad(theta, _first_batches(problem)[0], np.empty_like(theta))
    _expect_float("loss_and_grad must return", loss)
    return f"{names} of {', '.join(problem.splits)}"


def _expect_float(must: str, value: object) -> None:
    message = f"{must} a float, as float(...) makes it"
    expect(isinstance(value, float), message, type(value).__name__)


def _diverges_in_silence(entry: _Entry) -> None:
    problem = entry.make()
    batch, grad = _first_batches(problem)[0], np.empty(problem.size, problem.dtype)
    for value in (np.finfo(problem.dtype).max, np.nan):
        theta = np.full(problem.size, value, problem.dtype)
        problem.loss_and_grad(theta, batch, grad)
        for split in problem.splits:
            problem.evaluate(theta, split)


def _fingerprint(entry: _Entry) -> str:
    own = entry.make().fingerprint
    tried, untried = [], []
    for name, value in entry.values().items():
        for other in _others(name, value):
            try:
                changed = entry.make(**{name: other})
            except (ValueError, TypeError):  # out of range
                continue
            expect(
                changed.fingerprint != own,
                f"{name} of {value!r} and of {other!r} have one fingerprint, so that their runs "
                "would be averaged; put every setting into it",
            )
            tried.append(name)
            break
        else:
            untried.append(name)
    same = entry.make().fingerprint == own
    expect(same, "two problems of the same settings have two fingerprints")
    if entry.data is not None:
        other = dataclasses.replace(entry, data=_other_data(entry.data)).make().fingerprint != own
        expect(other, "other data have the same fingerprint; put that of the dataset into it")
        tried.append("the data")
    rest = f"; not tried: {', '.join(untried)}" if untried else ""
    return f"it depends on {', '.join(tried) or 'nothing that can be set'}{rest}"


def _others(name: str, value: Any) -> list[Any]:
    """Return other values that a setting may have."""
    if name == "dtype":
        return ["float32" if value == "float64" else "float64"]
    if isinstance(value, list | tuple) and value:
        return [[other, *value[1:]] for other in _others("", value[0])]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, 2 * value, value - 1]
    if isinstance(value, float):
        return [value / 2, 2 * value]
    return [1, 0.5] if value is None else []


def _other_data(dataset: Dataset) -> Dataset:
    """Return the same data with their labels in another order."""
    labels = {name: a[::-1].copy() for name, a in dataset.arrays.items() if "labels" in name}
    return Dataset({**dataset.arrays, **labels}, dataset.about, "0" * len(dataset.fingerprint))


_CHECKS: dict[str, Callable[[_Entry], str | None]] = {
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
        help="FILE:NAME, an entry of the datasets of a config, or the folder of a prepared dataset "
        "(default: digits, noise of the size of common images, or generated reviews)",
    )
    options = parser.parse_args(arguments)
    dataset = None if options.dataset is None else _dataset(options.dataset)
    findings = check_problem(options.use, dataset, **dict(options.set))
    exit_code = print_findings(options.use, findings)
    if not findings[0].holds and dataset is None:
        print("If it takes other data, name them: --dataset my_study.yaml:NAME")
    return exit_code


def _dataset(place: str) -> Dataset:
    """Return a prepared dataset, or that of an entry of a config, prepared now."""
    file, separator, name = place.rpartition(":")
    if not separator:
        return load_dataset(Path(place))
    import yaml  # noqa: PLC0415 - costly to import, as is what prepares data

    from descent.data.prepare import prepare  # noqa: PLC0415

    datasets = yaml.safe_load(Path(file).read_text(encoding="utf-8")).get("datasets", {})
    if name not in datasets:
        raise ValueError(f"{file} has no dataset {name!r}. {nearest(name, datasets)}")
    return prepare(datasets[name], DOWNLOADS, base_folder=Path.cwd())


if __name__ == "__main__":
    sys.exit(main())
