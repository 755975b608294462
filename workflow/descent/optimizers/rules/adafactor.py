"""Adafactor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array, euclidean_norm
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Adafactor(Optimizer):
    """Adafactor (Shazeer and Stern 2018); PyTorch's form.

    ::

        beta2  = 1 - t**-decay_exponent
        r     <- beta2 * r + (1 - beta2) * mean of each row of g**2
        c     <- beta2 * c + (1 - beta2) * mean of each column of g**2
        v      = r * c / max(mean(r), epsilon1)
        u      = g / max(sqrt(v), epsilon1)
        alpha  = max(epsilon2, rms(theta)) * min(learning_rate, 1 / sqrt(t))
        theta <- theta - alpha * u / max(1, rms(u) / threshold)

    for one weight matrix, with rms the root mean square. Other blocks have
    ``v <- beta2 * v + (1 - beta2) * g**2`` number by number. With ``regularized_square``, the
    paper's form, ``g**2 + epsilon1`` takes the place of ``g**2`` and the two maxima with epsilon1
    are left out. Without ``relative_step`` the minimum is ``learning_rate``.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Largest step relative to the parameters, range ``[0, inf)``.
    decay_exponent : float, default 0.8
        How the memory of v grows, range ``[0, inf)``.
    epsilon1 : float or None, default None
        Range ``(0, inf)``; None is the machine epsilon of the parameters' dtype.
    epsilon2 : float, default 0.001
        Smallest size that a block of parameters counts as, range ``[0, inf)``.
    threshold : float, default 1
        Largest root mean square of u, range ``(0, inf)``.
    relative_step : bool, default True
        Whether the learning rate is at most ``1 / sqrt(t)``.
    regularized_square : bool, default False
        Whether epsilon1 is added to the square of the gradient.
    smallest_factored : int, default 1
        Matrices with a side shorter than this keep all of v, range ``[1, inf)``.
    decay_before_scale : bool, default False
        Whether ``rms(theta)`` is taken after the decoupled weight decay.
    decoupled_weight_decay : bool, default True
        False adds the decay to the gradient.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    PyTorch: as above. Keras: the paper's form with epsilon1 1e-30; learning rate 1e-3; the decay
    before the scale; means in float32 on JAX. Optax: the paper's form with epsilon1 1e-30, no
    relative step, matrices factored from 128 rows and columns on; its momentum is not here, its
    ``weight_decay_rate`` is our ``learning_rate * weight_decay``; beta2 in float32.

    Multiplying all gradients of a block by a constant changes nothing while they are large against
    epsilon1.

    References
    ----------
    N. Shazeer and M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost",
    ICML 2018, arXiv 1804.04235.
    """

    learning_rate: float = hyperparameter(0.01, "[0, inf)")
    decay_exponent: float = hyperparameter(0.8, "[0, inf)")
    epsilon1: float | None = hyperparameter(None, "(0, inf)")
    epsilon2: float = hyperparameter(0.001, "[0, inf)")
    threshold: float = hyperparameter(1.0, "(0, inf)")
    relative_step: bool = True
    regularized_square: bool = False
    smallest_factored: int = hyperparameter(1, "[1, inf)")
    decay_before_scale: bool = False
    decoupled_weight_decay: bool = True

    blockwise = True
    learning_rate_centre = 1e-2
    flavours = {
        "pytorch": {},
        "optax": {
            "epsilon1": 1e-30,
            "regularized_square": True,
            "relative_step": False,
            "smallest_factored": 128,
        },
        "keras": {
            "learning_rate": 1e-3,
            "epsilon1": 1e-30,
            "regularized_square": True,
            "decay_before_scale": True,
        },
    }

    def block_slots(self, shape: tuple[int, ...], kind: str) -> dict[str, tuple[int, ...]]:
        """Return a row and a column for a matrix, and all of v for anything else."""
        del kind
        if len(shape) < 2 or min(shape[-2:]) < self.smallest_factored:
            return {"square": shape}
        return {"row": (*shape[:-1], 1), "column": (*shape[:-2], 1, shape[-1])}

    def direction(self, g: Array, state: State) -> Array:
        """Return u; its scale goes into the step size."""
        assert state.theta is not None
        d, share = state.work[0], float(state.step) ** -self.decay_exponent
        epsilon = float(np.finfo(g.dtype).eps) if self.epsilon1 is None else self.epsilon1
        added, floor = (epsilon, 0.0) if self.regularized_square else (0.0, epsilon)

        square = np.multiply(g, g, out=d)
        square += added
        if "row" in state.slots:
            row, column = state["row"], state["column"]
            row *= 1.0 - share
            row += share * square.mean(axis=-1, keepdims=True)
            column *= 1.0 - share
            column += share * square.mean(axis=-2, keepdims=True)
            relative = row / np.maximum(row.mean(axis=-2, keepdims=True), floor)
            root = np.multiply(np.sqrt(relative), np.sqrt(column), out=d)
        else:
            v = state["square"]
            v *= 1.0 - share
            square *= share
            v += square
            root = np.sqrt(v, out=d)
        np.maximum(root, floor, out=root)
        u: Array = np.divide(g, root, out=d)

        scale = _root_mean_square(state.theta)
        if self.decay_before_scale:
            scale *= abs(1.0 - state.learning_rate * state.weight_decay)
        rate = state.learning_rate
        if self.relative_step:
            rate = min(rate, 1.0 / math.sqrt(state.step))
        longest = max(1.0, _root_mean_square(u) / self.threshold)
        state.step_size = max(self.epsilon2, scale) * rate / longest
        return u


def _root_mean_square(block: Array) -> float:
    return euclidean_norm(block) / math.sqrt(max(block.size, 1))
