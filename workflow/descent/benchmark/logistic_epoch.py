"""An epoch of logistic regression: ours, PyTorch, scikit-learn's SGDClassifier, products alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from descent.arrays import IntArray
from descent.benchmark.libraries import IMPLEMENTATIONS, load_torch, missing, torch_optimizer
from descent.benchmark.ours import epoch_of
from descent.benchmark.rows import OURS, PRODUCTS, Row, rows_of
from descent.benchmark.setting import Setting
from descent.benchmark.timing import Candidate, alternate, timed
from descent.data.dataset import load_dataset
from descent.problems.reviews import binary_labels, counts_matrix

RULES = ("sgd", "rmsprop", "adam")


def measure(setting: Setting) -> list[Row]:
    """Measure an epoch with each of three rules."""
    bags, l2 = Bags(setting), float(setting.problem.get("l2", 0.01))
    rows: list[Row] = []
    for rule in RULES:
        candidates: dict[str, Candidate] = {
            OURS: epoch_of(setting.load(), rule),
            PRODUCTS: timed(Products(bags)),
        }
        notes: dict[str, str] = {}
        for name in IMPLEMENTATIONS:
            for epoch in (TorchSparseEpoch, TorchDenseEpoch):
                label = f"PyTorch, {name}, {epoch.counts}"
                if why := missing("torch", "PyTorch"):
                    notes[label] = why
                    continue
                try:
                    candidates[label] = timed(epoch(bags, l2, rule, name))
                except NotImplementedError as error:
                    notes[label] = str(error)
        if why := missing("sklearn", "scikit-learn"):
            notes["scikit-learn"] = why
        elif rule == "sgd":
            candidates["scikit-learn"] = timed(ClassifierEpoch(bags, l2))
        else:
            notes["scikit-learn"] = f"scikit-learn's SGDClassifier has no {rule}"
        rows += rows_of("logistic_epoch", rule, alternate(candidates, setting.size.rounds), notes)
    return rows


class Bags:
    """The counts of the whole training reviews, and the mini-batches of an epoch."""

    def __init__(self, setting: Setting) -> None:
        assert setting.dataset is not None
        dataset = load_dataset(setting.dataset)
        train = np.asarray(dataset["train_reviews"])
        self.counts: Any = counts_matrix(dataset, "bag", np.dtype(np.float32))[train]
        self.labels = binary_labels(dataset, np.dtype(np.float32))[train]
        self.mini_batch = setting.problem.get("mini_batch", 32)

    def batches(self, rng: np.random.Generator) -> list[IntArray]:
        """Return the examples of each mini-batch, in a new order."""
        order = rng.permutation(len(self.labels))
        return [order[i : i + self.mini_batch] for i in range(0, len(order), self.mini_batch)]


class Products:
    """The sparse products of an epoch, on mini-batches gathered beforehand."""

    def __init__(self, bags: Bags) -> None:
        rng = np.random.default_rng(0)
        self._w = rng.normal(size=bags.counts.shape[1]).astype(np.float32)
        self._batches = [
            (counts, counts.T, np.ones(counts.shape[0], np.float32))
            for counts in (bags.counts[batch] for batch in bags.batches(rng))
        ]

    def __call__(self) -> None:
        """Multiply: scores and gradients."""
        for counts, transposed, slopes in self._batches:
            counts @ self._w
            transposed @ slopes


class TorchEpoch(ABC):
    """An epoch in PyTorch; how the scores are made of the counts is the subclass's."""

    counts: ClassVar[str]

    def __init__(self, bags: Bags, l2: float, rule: str, name: str) -> None:
        self.torch: Any = load_torch()
        self.bags = bags
        self.rng = np.random.default_rng(0)
        self.weights = self._weights(bags.counts.shape[1])
        self.bias = self.torch.nn.Parameter(self.torch.zeros(1))
        groups = [
            {"params": list(self.weights.parameters()), "weight_decay": l2},
            {"params": [self.bias]},
        ]
        self.optimizer = torch_optimizer(rule, groups, name)

    @abstractmethod
    def _weights(self, inputs: int) -> Any:
        """Return the module that holds the weights."""

    @abstractmethod
    def _scores(self, batch: IntArray) -> Any:
        """Return the scores of a mini-batch, without the bias, shape (B, 1)."""

    def __call__(self) -> None:
        """Train one epoch in a new order."""
        torch = self.torch
        for batch in self.bags.batches(self.rng):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                self._scores(batch)[:, 0] + self.bias, torch.from_numpy(self.bags.labels[batch])
            )
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


class TorchSparseEpoch(TorchEpoch):
    """The scores are an EmbeddingBag of one column over the sparse counts."""

    counts = "EmbeddingBag"

    def _weights(self, inputs: int) -> Any:
        return self.torch.nn.EmbeddingBag(inputs, 1, mode="sum")

    def _scores(self, batch: IntArray) -> Any:
        counts, from_numpy = self.bags.counts[batch], self.torch.from_numpy
        return self.weights(
            from_numpy(counts.indices),
            from_numpy(counts.indptr[:-1]),
            per_sample_weights=from_numpy(counts.data),
        )


class TorchDenseEpoch(TorchEpoch):
    """The counts are a dense matrix, zeros and all."""

    counts = "dense counts"

    def _weights(self, inputs: int) -> Any:
        self.inputs = self.torch.from_numpy(self.bags.counts.toarray())
        return self.torch.nn.Linear(inputs, 1, bias=False)

    def _scores(self, batch: IntArray) -> Any:
        return self.weights(self.inputs[self.torch.from_numpy(batch)])


class ClassifierEpoch:
    """An epoch of SGDClassifier: a step an example."""

    def __init__(self, bags: Bags, l2: float) -> None:
        from scipy.sparse import csr_matrix  # noqa: PLC0415
        from sklearn.linear_model import SGDClassifier  # noqa: PLC0415

        self.counts, self.labels = csr_matrix(bags.counts), bags.labels
        self.model = SGDClassifier(
            loss="log_loss", alpha=l2, learning_rate="constant", eta0=1e-3, random_state=0
        )

    def __call__(self) -> None:
        """Train one epoch in a new order."""
        self.model.partial_fit(self.counts, self.labels, [0.0, 1.0])
