"""An epoch of a multilayer perceptron: ours, PyTorch, scikit-learn, and the products alone."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np

from descent.arrays import Array, IntArray, aligned_array
from descent.benchmark.libraries import IMPLEMENTATIONS, load_torch, missing, torch_optimizer
from descent.benchmark.ours import epoch_of
from descent.benchmark.rows import OURS, PRODUCTS, Row, rows_of
from descent.benchmark.setting import Setting
from descent.benchmark.timing import Candidate, alternate, timed
from descent.data.dataset import Dataset, load_dataset
from descent.data.inputs import Inputs

RULES = ("sgd", "rmsprop", "adam")
#: scikit-learn's solvers for the same rules; it has no other.
SOLVERS = {"sgd": "sgd", "adam": "adam"}
#: Memory layouts of a layer's weights.
LAYOUTS = ("(inputs, outputs)", "(outputs, inputs)")


def measure(setting: Setting) -> list[Row]:
    """Measure an epoch with each of three rules."""
    rows: list[Row] = []
    assert setting.dataset is not None
    dataset = load_dataset(setting.dataset)
    sizes, mini_batch = _shape(setting, dataset)
    inputs, labels = training_inputs(dataset), np.array(dataset["train_labels"], np.int64)
    for rule in RULES:
        candidates: dict[str, Candidate] = {
            OURS: epoch_of(setting.load(), rule),
            **products(sizes, len(labels), mini_batch),
        }
        measured, notes = torch_epochs(inputs, labels, sizes, mini_batch, rule)
        candidates |= measured
        if why := missing("sklearn", "scikit-learn"):
            notes["scikit-learn"] = why
        elif rule not in SOLVERS:
            notes["scikit-learn"] = f"scikit-learn's MLPClassifier has no {rule}"
        elif len(sizes) > 2:
            candidates["scikit-learn"] = timed(
                ClassifierEpoch(inputs, labels, sizes[1:-1], mini_batch, SOLVERS[rule])
            )
        rows += rows_of("mlp_epoch", rule, alternate(candidates, setting.size.rounds), notes)
    return rows


def _shape(setting: Setting, dataset: Dataset) -> tuple[tuple[int, ...], int]:
    """Return the units of every layer, and the mini-batch, as the problem has them."""
    hidden = [] if setting.problem["use"] == "softmax_regression" else [128]
    sizes = (
        dataset["train_inputs"].shape[1],
        *setting.problem.get("hidden", hidden),
        int(dataset.about["classes"]),
    )
    return sizes, setting.problem.get("mini_batch", 128)


def training_inputs(dataset: Dataset) -> Array:
    """Return the training inputs for other libraries: floats, one copy for all."""
    inputs = Inputs(dataset, "train", np.dtype(np.float32))
    floats = aligned_array(inputs.shape, np.float32)
    floats[...] = inputs.rows(slice(None))
    return floats


def products(sizes: tuple[int, ...], examples: int, mini_batch: int) -> dict[str, Candidate]:
    """Return the products alone in both weight layouts: which is faster depends on BLAS."""
    return {
        f"{PRODUCTS}, weights {layout}": timed(Products(sizes, examples, mini_batch, layout))
        for layout in LAYOUTS
    }


class Products:
    """The matrix products of an epoch, on buffers that stay where they are.

    Parameters
    ----------
    sizes : tuple of int
        Units of every layer.
    examples, mini_batch : int
        Of an epoch.
    layout : str
        One of ``LAYOUTS``: the memory layout of the weights.
    """

    def __init__(self, sizes: tuple[int, ...], examples: int, mini_batch: int, layout: str) -> None:
        rng = np.random.default_rng(0)

        def random(*shape: int) -> Array:
            array = aligned_array(shape, np.float32)
            array[...] = rng.normal(size=shape)
            return array

        def weights(inputs: int, outputs: int) -> Array:
            """Return an array of shape (inputs, outputs), in the given memory layout."""
            return random(inputs, outputs) if layout == LAYOUTS[0] else random(outputs, inputs).T

        starts = range(0, examples, mini_batch)
        self._batches = [min(mini_batch, examples - start) for start in starts]
        self._layers = [
            {
                "h": random(mini_batch, inputs),
                "W": weights(inputs, outputs),
                "z": random(mini_batch, outputs),
                "delta": random(mini_batch, outputs),
                "gradient": weights(inputs, outputs),
                "below": random(mini_batch, inputs),
            }
            for inputs, outputs in pairwise(sizes)
        ]

    def __call__(self) -> None:
        """Multiply: forward, gradient and, but for the first layer, backward."""
        for B in self._batches:
            for layer in self._layers:
                np.matmul(layer["h"][:B], layer["W"], out=layer["z"][:B])
            for layer in reversed(self._layers):
                np.matmul(layer["h"][:B].T, layer["delta"][:B], out=layer["gradient"])
                if layer is not self._layers[0]:
                    np.matmul(layer["delta"][:B], layer["W"].T, out=layer["below"][:B])


def torch_epochs(
    inputs: Array, labels: IntArray, sizes: tuple[int, ...], mini_batch: int, rule: str
) -> tuple[dict[str, Candidate], dict[str, str]]:
    """Return PyTorch's candidates, and why others are missing.

    Each implementation is tried with its defaults and with subnormal numbers flushed to zero: slots
    that decay without gradients, as those of a blank pixel, are slow otherwise.
    """
    if why := missing("torch", "PyTorch"):
        return {}, {f"PyTorch, {name}": why for name in IMPLEMENTATIONS}
    candidates: dict[str, Candidate] = {}
    notes: dict[str, str] = {}
    for name in IMPLEMENTATIONS:
        for label, flush in ((f"PyTorch, {name}", False), (f"PyTorch flushing, {name}", True)):
            try:
                epoch = TorchEpoch(inputs, labels, sizes, mini_batch, rule, name, flush=flush)
            except NotImplementedError as error:
                notes[label] = str(error)
            else:
                candidates[label] = timed(epoch)
    return candidates, notes


class TorchEpoch:
    """An epoch in PyTorch as its users write it, without the cost of a DataLoader."""

    def __init__(
        self,
        inputs: Array,
        labels: IntArray,
        sizes: tuple[int, ...],
        mini_batch: int,
        rule: str,
        name: str,
        *,
        flush: bool,
    ) -> None:
        self.flush = flush
        self.torch: Any = load_torch()
        nn = self.torch.nn
        layers: list[Any] = []
        for units, next_units in pairwise(sizes):
            layers += [nn.Linear(units, next_units), nn.ReLU()]
        self.model = nn.Sequential(*layers[:-1])
        self.optimizer = torch_optimizer(rule, self.model.parameters(), name)
        self.inputs, self.labels = map(self.torch.from_numpy, (inputs, labels))
        self.mini_batch = mini_batch

    def __call__(self) -> None:
        """Train one epoch in a new order."""
        self.torch.set_flush_denormal(self.flush)
        order = self.torch.randperm(len(self.labels))
        for batch in order.split(self.mini_batch):
            logits = self.model(self.inputs.index_select(0, batch))
            loss = self.torch.nn.functional.cross_entropy(logits, self.labels[batch])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        self.torch.set_flush_denormal(
            False
        )  # this setting affects the whole thread, our code included


class ClassifierEpoch:
    """An epoch of scikit-learn's MLPClassifier: the same layers, mini-batch and rule."""

    def __init__(
        self,
        inputs: Array,
        labels: IntArray,
        hidden: tuple[int, ...],
        mini_batch: int,
        solver: str,
    ) -> None:
        from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

        self.inputs, self.labels = inputs, labels
        self.model = MLPClassifier(
            hidden_layer_sizes=hidden,
            solver=solver,
            alpha=0.0,
            batch_size=mini_batch,
            learning_rate_init=1e-3,
            momentum=0.0,
            nesterovs_momentum=False,
            max_iter=1,
            shuffle=True,
            warm_start=True,
            random_state=0,
        )

    def __call__(self) -> None:
        """Train one epoch in a new order, from where the last one ended."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it has not converged after one epoch
            self.model.fit(self.inputs, self.labels)
