"""The initial parameters of the networks."""

import numpy as np
import pytest

from descent.models.attention import Attention
from descent.models.mlp import MLP
from descent.models.rnn import RNN


@pytest.mark.parametrize(
    "model",
    [
        lambda dtype: RNN(7, 4, dtype),
        lambda dtype: Attention(7, 6, 3, 5, dtype),
        lambda dtype: MLP((6, 5, 4), dtype),
    ],
    ids=["rnn", "attention", "mlp"],
)
def test_they_are_the_same_numbers_in_both_dtypes(model):
    single, double = (
        model(dtype).init(np.random.default_rng(1)) for dtype in (np.float32, np.float64)
    )
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))
