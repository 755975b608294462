"""An epoch of the recurrent network on reviews."""

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


class Reviews:
    """The word counts and labels of the training reviews, and the mini-batches of an epoch.

    Parameters
    ----------
    setting : Setting
        Its dataset and its problem's ``mini_batch`` are used.
    """

    def __init__(self, setting: Setting) -> None:
        dataset = load_dataset(setting.dataset)
        self._counts: Any = counts_matrix(dataset, "sentence", np.dtype(np.float32))
        self._labels = binary_labels(dataset, np.dtype(np.float32))
        self.vocabulary = self._counts.shape[1]
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
        return self._counts[rows], packing, self._labels[batch[packing.order]]


def measure(setting: Setting) -> list[Measurement]:
    """Measure an epoch with each of three rules."""
    reviews, hidden = Reviews(setting), setting.problem.get("hidden", 32)

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

    return measure_epochs(setting, build, clip_norm=CLIP_NORM)
