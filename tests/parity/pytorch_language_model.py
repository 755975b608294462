"""The language model as PyTorch has it, and what it gives at fixed weights.

    python tests/parity/pytorch_language_model.py

writes the file of its name beside it, and needs PyTorch.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np

from descent.models.language_model import LanguageModel

FROZEN = Path(__file__).with_name("pytorch_language_model.npz")
#: Two layers, all kinds of settings between them.
MODELS = {
    "untied_relu": LanguageModel(7, 2, 6, 3, 5, dtype=np.float64),
    "tied_gelu": LanguageModel(7, 2, 6, 3, 5, activation="gelu", tied=True, dtype=np.float64),
}
#: Windows shorter than the context: its last position has no gradient.
WINDOWS = np.random.default_rng(1).integers(0, 7, (4, 5))


def weights(model: LanguageModel) -> np.ndarray:
    """Return weights far from initial ones, so that nothing is nearly linear."""
    return 0.7 * np.random.default_rng(2).normal(size=model.layout.size)


def loss_and_gradient(model: LanguageModel, theta: np.ndarray) -> tuple[float, np.ndarray]:
    """Return loss and gradient by PyTorch's own layers and automatic differentiation."""
    torch = importlib.import_module("torch")
    F = torch.nn.functional
    p = {name: torch.tensor(a, requires_grad=True) for name, a in model.layout.views(theta).items()}
    read, following = torch.tensor(WINDOWS[:, :-1]), torch.tensor(WINDOWS[:, 1:])
    width = p["embedding"].shape[1]

    def norm(x, name):
        return F.layer_norm(
            x, (width,), p[f"{name[0]}gain_{name[1]}"], p[f"{name[0]}bias_{name[1]}"]
        )

    x = F.embedding(read, p["embedding"]) + p["positions"][: read.shape[1]]
    for block in model.blocks:
        name = block.prefix
        a = norm(x, (name, "attention"))
        heads = [
            (a @ p[f"{name}W_{of}"]).unflatten(-1, (block.heads, -1)).transpose(1, 2)
            for of in ("query", "key", "value")
        ]
        attended = F.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + attended.transpose(1, 2).flatten(2) @ p[f"{name}W_output"] + p[f"{name}b_output"]
        inner = norm(x, (name, "feed_forward")) @ p[f"{name}W_1"] + p[f"{name}b_1"]
        hidden = F.gelu(inner, approximate="tanh") if model.tied else F.relu(inner)
        x = x + hidden @ p[f"{name}W_2"] + p[f"{name}b_2"]
    output = p["embedding"].T if model.tied else p["w_y"]
    logits = norm(x, ("", "output")) @ output + p["b_y"]
    loss = F.cross_entropy(logits.flatten(0, 1), following.flatten())
    loss.backward()
    return loss.item(), np.concatenate(
        [p[name].grad.numpy().ravel() for name in model.layout.shapes]
    )


if __name__ == "__main__":
    values = {name: loss_and_gradient(model, weights(model)) for name, model in MODELS.items()}
    np.savez(
        FROZEN,
        **{f"{name}_loss": loss for name, (loss, _) in values.items()},
        **{f"{name}_gradient": gradient for name, (_, gradient) in values.items()},
    )
