"""A small convolutional network on images: filters of 3 x 3 pixels, a ReLU and a softmax."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from descent.problems import Dataset, Layout, LearningProblem


class SmallConvNet(LearningProblem):
    """Maps = max(patches K + c, 0) and logits = maps W + b, under softmax cross-entropy."""

    dataset = "dense"
    title = "convolutional network"

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        filters: int = 8,
        mini_batch: int = 32,
        dtype: str = "float32",
    ) -> None:
        settings = {"filters": filters}
        super().__init__(name, dataset, mini_batch=mini_batch, dtype=dtype, settings=settings)
        images = {split: dataset[f"{split}_inputs"].astype(dtype) for split in self.splits}
        self.windows = {s: sliding_window_view(x, (3, 3), axis=(1, 2)) for s, x in images.items()}
        self.labels = {split: dataset[f"{split}_labels"] for split in self.splits}
        height, width = self.windows["train"].shape[1:3]
        features, classes = height * width * filters, dataset.about["classes"]
        shapes = {"K": (9, filters), "c": (filters,), "W": (features, classes), "b": (classes,)}
        self.layout = Layout(shapes, kinds={"W": "output"})

    def init(self, rng: np.random.Generator) -> np.ndarray:
        """Return weights of variance 2 / inputs (He et al. 2015) and biases of 0."""
        theta = np.zeros(self.size, self.dtype)
        for name in ("K", "W"):
            weights = self.layout.views(theta)[name]
            weights[...] = rng.normal(0.0, np.sqrt(2.0 / len(weights)), weights.shape)
        return theta

    def forward(self, theta: np.ndarray, windows: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return patches (B, positions, 9), maps (B, positions, filters) and log-probabilities."""
        p = self.layout.views(theta)
        patches = windows.reshape(len(windows), -1, 9)
        maps = np.maximum(patches @ p["K"] + p["c"], 0.0)
        logits = maps.reshape(len(maps), -1) @ p["W"] + p["b"]
        logits -= logits.max(axis=1, keepdims=True)
        return patches, maps, logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    def loss_and_grad(self, theta: np.ndarray, batch: np.ndarray, grad: np.ndarray) -> float:
        """Return the mean cross-entropy over a mini-batch and write its gradient."""
        p, g = self.layout.views(theta), self.layout.views(grad)
        rows, labels = np.arange(len(batch)), self.labels["train"][batch]
        patches, maps, log_p = self.forward(theta, self.windows["train"][batch])
        d = np.exp(log_p)
        d[rows, labels] -= 1.0
        d /= len(batch)
        g["W"][...] = maps.reshape(len(batch), -1).T @ d
        g["b"][...] = d.sum(axis=0)
        d_maps = (d @ p["W"].T).reshape(maps.shape) * (maps > 0)
        g["K"][...] = np.tensordot(patches, d_maps, axes=([0, 1], [0, 1]))
        g["c"][...] = d_maps.sum(axis=(0, 1))
        return float(-log_p[rows, labels].mean())

    def evaluate(self, theta: np.ndarray, split: str) -> dict[str, float]:
        """Return loss and accuracy over a split."""
        labels = self.labels[split]
        *_, log_p = self.forward(theta, self.windows[split])
        loss = float(-log_p[np.arange(len(labels)), labels].mean())
        return {"loss": loss, "accuracy": float((log_p.argmax(axis=1) == labels).mean())}
