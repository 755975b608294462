"""What a user would write in place of a run of ours: a perceptron on images, in plain PyTorch.

``python plain_pytorch.py FOLDER RULE`` trains on the arrays of a prepared dataset, in a folder, and
prints losses and accuracies where a run of ours evaluates them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, EVALUATIONS, MINI_BATCH, SAMPLE = 5, 2, 128, 5000
RULES = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam}


def load(folder: Path, split: str) -> tuple[Any, Any]:
    """Return images between 0 and 1 and their labels."""
    images = np.load(folder / f"{split}_inputs.npy").astype(np.float32) / 255
    labels = np.load(folder / f"{split}_labels.npy").astype(np.int64)
    return torch.from_numpy(images), torch.from_numpy(labels)


def main(folder: Path, rule: str) -> None:
    """Train and print."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    splits = {split: load(folder, split) for split in ("train", "validation", "test")}
    images, labels = splits["train"]
    sample = torch.randperm(len(labels))[:SAMPLE]
    shown = splits | {"train": (images[sample], labels[sample])}
    loader = DataLoader(TensorDataset(images, labels), MINI_BATCH, shuffle=True)
    model = nn.Sequential(
        nn.Linear(images.shape[1], 128), nn.ReLU(), nn.Linear(128, int(labels.max()) + 1)
    )
    optimizer = RULES[rule](model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()

    def evaluate(parts: dict[str, tuple[Any, Any]]) -> None:
        with torch.no_grad():
            for split, (x, y) in parts.items():
                logits = model(x)
                accuracy = (logits.argmax(dim=1) == y).float().mean()
                print(split, criterion(logits, y).item(), accuracy.item())

    evaluate(shown)
    every = -(-len(loader) // EVALUATIONS)
    for _ in range(EPOCHS):
        for step, (x, y) in enumerate(loader, start=1):
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            if step % every == 0 or step == len(loader):
                evaluate(shown)
    evaluate({"train": splits["train"]})


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
