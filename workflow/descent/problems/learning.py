"""The base class of learning problems: mini-batches, settings, fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from descent.arrays import IntArray, Layout
from descent.data.dataset import Dataset
from descent.foundation.seeding import generator
from descent.problems.base import Problem, check_count

DTYPES = ("float32", "float64")


class LearningProblem(Problem):
    """A model on a prepared dataset.

    A subclass makes the model, whose ``layout`` names its parameters, or sets ``layout`` itself.

    Parameters
    ----------
    name : str
        Name of the config entry; it keys the random streams.
    dataset : Dataset
        The prepared data.
    mini_batch : int
        Examples in a mini-batch, >= 1; the last one of an epoch may be shorter.
    dtype : {"float32", "float64"}, default "float32"
        Of the parameters, the gradient and the data.
    settings : mapping of str to object
        Every setting that defines the problem besides those two; it enters the fingerprint.

    Attributes
    ----------
    training_sample : int or None
        An attribute of the class: on how many training examples the curve of a run is evaluated, if
        there are more; None for all of them.
    examples : int
        Number of training examples.
    """

    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy")
    headline: ClassVar[str] = "accuracy"
    training_sample: ClassVar[int | None] = None

    model: Any

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        mini_batch: int,
        dtype: str = "float32",
        settings: Mapping[str, Any],
    ) -> None:
        if dtype not in DTYPES:
            raise ValueError(f"dtype must be one of {', '.join(DTYPES)}. Received: {dtype!r}")
        self.name = name
        self.examples = _count_examples(dataset)
        self.mini_batch = check_count("mini_batch", mini_batch)
        self.dtype = np.dtype(dtype)
        self.steps_per_epoch = -(-self.examples // self.mini_batch)
        self.fingerprint = _fingerprint(
            dataset, type(self).__name__, {**settings, "mini_batch": mini_batch, "dtype": dtype}
        )
        if self.training_sample is not None and self.examples > self.training_sample:
            self.sampled_splits = ("train",)

    @cached_property
    def layout(self) -> Layout:
        """The blocks of the model's parameters."""
        layout: Layout = self.model.layout
        return layout

    @cached_property
    def size(self) -> int:  # type: ignore[override]
        """Number of parameters."""
        return self.layout.size

    @cached_property
    def sampled_examples(self) -> IntArray:
        """Indices of the training examples of the sample, the same in every run of the problem."""
        rng = generator(self.name, 0, "evaluation_sample")
        return np.sort(rng.choice(self.examples, self.training_sample, replace=False))

    def batches(self, rng: np.random.Generator) -> Iterator[IntArray]:
        """Yield consecutive slices of a fresh permutation; the last may be short."""
        order = rng.permutation(self.examples)
        for start in range(0, self.examples, self.mini_batch):
            yield order[start : start + self.mini_batch]

    def _check_split(self, split: str) -> None:
        if split not in self.splits:
            raise ValueError(f"split must be one of {', '.join(self.splits)}. Received: {split!r}")


def _count_examples(dataset: Dataset) -> int:
    kind = dataset.about["kind"]
    return len(dataset[f"train_{'labels' if kind == 'dense' else kind}"])


def _fingerprint(dataset: Dataset, problem: str, settings: Mapping[str, Any]) -> str:
    text = json.dumps([dataset.fingerprint, problem, dict(settings)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
