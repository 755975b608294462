"""An epoch of softmax regression: ours, PyTorch, scikit-learn's SGDClassifier, products alone."""

from __future__ import annotations

import numpy as np

from descent.arrays import Array, IntArray
from descent.benchmark.libraries import missing
from descent.benchmark.mlp_epoch import products, torch_epochs, training_inputs
from descent.benchmark.ours import epoch_of
from descent.benchmark.rows import OURS, Row, rows_of
from descent.benchmark.setting import Setting
from descent.benchmark.timing import Candidate, alternate, timed
from descent.data.dataset import load_dataset

RULES = ("sgd", "rmsprop", "adam")


def measure(setting: Setting) -> list[Row]:
    """Measure an epoch with each of three rules."""
    assert setting.dataset is not None
    dataset = load_dataset(setting.dataset)
    sizes = (dataset["train_inputs"].shape[1], int(dataset.about["classes"]))
    inputs, labels = training_inputs(dataset), np.array(dataset["train_labels"], np.int64)
    mini_batch = setting.problem.get("mini_batch", 128)
    rows: list[Row] = []
    for rule in RULES:
        candidates: dict[str, Candidate] = {
            OURS: epoch_of(setting.load(), rule),
            **products(sizes, len(labels), mini_batch),
        }
        measured, notes = torch_epochs(inputs, labels, sizes, mini_batch, rule)
        candidates |= measured
        if why := missing("sklearn", "scikit-learn"):
            notes["scikit-learn"] = why
        elif rule == "sgd":
            candidates["scikit-learn"] = timed(ClassifierEpoch(inputs, labels))
        else:
            notes["scikit-learn"] = f"scikit-learn's SGDClassifier has no {rule}"
        rows += rows_of("softmax_epoch", rule, alternate(candidates, setting.size.rounds), notes)
    return rows


class ClassifierEpoch:
    """An epoch of SGDClassifier: a step an example, each class against all others."""

    def __init__(self, inputs: Array, labels: IntArray) -> None:
        from sklearn.linear_model import SGDClassifier  # noqa: PLC0415

        self.inputs, self.labels = inputs, labels
        self.classes = np.unique(labels)
        self.model = SGDClassifier(
            loss="log_loss", alpha=1e-9, learning_rate="constant", eta0=1e-3, random_state=0
        )

    def __call__(self) -> None:
        """Train one epoch in a new order."""
        self.model.partial_fit(self.inputs, self.labels, self.classes)
