"""SAM."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State
from descent.optimizers.wrapper import Wrapper


@dataclass
class SAM(Wrapper):
    """SAM, sharpness-aware minimization (Foret et al. 2021), around any rule.

    ::

        sharp_g = gradient at theta + rho * g / norm(g)
        theta  <- the base rule's step from theta, with sharp_g for its gradient

    The second gradient is of the same mini-batch, so a step costs two gradients. The norm is that
    of all gradients together.

    Parameters
    ----------
    learning_rate : float or None, default None
        The base rule's, range ``[0, inf)``; None for the base rule's default.
    rho : float, default 0.05
        How far uphill the second gradient is taken, range ``[0, inf)``.
    base : Optimizer, default Momentum()
        The rule that takes the step; its own hyper-parameters are set on it.
    **common
        Schedule, weight decay, clipping and groups of the base rule, as in
        :class:`~descent.optimizers.base.Optimizer`. Clipping applies to ``sharp_g``; the way
        uphill has neither clipping nor weight decay.

    Raises
    ------
    ValueError
        If the base rule takes gradients at other points itself.

    Notes
    -----
    Optax: as above with ``opaque_mode``. A widespread version for PyTorch adds 1e-12 to the norm.
    PyTorch and Keras have no SAM. Where the gradient is exactly zero, ``sharp_g`` is taken at
    theta.

    With ``rho=0`` it reduces to the base rule. Multiplying all gradients by a constant changes the
    point of the second gradient not at all.

    References
    ----------
    P. Foret et al., "Sharpness-aware minimization for efficiently improving generalization",
    ICLR 2021, arXiv 2010.01412.
    """

    rho: float = hyperparameter(0.05, "[0, inf)")

    flavours = {"optax": {}}
    extra_gradients = True
    work_arrays = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.base.extra_gradients:
            raise ValueError(
                "base must be a rule that takes no gradients at other points itself. "
                f"Received: {type(self.base).__name__}"
            )

    def direction(self, g: Array, state: State) -> Array:
        """Return the gradient at the point uphill."""
        assert state.theta is not None
        assert state.loss_and_gradient is not None
        uphill, sharp_g = state.work[:2]
        norm = math.sqrt(float(np.dot(g, g)))
        np.multiply(g, self.rho / norm if norm > 0.0 else 0.0, out=uphill)
        uphill += state.theta
        state.loss = state.loss_and_gradient(uphill, sharp_g)
        return sharp_g
