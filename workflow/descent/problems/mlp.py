"""A multilayer perceptron on labelled vectors: MNIST, the digits, a user's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from descent.arrays import Array, IntArray, aligned_array
from descent.data.dataset import Dataset
from descent.data.inputs import Inputs
from descent.models.mlp import MLP
from descent.problems.learning import LearningProblem, check_count

#: Examples that an evaluation takes at a time: enough for a fast product, few enough for the cache.
EVALUATION_BATCH = 1000


class MLPProblem(LearningProblem):
    """Classify vectors with a multilayer perceptron.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        A dense one, see :mod:`descent.data.dense`.
    hidden : sequence of int, default (128,)
        Units of each hidden layer.
    mini_batch : int, default 128
        Examples in a mini-batch.
    dtype : {"float32", "float64"}, default "float32"
        float64 is for checking gradients: it copies the data.
    """

    columns_by_use = True  # it leaves out products with columns that a mini-batch does not use
    training_sample = 5_000  # standard error at most 0.7 points of accuracy, 0.2 at 97.7 %

    model: MLP

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        hidden: Sequence[int] = (128,),
        mini_batch: int = 128,
        dtype: str = "float32",
    ) -> None:
        super().__init__(
            name,
            dataset,
            mini_batch=mini_batch,
            dtype=dtype,
            settings={"hidden": list(hidden)},
        )
        self._inputs = {s: Inputs(dataset, s, self.dtype) for s in self.splits}
        self._labels = {s: np.asarray(dataset[f"{s}_labels"], np.intp) for s in self.splits}
        units = [check_count("hidden", units) for units in hidden]
        inputs, classes = self._inputs["train"].shape[1], int(dataset.about["classes"])
        self.model = MLP((inputs, *units, classes), self.dtype)
        self._batches: dict[int, tuple[Array, NDArray[np.intp]]] = {}

    def init(self, rng: np.random.Generator) -> Array:
        """Return new initial parameters: see :meth:`descent.models.mlp.MLP.init`."""
        return self.model.init(rng)

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the mean loss over a mini-batch and write its gradient."""
        inputs, labels, extent = self._examples(batch)
        return self.model.loss_and_grad(theta, inputs, labels, grad, extent)

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return loss and accuracy over a split."""
        self._check_split(split)
        inputs, labels = self._inputs[split], self._labels[split]
        parts = (
            slice(start, start + EVALUATION_BATCH)
            for start in range(0, len(labels), EVALUATION_BATCH)
        )
        return self._mean(theta, ((inputs.rows(part), labels[part]) for part in parts))

    def evaluate_sample(self, theta: Array, split: str) -> dict[str, float]:
        """Return loss and accuracy over a split, or over a sample of a large training split."""
        if split not in self.sampled_splits:
            return self.evaluate(theta, split)
        sample = self.sampled_examples
        parts = np.array_split(sample, -(-len(sample) // EVALUATION_BATCH))
        return self._mean(theta, ((self._examples(part)[:2]) for part in parts))

    def _mean(
        self, theta: Array, parts: Iterable[tuple[Array, NDArray[np.intp]]]
    ) -> dict[str, float]:
        loss, correct, examples = 0.0, 0, 0
        for inputs, labels in parts:
            part_loss, part_correct = self.model.evaluate(theta, inputs, labels)
            loss += part_loss
            correct += part_correct
            examples += len(labels)
        return {"loss": loss / examples, "accuracy": correct / examples}

    def predict(self, theta: Array, split: str) -> NDArray[np.intp]:
        """Return the most likely class of each example of a split."""
        self._check_split(split)
        return self.model.predict(theta, self._inputs[split].rows(slice(None)))

    def _examples(self, batch: IntArray) -> tuple[Array, NDArray[np.intp], int]:
        """Gather a mini-batch into buffers that the next one of its size overwrites.

        Return also the number of leading columns that contain all nonzero values.
        """
        if len(batch) not in self._batches:
            shape = (len(batch), self.model.sizes[0])
            self._batches[len(batch)] = (
                aligned_array(shape, self.dtype),
                np.empty(len(batch), np.intp),
            )
        inputs, labels = self._batches[len(batch)]
        extent = self._inputs["train"].gather(batch, out=inputs)
        self._labels["train"].take(batch, out=labels, mode="clip")  # the mode that needs no copy
        return inputs, labels, extent
