"""What a user would write in place of a run of ours: a recurrent network, in plain PyTorch.

``python plain_pytorch_rnn.py FOLDER RULE`` trains on the sentences of reviews, arrays in a folder,
and prints losses and accuracies where a run of ours evaluates them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence
from torch.utils.data import DataLoader

EPOCHS, EVALUATIONS, MINI_BATCH, SAMPLE, HIDDEN, CLIP_NORM = 5, 5, 32, 400, 32, 1.0
RULES = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam}


class Reviews:
    """Reviews as words and counts of each sentence."""

    def __init__(self, folder: Path, chosen: Any) -> None:
        def array(name: str) -> Any:
            return np.load(folder / f"{name}.npy")

        self.words = torch.from_numpy(array("sentence_indices").astype(np.int64))
        self.counts = torch.from_numpy(array("sentence_data"))
        self.sentences = array("sentence_indptr")
        self.offsets = array("review_offsets")
        self.labels = array("labels")
        self.chosen = chosen

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, i: int) -> Any:
        review = self.chosen[i]
        starts = self.sentences[self.offsets[review] : self.offsets[review + 1] + 1]
        part = slice(starts[0], starts[-1])
        bags = torch.from_numpy((starts[:-1] - starts[0]).astype(np.int64))
        return self.words[part], self.counts[part], bags, float(self.labels[review])


def collate(reviews: list[Any]) -> Any:
    """Return the sentences of a mini-batch one after another, their number by review, labels."""
    words, counts, bags, labels = zip(*reviews, strict=True)
    before = np.cumsum([0, *(len(w) for w in words[:-1])])
    shifted = [bag + int(start) for bag, start in zip(bags, before, strict=True)]
    lengths = [len(bag) for bag in bags]
    return torch.cat(words), torch.cat(counts), torch.cat(shifted), lengths, torch.tensor(labels)


class Network(nn.Module):  # type: ignore[misc, unused-ignore]
    """A state that reads one sentence after the other, and a score of the last one."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocabulary, HIDDEN, mode="sum")
        nn.init.normal_(self.embedding.weight, std=(2 / vocabulary) ** 0.5)
        self.recurrent = nn.RNN(HIDDEN, HIDDEN)
        self.score = nn.Linear(HIDDEN, 1)

    def forward(self, words: Any, counts: Any, bags: Any, lengths: list[int]) -> Any:
        """Return the log-odds of each review."""
        sentences = self.embedding(words, bags, per_sample_weights=counts).split(lengths)
        _, last = self.recurrent(pack_sequence(sentences, enforce_sorted=False))
        return self.score(last[0])[:, 0]


def main(folder: Path, rule: str) -> None:
    """Train and print."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    chosen = {
        split: np.load(folder / f"{split}_reviews.npy") for split in ("train", "validation", "test")
    }
    sample = np.random.default_rng(0).permutation(chosen["train"])[:SAMPLE]
    shown = {
        split: DataLoader(Reviews(folder, reviews), MINI_BATCH, collate_fn=collate)
        for split, reviews in (chosen | {"train": sample}).items()
    }
    whole = {"train": DataLoader(Reviews(folder, chosen["train"]), MINI_BATCH, collate_fn=collate)}
    loader = DataLoader(
        Reviews(folder, chosen["train"]), MINI_BATCH, shuffle=True, collate_fn=collate
    )
    model = Network(len(np.load(folder / "vocabulary.npy")))
    optimizer = RULES[rule](model.parameters(), lr=1e-3)
    criterion = nn.BCEWithLogitsLoss()

    def evaluate(loaders: dict[str, Any]) -> None:
        with torch.no_grad():
            for split, parts in loaders.items():
                losses, hits = [], []
                for *inputs, labels in parts:
                    scores = model(*inputs)
                    losses.append(criterion(scores, labels).item() * len(labels))
                    hits.append(((scores > 0) == (labels > 0)).sum().item())
                print(split, sum(losses) / len(parts.dataset), sum(hits) / len(parts.dataset))

    evaluate(shown)
    every = -(-len(loader) // EVALUATIONS)
    for _ in range(EPOCHS):
        for step, (*inputs, labels) in enumerate(loader, start=1):
            optimizer.zero_grad()
            loss = criterion(model(*inputs), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
            optimizer.step()
            if step % every == 0 or step == len(loader):
                evaluate(shown)
    evaluate(whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
