"""What a user would write in place of a run of ours: a small language model, in plain PyTorch.

``python plain_pytorch_language_model.py FOLDER RULE`` trains on the arrays of a prepared dataset,
in a folder, and prints losses where a run of ours evaluates them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

ALPHABET, WIDTH, HEADS, CONTEXT, MINI_BATCH, STEPS, EVALUATIONS = 97, 48, 4, 32, 16, 1000, 5
SAMPLE, WHOLE = 2**13, 2**16
RULES = {"adamw": torch.optim.AdamW}


class Block(nn.Module):  # type: ignore[misc]
    """Causal attention and a feed-forward layer, each behind a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.output = nn.Linear(WIDTH, WIDTH)
        self.mlp = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.ReLU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x: Any) -> Any:
        """Return the steps after the block."""
        batch, steps, _ = x.shape
        q, k, v = self.qkv(self.norm_1(x)).split(WIDTH, dim=2)
        q, k, v = (a.view(batch, steps, HEADS, -1).transpose(1, 2) for a in (q, k, v))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(y.transpose(1, 2).reshape(batch, steps, WIDTH))
        return x + self.mlp(self.norm_2(x))


class Model(nn.Module):  # type: ignore[misc]
    """Embeddings, a block, a norm and the output."""

    def __init__(self) -> None:
        super().__init__()
        self.characters = nn.Embedding(ALPHABET, WIDTH)
        self.positions = nn.Embedding(CONTEXT, WIDTH)
        self.block, self.norm = Block(), nn.LayerNorm(WIDTH)
        self.output = nn.Linear(WIDTH, ALPHABET)

    def forward(self, read: Any, following: Any) -> Any:
        """Return the mean loss."""
        x = self.characters(read) + self.positions.weight[: read.shape[1]]
        logits = self.output(self.norm(self.block(x)))
        return functional.cross_entropy(logits.flatten(0, 1), following.flatten())


def main(folder: Path, rule: str) -> None:
    """Train and print."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    texts = {
        split: torch.from_numpy(np.load(folder / f"{split}_characters.npy")).long()
        for split in ("train", "validation", "test")
    }
    model = Model()
    optimizer = RULES[rule](model.parameters(), lr=1e-3)

    def loss_of(split: str, starts: Any) -> Any:
        windows = texts[split][starts[:, None] + torch.arange(CONTEXT + 1)]
        return model(windows[:, :-1], windows[:, 1:])

    def evaluate(characters: int) -> None:
        with torch.no_grad():
            for split, text in texts.items():
                starts = torch.linspace(0, len(text) - CONTEXT - 1, characters // CONTEXT).long()
                losses = [loss_of(split, part).item() for part in starts.split(64)]
                print(split, sum(losses) / len(losses))

    evaluate(SAMPLE)
    for step in range(1, STEPS + 1):
        starts = torch.randint(len(texts["train"]) - CONTEXT, (MINI_BATCH,))
        optimizer.zero_grad()
        loss_of("train", starts).backward()
        optimizer.step()
        if step % (STEPS // EVALUATIONS) == 0:
            evaluate(SAMPLE)
    evaluate(WHOLE)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
