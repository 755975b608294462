"""Loss and gradient of the language model are PyTorch's for the same weights."""

from __future__ import annotations

import numpy as np
import pytest
from pytorch_language_model import FROZEN, MODELS, WINDOWS, loss_and_gradient, weights


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("source", ["frozen", "live"])
def test_loss_and_gradient_are_those_of_pytorch(name: str, source: str) -> None:
    model, theta = MODELS[name], weights(MODELS[name])
    if source == "live":
        pytest.importorskip("torch")
        loss, gradient = loss_and_gradient(model, theta)
    else:
        with np.load(FROZEN) as frozen:
            loss, gradient = frozen[f"{name}_loss"], frozen[f"{name}_gradient"]
    ours = np.full(model.layout.size, np.nan)
    assert model.loss_and_grad(theta, WINDOWS, ours) == pytest.approx(loss, rel=1e-10)
    np.testing.assert_allclose(ours, gradient, rtol=1e-10, atol=1e-12)
