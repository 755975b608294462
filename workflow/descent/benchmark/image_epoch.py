"""An epoch of a multilayer perceptron, or of softmax regression, on images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from descent.arrays import Array, aligned_array
from descent.benchmark.epoch import measure_epochs
from descent.benchmark.measurement import Measurement
from descent.benchmark.setting import Setting
from descent.data.dataset import load_dataset
from descent.data.inputs import Inputs


def measure(setting: Setting) -> list[Measurement]:
    """Measure an epoch with each of three rules."""
    dataset = load_dataset(setting.dataset)
    images = Inputs(dataset, "train", np.dtype(np.float32)).rows(slice(None)).copy()
    labels = np.array(dataset["train_labels"], np.int64)
    mini_batch = setting.problem.get("mini_batch", 128)
    hidden = () if setting.problem["use"] == "softmax_regression" else (128,)
    sizes = (
        images.shape[1],
        *setting.problem.get("hidden", hidden),
        int(dataset.about["classes"]),
    )

    def build(torch: Any) -> tuple[list[Any], Callable[[], Iterator[Any]]]:
        layers = [torch.nn.Linear(*units) for units in pairwise(sizes)]
        activated = [part for layer in layers for part in (layer, torch.nn.ReLU())]
        model = torch.nn.Sequential(*activated[:-1])
        inputs, targets = torch.from_numpy(images), torch.from_numpy(labels)

        def losses() -> Iterator[Any]:
            for batch in torch.randperm(len(targets)).split(mini_batch):
                logits = model(inputs.index_select(0, batch))
                yield torch.nn.functional.cross_entropy(logits, targets[batch])

        return list(model.parameters()), losses

    products = Products(sizes, len(labels), mini_batch)
    return measure_epochs(setting, build, products=products)


class Products:
    """The matrix products of an epoch, on buffers that stay where they are.

    Parameters
    ----------
    sizes : tuple of int
        Units of every layer.
    examples, mini_batch : int
        Examples in an epoch and in a mini-batch.
    """

    def __init__(self, sizes: tuple[int, ...], examples: int, mini_batch: int) -> None:
        rng = np.random.default_rng(0)

        def random(*shape: int) -> Array:
            array = aligned_array(shape, np.float32)
            array[...] = rng.normal(size=shape)
            return array

        starts = range(0, examples, mini_batch)
        self._batches = [min(mini_batch, examples - start) for start in starts]
        self._layers = [
            {
                "h": random(mini_batch, inputs),
                "W": random(inputs, outputs),
                "z": random(mini_batch, outputs),
                "delta": random(mini_batch, outputs),
                "gradient": random(inputs, outputs),
                "below": random(mini_batch, inputs),
            }
            for inputs, outputs in pairwise(sizes)
        ]

    def __call__(self) -> None:
        """Multiply: forward, gradient and, but for the first layer, backward."""
        for B in self._batches:
            for layer in self._layers:
                np.matmul(layer["h"][:B], layer["W"], out=layer["z"][:B])
            for layer in reversed(self._layers):
                np.matmul(layer["h"][:B].T, layer["delta"][:B], out=layer["gradient"])
                if layer is not self._layers[0]:
                    np.matmul(layer["delta"][:B], layer["W"].T, out=layer["below"][:B])
