"""An epoch of the recurrent network on reviews: ours, PyTorch at its best, the products alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from descent.arrays import Array, IntArray
from descent.benchmark.libraries import IMPLEMENTATIONS, load_torch, missing, torch_optimizer
from descent.benchmark.ours import epoch_of
from descent.benchmark.rows import OURS, PRODUCTS, Row, rows_of
from descent.benchmark.setting import Setting
from descent.benchmark.timing import Candidate, alternate, timed
from descent.data.dataset import Dataset, load_dataset
from descent.models.packing import Packing
from descent.problems.reviews import binary_labels, counts_matrix

RULES = ("sgd", "rmsprop", "adam")
#: Norm to which the problem clips a gradient, unless its settings say another.
CLIP_NORM = 1.0


def measure(setting: Setting) -> list[Row]:
    """Measure an epoch with each of three rules."""
    rows: list[Row] = []
    assert setting.dataset is not None
    reviews = Reviews(load_dataset(setting.dataset), setting.problem.get("mini_batch", 32))
    hidden = setting.problem.get("hidden", 32)
    for rule in RULES:
        candidates: dict[str, Candidate] = {
            OURS: epoch_of(setting.load(), rule),
            PRODUCTS: timed(Products(reviews, hidden)),
        }
        notes: dict[str, str] = {}
        for implementation in IMPLEMENTATIONS:
            for sparse, loop in ((False, False), (False, True), (True, False), (True, True)):
                label = f"PyTorch, {implementation}"
                label += ", a loop over steps" if loop else ", nn.RNN"
                label += ", sparse gradients" if sparse else ""
                if why := missing("torch", "PyTorch"):
                    notes[label] = why
                    continue
                if sparse and (rule != "sgd" or implementation == "fused"):
                    continue  # no equivalent rule accepts them; one row below names the reason
                try:
                    epoch = TorchEpoch(
                        reviews, hidden, rule, implementation, sparse=sparse, loop=loop
                    )
                except NotImplementedError as error:
                    notes[label] = str(error)
                else:
                    candidates[label] = timed(epoch)
        if rule != "sgd" and not missing("torch", "PyTorch"):
            notes["PyTorch, sparse gradients"] = f"PyTorch's {rule} takes no sparse gradients"
        rows += rows_of("rnn_epoch", rule, alternate(candidates, setting.size.rounds), notes)
    return rows


class Reviews:
    """The training reviews, and the mini-batches of an epoch.

    Parameters
    ----------
    dataset : Dataset
        Prepared reviews of two classes.
    mini_batch : int
        Reviews in a mini-batch.
    """

    def __init__(self, dataset: Dataset, mini_batch: int) -> None:
        self.counts = counts_matrix(dataset, "sentence", np.dtype(np.float32))
        self.labels = binary_labels(dataset, np.dtype(np.float32))
        self.reviews = np.array(dataset["train_reviews"])
        self.offsets = np.array(dataset["review_offsets"])
        self.mini_batch = mini_batch

    def batches(self, rng: np.random.Generator) -> list[IntArray]:
        """Return the reviews of each mini-batch, in a new order."""
        order = rng.permutation(self.reviews)
        return [order[i : i + self.mini_batch] for i in range(0, len(order), self.mini_batch)]

    def packed(self, batch: IntArray) -> tuple[Any, Packing, Array]:
        """Return the counts of a mini-batch packed by time step, the packing, and the labels."""
        first = self.offsets[batch]
        packing = Packing(self.offsets[batch + 1] - first)
        rows = first[packing.order][packing.members] + packing.steps
        return self.counts[rows], packing, self.labels[batch[packing.order]]


class Products:
    """The matrix products of an epoch, sparse and dense, on mini-batches gathered beforehand."""

    def __init__(self, reviews: Reviews, hidden: int) -> None:
        rng = np.random.default_rng(0)

        def random(*shape: int) -> Array:
            return rng.normal(size=shape).astype(np.float32)

        self._batches = []
        self._W_x = random(reviews.counts.shape[1], hidden)
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
        W_h_T = self._W_h.T
        for counts, transposed, pairs, h, delta, B in self._batches:
            counts @ self._W_x
            for before, now in pairs:
                np.matmul(h[before], self._W_h, out=h[now])
            for before, now in reversed(pairs):
                np.matmul(delta[now], W_h_T, out=delta[before])
            transposed @ delta
            np.matmul(h[: len(h) - B].T, delta[B:], out=self._gradient)


class TorchEpoch:
    """An epoch in PyTorch: EmbeddingBag over the counts, then packed sequences.

    Parameters
    ----------
    reviews : Reviews
        The data.
    hidden : int
        Units of the state.
    rule, implementation : str
        As for :func:`descent.benchmark.libraries.torch_optimizer`.
    sparse : bool
        Whether the embedding's gradient is sparse.
    loop : bool
        Whether the time steps are a loop in Python over the packed blocks, which multiplies no
        more than ours does, or ``nn.RNN``, which has a product more but no loop.
    """

    def __init__(
        self,
        reviews: Reviews,
        hidden: int,
        rule: str,
        implementation: str,
        *,
        sparse: bool,
        loop: bool,
    ) -> None:
        self.torch: Any = load_torch()
        nn = self.torch.nn
        self.reviews, self.loop = reviews, loop
        self.rng = np.random.default_rng(0)
        self.embedding = nn.EmbeddingBag(reviews.counts.shape[1], hidden, mode="sum", sparse=sparse)
        nn.init.normal_(self.embedding.weight, std=math.sqrt(2 / reviews.counts.shape[1]))
        # With a loop, the recurrent weights and bias; the score's are a layer of their own.
        self.recurrent = nn.Linear(hidden, hidden) if loop else nn.RNN(hidden, hidden)
        self.score = nn.Linear(hidden, 1)
        parts = (self.embedding, self.recurrent, self.score)
        self.parameters = [p for part in parts for p in part.parameters()]
        self.optimizer = torch_optimizer(rule, self.parameters, implementation)
        self.clip = self._clip_sparse if sparse else self._clip_dense

    def __call__(self) -> None:
        """Train one epoch in a new order."""
        torch = self.torch
        for batch in self.reviews.batches(self.rng):
            counts, packing, labels = self.reviews.packed(batch)
            embedded = self.embedding(
                torch.from_numpy(counts.indices),
                torch.from_numpy(counts.indptr[:-1]),
                per_sample_weights=torch.from_numpy(counts.data),
            )
            last = self._last_states(embedded, packing)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                self.score(last)[:, 0], torch.from_numpy(labels)
            )
            self.optimizer.zero_grad()
            loss.backward()
            self.clip()
            self.optimizer.step()

    def _last_states(self, embedded: Any, packing: Packing) -> Any:
        """Return the state after each sequence's last step, along the packing's order."""
        torch = self.torch
        if not self.loop:
            sizes = torch.from_numpy(packing.running)
            packed = torch.nn.utils.rnn.PackedSequence(embedded, sizes)
            return self.recurrent(packed)[1][0]
        ended: list[Any] = []
        h = torch.tanh(embedded[packing.blocks[0]] + self.recurrent.bias)
        for block in packing.blocks[1:]:
            n = block.stop - block.start
            if n < len(h):
                ended.append(h[n:])
            h = torch.tanh(embedded[block] + self.recurrent(h[:n]))
        return torch.cat([h, *reversed(ended)])

    def _clip_dense(self) -> None:
        self.torch.nn.utils.clip_grad_norm_(self.parameters, CLIP_NORM)

    def _clip_sparse(self) -> None:
        sparse = self.embedding.weight.grad = self.embedding.weight.grad.coalesce()
        values = [sparse._values(), *(p.grad for p in self.parameters[1:])]  # noqa: SLF001
        norm = self.torch.linalg.vector_norm(
            self.torch.stack([self.torch.linalg.vector_norm(v) for v in values])
        )
        factor = self.torch.clamp(CLIP_NORM / (norm + 1e-6), max=1.0)
        for v in values:
            v.mul_(factor)
