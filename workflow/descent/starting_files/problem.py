"""A network of my own on images: softmax regression, to be replaced by a better model."""

import numpy as np
from scipy.special import log_softmax

from descent.problems import Dataset, Layout, LearningProblem


class Mine(LearningProblem):
    """logits = inputs W + b under softmax cross-entropy."""

    dataset = "dense"
    title = "my network"

    def __init__(
        self, name: str, dataset: Dataset, *, mini_batch: int = 32, dtype: str = "float32"
    ) -> None:
        super().__init__(name, dataset, mini_batch=mini_batch, dtype=dtype, settings={})
        self.labels = {split: dataset[f"{split}_labels"] for split in self.splits}
        self.inputs = {
            split: dataset[f"{split}_inputs"].reshape(len(labels), -1).astype(dtype)
            for split, labels in self.labels.items()
        }
        features, classes = self.inputs["train"].shape[1], dataset.about["classes"]
        self.layout = Layout({"W": (features, classes), "b": (classes,)}, kinds={"W": "output"})

    def init(self, rng: np.random.Generator) -> np.ndarray:
        """Return small random weights and biases of 0."""
        theta = np.zeros(self.size, self.dtype)
        weights = self.layout.views(theta)["W"]
        weights[...] = rng.normal(0.0, 1 / np.sqrt(len(weights)), weights.shape)
        return theta

    def forward(self, theta: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Return log-probabilities (B, classes) of inputs (B, features)."""
        p = self.layout.views(theta)
        return np.asarray(log_softmax(inputs @ p["W"] + p["b"], axis=1))

    def loss_and_grad(self, theta: np.ndarray, batch: np.ndarray, grad: np.ndarray) -> float:
        """Return the mean loss over a mini-batch and write its gradient."""
        rows, labels = np.arange(len(batch)), self.labels["train"][batch]
        inputs = self.inputs["train"][batch]
        log_p = self.forward(theta, inputs)
        d = np.exp(log_p)
        d[rows, labels] -= 1.0
        d /= len(batch)
        g = self.layout.views(grad)
        g["W"][...] = inputs.T @ d
        g["b"][...] = d.sum(axis=0)
        return float(-log_p[rows, labels].mean())

    def evaluate(self, theta: np.ndarray, split: str) -> dict[str, float]:
        """Return loss and accuracy over a split."""
        labels = self.labels[split]
        log_p = self.forward(theta, self.inputs[split])
        loss = float(-log_p[np.arange(len(labels)), labels].mean())
        return {"loss": loss, "accuracy": float((log_p.argmax(axis=1) == labels).mean())}
