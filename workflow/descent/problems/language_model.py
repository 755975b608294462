"""A language model on the characters of texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from descent.arrays import Array, IntArray
from descent.data.characters import ALPHABET, text_of
from descent.data.dataset import Dataset
from descent.foundation.seeding import generator
from descent.models.activations import ACTIVATIONS
from descent.models.language_model import LanguageModel
from descent.problems.base import check_count
from descent.problems.learning import LearningProblem

#: Characters of a split that the curve of a run is evaluated on, and its end. A character costs 1.9
#: nats, give or take 1.4, and neighbours resemble each other: the standard error of a mean is 0.02
#: and 0.008 nats on the reviews.
EVALUATED_ON_THE_WAY, EVALUATED_AT_THE_END = 2**13, 2**16
#: Characters that are evaluated at a time: few enough for the cache.
AT_A_TIME = 2**11


class LanguageModelProblem(LearningProblem):
    """Predict the next character of a text with a causal transformer.

    The loss is in nats a character. A mini-batch is windows of the training text that begin at
    random places; a window may go from the end of one document into the next of the same part. A
    split is evaluated on windows that are spread evenly over it, the same in every run.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        Prepared characters.
    layers : int, default 1
        Blocks of the transformer.
    width : int, default 48
        Numbers that a character is embedded in; the feed-forward layer has four times as many.
    heads : int, default 4
        Heads of the attention; must divide ``width``.
    context : int, default 32
        Characters of a window.
    mini_batch : int, default 16
        Windows in a mini-batch.
    steps : int or None, default None
        Steps of an epoch: with ``epochs: 1``, of a run. 1000 if ``tokens`` is None, too.
    tokens : int or None, default None
        Characters that an epoch trains on, instead of ``steps``; at least those of one step.
    activation : {"relu", "gelu"}, default "relu"
        Of the feed-forward layers.
    tied : bool, default False
        Whether the output has the weights of the embedding.
    dtype : {"float32", "float64"}, default "float32"
        float64 is for checking gradients.
    """

    metrics: ClassVar[tuple[str, ...]] = ("loss",)
    headline: ClassVar[str] = "loss"

    model: LanguageModel

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        layers: int = 1,
        width: int = 48,
        heads: int = 4,
        context: int = 32,
        mini_batch: int = 16,
        steps: int | None = None,
        tokens: int | None = None,
        activation: str = "relu",
        tied: bool = False,
        dtype: str = "float32",
    ) -> None:
        settings = {
            "layers": check_count("layers", layers),
            "width": check_count("width", width),
            "heads": check_count("heads", heads),
            "context": check_count("context", context),
            "steps": steps,
            "tokens": tokens,
            "activation": activation,
            "tied": tied,
        }
        super().__init__(name, dataset, mini_batch=mini_batch, dtype=dtype, settings=settings)
        if width % heads:
            raise ValueError(f"heads must divide the width, {width}. Received: {heads}")
        if activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ValueError(f"activation must be one of {known}. Received: {activation!r}")
        self.steps_per_epoch = _steps(steps, tokens, mini_batch * context)
        self._texts = {split: np.asarray(dataset[f"{split}_characters"]) for split in self.splits}
        shortest = min(map(len, self._texts.values()))
        if context >= shortest:
            raise ValueError(
                f"context must be less than the characters of the shortest part, {shortest:,}. "
                f"Received: {context}"
            )
        self.sampled_splits = tuple(
            s for s in self.splits if len(self._texts[s]) > EVALUATED_ON_THE_WAY
        )
        self._window = np.arange(context + 1)
        self.model = LanguageModel(
            len(ALPHABET),
            layers,
            width,
            heads,
            context,
            activation=activation,
            tied=tied,
            dtype=self.dtype,
        )

    def init(self, rng: np.random.Generator) -> Array:
        """Return new initial parameters: see ``init`` of the network."""
        return self.model.init(rng)

    def batches(self, rng: np.random.Generator) -> Iterator[IntArray]:
        """Yield the places where the windows of each mini-batch begin."""
        places = len(self._texts["train"]) - self.model.context
        for _ in range(self.steps_per_epoch):
            yield rng.integers(places, size=self.mini_batch)

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the mean loss over the windows of a mini-batch and write its gradient."""
        return self.model.loss_and_grad(theta, self._windows("train", batch), grad)

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return the mean loss over the windows that stand for a split."""
        return self._mean(theta, split, EVALUATED_AT_THE_END)

    def evaluate_sample(self, theta: Array, split: str) -> dict[str, float]:
        """Return the mean loss over fewer windows."""
        return self._mean(theta, split, EVALUATED_ON_THE_WAY)

    def sample(self, theta: Array, length: int) -> str:
        """Return a text that the model writes after a line break, drawn with a fixed seed."""
        rng = generator(self.name, 0, "sample_of_text")
        return text_of(self.model.sample(theta, ALPHABET.index("\n"), length, rng))

    def _mean(self, theta: Array, split: str, characters: int) -> dict[str, float]:
        self._check_split(split)
        context = self.model.context
        places = len(self._texts[split]) - context
        windows = max(1, min(characters, places) // context)
        starts = np.linspace(0, places - 1, windows).astype(np.intp)
        together = max(1, AT_A_TIME // context)
        losses = [
            self.model.losses(theta, self._windows(split, starts[i : i + together]))
            for i in range(0, windows, together)
        ]
        return {"loss": float(np.concatenate(losses).mean(dtype=np.float64))}

    def _windows(self, split: str, starts: IntArray) -> IntArray:
        """Return the characters from each start on, and the one after: (B, T + 1)."""
        windows: IntArray = self._texts[split][starts[:, None] + self._window]
        return windows


def _steps(steps: int | None, tokens: int | None, tokens_of_a_step: int) -> int:
    """Return the steps of an epoch."""
    if tokens is None:
        return 1000 if steps is None else check_count("steps", steps)
    if steps is not None:
        raise ValueError(f"steps must be left out where tokens is given. Received: {steps!r}")
    if check_count("tokens", tokens) < tokens_of_a_step:
        raise ValueError(
            f"tokens must be at least those of a step, {tokens_of_a_step:,}. Received: {tokens}"
        )
    return round(tokens / tokens_of_a_step)
