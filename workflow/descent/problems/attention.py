"""A block of self-attention over the sentences of a review."""

from __future__ import annotations

from descent.arrays import IntArray
from descent.data.dataset import Dataset
from descent.models.attention import Attention
from descent.models.concatenation import Concatenation
from descent.problems.base import check_count
from descent.problems.sentences import SentenceProblem


class AttentionProblem(SentenceProblem):
    """Classify reviews with one block of self-attention over their sentences' counts.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        Prepared reviews of two classes or more.
    width : int, default 32
        Numbers that a sentence is embedded in.
    heads : int, default 4
        Heads of the attention; must divide ``width``.
    feed_forward : int, default 64
        Units of the feed-forward layer.
    mini_batch : int, default 32
        Reviews in a mini-batch.
    clip_norm : float or None, default None
        Largest Euclidean norm of a mini-batch's gradient, range ``(0, inf)``; it belongs to the
        problem, so that every optimizer is given the same gradient. None leaves it as it is.
    dtype : {"float32", "float64"}, default "float32"
        float64 is for checking gradients: it copies the data.
    """

    evaluation_batch = 64  # few enough for the cache, and for memory

    model: Attention

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        width: int = 32,
        heads: int = 4,
        feed_forward: int = 64,
        mini_batch: int = 32,
        clip_norm: float | None = None,
        dtype: str = "float32",
    ) -> None:
        super().__init__(
            name,
            dataset,
            mini_batch=mini_batch,
            clip_norm=clip_norm,
            dtype=dtype,
            settings={"width": width, "heads": heads, "feed_forward": feed_forward},
        )
        if check_count("width", width) % check_count("heads", heads):
            raise ValueError(f"heads must divide the width, {width}. Received: {heads}")
        self.model = Attention(
            self.inputs,
            width,
            heads,
            check_count("feed_forward", feed_forward),
            self.dtype,
            self.classes,
        )

    @staticmethod
    def _arrange(lengths: IntArray) -> Concatenation:
        return Concatenation(lengths)
