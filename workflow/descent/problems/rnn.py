"""A recurrent network over the sentences of a review."""

from __future__ import annotations

from descent.arrays import Array, IntArray
from descent.data.dataset import Dataset
from descent.models.packing import Packing
from descent.models.rnn import RNN
from descent.problems.base import check_count
from descent.problems.sentences import SentenceProblem


class RNNProblem(SentenceProblem):
    """Classify reviews with a tanh recurrent network over their sentences' counts.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        Prepared reviews of two classes or more.
    hidden : int, default 32
        Units of the state.
    mini_batch : int, default 32
        Reviews in a mini-batch.
    clip_norm : float or None, default 1.0
        Largest Euclidean norm of a mini-batch's gradient, range ``(0, inf)``; it belongs to the
        problem, so that all optimizers get the same gradient. None leaves it as it is.
    dtype : {"float32", "float64"}, default "float32"
        float64 is for checking gradients: it copies the data.
    """

    model: RNN

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        hidden: int = 32,
        mini_batch: int = 32,
        clip_norm: float | None = 1.0,
        dtype: str = "float32",
    ) -> None:
        super().__init__(
            name,
            dataset,
            mini_batch=mini_batch,
            clip_norm=clip_norm,
            dtype=dtype,
            settings={"hidden": hidden},
        )
        self.model = RNN(self.inputs, check_count("hidden", hidden), self.dtype, self.classes)

    def word_influence(self, theta: Array) -> Array:
        """Return how much each word raises the score of a test review.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The parameters.

        Returns
        -------
        ndarray of shape (vocabulary,) or (vocabulary, classes)
            See :meth:`descent.models.rnn.RNN.word_influence`; above zero, the word speaks for
            label 1 or, of more than two classes, for the class of the column.
        """
        counts, packing, _ = self._sequences(self._reviews["test"])
        return self.model.word_influence(theta, counts, packing)

    @staticmethod
    def _arrange(lengths: IntArray) -> Packing:
        return Packing(lengths)
