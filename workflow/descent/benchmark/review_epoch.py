"""An epoch of the recurrent network, or of logistic regression, on reviews."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from descent.arrays import Array, IntArray
from descent.benchmark.epoch import measure_epochs
from descent.benchmark.measurement import Measurement
from descent.benchmark.setting import Setting
from descent.data.dataset import load_dataset
from descent.models.packing import Packing
from descent.problems.reviews import binary_labels, counts_matrix

#: Norm to which the recurrent network clips a gradient, unless its settings say another.
CLIP_NORM = 1.0


def measure(setting: Setting) -> list[Measurement]:
    """Measure an epoch with each of three rules."""
    if setting.problem["use"] == "rnn":
        return _recurrent(Reviews(setting, "sentence"), setting)
    return _logistic(Reviews(setting, "bag"), setting)


class Reviews:
    """The counts and labels of the training reviews, and the mini-batches of an epoch.

    Parameters
    ----------
    setting : Setting
        Its dataset and its problem's ``mini_batch`` are used.
    unit : {"sentence", "bag"}
        Whether the words of each sentence are counted, or those of a whole review.
    """

    def __init__(self, setting: Setting, unit: str) -> None:
        dataset = load_dataset(setting.dataset)
        self.counts: Any = counts_matrix(dataset, unit, np.dtype(np.float32))
        self.labels = binary_labels(dataset, np.dtype(np.float32))
        self.vocabulary = self.counts.shape[1]
        self._train = np.array(dataset["train_reviews"])
        self._offsets = np.array(dataset["review_offsets"])
        self._mini_batch = setting.problem.get("mini_batch", 32)

    def batches(self, rng: np.random.Generator) -> list[IntArray]:
        """Return the reviews of each mini-batch, in a new order."""
        order = rng.permutation(self._train)
        return [order[i : i + self._mini_batch] for i in range(0, len(order), self._mini_batch)]

    def packed(self, batch: IntArray) -> tuple[Any, Packing, Array]:
        """Return the sentences of a mini-batch packed by time step, the packing, and the labels."""
        first = self._offsets[batch]
        packing = Packing(self._offsets[batch + 1] - first)
        rows = first[packing.order][packing.members] + packing.steps
        return self.counts[rows], packing, self.labels[batch[packing.order]]


def _recurrent(reviews: Reviews, setting: Setting) -> list[Measurement]:
    hidden = setting.problem.get("hidden", 32)

    def build(torch: Any) -> tuple[list[Any], Callable[[], Iterator[Any]]]:
        nn, rng = torch.nn, np.random.default_rng(0)
        embedding = nn.EmbeddingBag(reviews.vocabulary, hidden, mode="sum")
        nn.init.normal_(embedding.weight, std=math.sqrt(2 / reviews.vocabulary))
        recurrent, score = nn.RNN(hidden, hidden), nn.Linear(hidden, 1)

        def losses() -> Iterator[Any]:
            for batch in reviews.batches(rng):
                counts, packing, labels = reviews.packed(batch)
                sentences = embedding(
                    torch.from_numpy(counts.indices),
                    torch.from_numpy(counts.indptr[:-1]),
                    per_sample_weights=torch.from_numpy(counts.data),
                )
                running = torch.from_numpy(packing.running)
                _, last = recurrent(nn.utils.rnn.PackedSequence(sentences, running))
                yield nn.functional.binary_cross_entropy_with_logits(
                    score(last[0])[:, 0], torch.from_numpy(labels)
                )

        return [p for part in (embedding, recurrent, score) for p in part.parameters()], losses

    return measure_epochs(setting, RecurrentProducts(reviews, hidden), build, CLIP_NORM)


class RecurrentProducts:
    """The matrix products of an epoch, sparse and dense, on mini-batches gathered beforehand.

    Parameters
    ----------
    reviews : Reviews
        Whose sentences are counted.
    hidden : int
        Units of the state.
    """

    def __init__(self, reviews: Reviews, hidden: int) -> None:
        rng = np.random.default_rng(0)

        def random(*shape: int) -> Array:
            return rng.normal(size=shape).astype(np.float32)

        self._batches = []
        self._W_x = random(reviews.vocabulary, hidden)
        # orthogonal: repeated multiplication neither grows nor decays
        self._W_h: Array = np.linalg.qr(random(hidden, hidden))[0]
        self._gradient = random(hidden, hidden)
        for batch in reviews.batches(rng):
            counts, packing, _ = reviews.packed(batch)
            pairs = [
                (slice(before.start, before.start + now.stop - now.start), now)
                for before, now in zip(packing.blocks, packing.blocks[1:], strict=False)
            ]
            h, delta = random(counts.shape[0], hidden), random(counts.shape[0], hidden)
            self._batches.append((counts, counts.T, pairs, h, delta, len(batch)))

    def __call__(self) -> None:
        """Multiply: forward, backward through time, gradients."""
        for counts, transposed, pairs, h, delta, B in self._batches:
            counts @ self._W_x
            for before, now in pairs:
                np.matmul(h[before], self._W_h, out=h[now])
            for before, now in reversed(pairs):
                np.matmul(delta[now], self._W_h.T, out=delta[before])
            transposed @ delta
            np.matmul(h[: len(h) - B].T, delta[B:], out=self._gradient)


def _logistic(reviews: Reviews, setting: Setting) -> list[Measurement]:
    l2 = float(setting.problem.get("l2", 0.01))
    rng = np.random.default_rng(0)
    w = rng.normal(size=reviews.vocabulary).astype(np.float32)
    gathered = [
        (counts, counts.T, np.ones(counts.shape[0], np.float32))
        for counts in (reviews.counts[batch] for batch in reviews.batches(rng))
    ]

    def products() -> None:
        for counts, transposed, slopes in gathered:
            counts @ w
            transposed @ slopes

    def build(torch: Any) -> tuple[list[Any], Callable[[], Iterator[Any]]]:
        # with so few columns, dense counts are faster than an EmbeddingBag
        counts = torch.from_numpy(reviews.counts.toarray())
        labels = torch.from_numpy(reviews.labels)
        model = torch.nn.Linear(reviews.vocabulary, 1)

        def losses() -> Iterator[Any]:
            for batch in map(torch.from_numpy, reviews.batches(rng)):
                yield torch.nn.functional.binary_cross_entropy_with_logits(
                    model(counts[batch])[:, 0], labels[batch]
                )

        return [{"params": [model.weight], "weight_decay": l2}, {"params": [model.bias]}], losses

    return measure_epochs(setting, products, build)
