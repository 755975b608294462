"""Muon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.foundation.suggestions import nearest
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.newton_schulz import orthogonalized
from descent.optimizers.rules.adam import Adam
from descent.optimizers.state import State, Task

#: Kinds of blocks that are matrices.
MATRICES = ("matrix", "embedding", "output")


@dataclass
class Muon(Adam):
    """Muon, momentum orthogonalised by Newton-Schulz (Jordan et al. 2024), and AdamW on the rest.

    For each hidden weight matrix, of shape (inputs, outputs)::

        m     <- momentum * m + (1 - momentum) * g
        u      = momentum * m + (1 - momentum) * g   (m itself without ``nesterov``)
        X      = u / (norm(u) + norm_epsilon)
        X     <- a * X + (b * X X^T + c * (X X^T)^2) X,   ``iterations`` times
        theta <- (1 - learning_rate * weight_decay) * theta
        theta <- theta - learning_rate * sqrt(max(1, outputs / inputs)) * X

    with the Frobenius norm and (a, b, c) = (3.4445, -4.7750, 2.0315), which brings all singular
    values of X to about 1. All other parameters are trained by
    :class:`~descent.optimizers.rules.adamw.AdamW` at the learning rate times
    ``adam_learning_rate_factor``.

    Parameters
    ----------
    learning_rate : float, default 0.02
        Range ``[0, inf)``.
    momentum : float, default 0.95
        Range ``[0, 1)``.
    nesterov : bool, default True
        Whether the gradient is added to the momentum once more.
    iterations : int, default 5
        Of Newton-Schulz, range ``[1, inf)``.
    norm_epsilon : float, default 1e-7
        Added to the norm, range ``(0, inf)``.
    floored_norm : bool, default False
        Whether ``norm_epsilon`` is instead the least value of the norm.
    bias_correction : bool, default False
        Whether u is ``momentum * m / (1 - momentum**(t + 1)) + (1 - momentum) * g /
        (1 - momentum**t)``, and m divided by ``1 - momentum**t`` without ``nesterov``.
    consistent_rms : float or None, default None
        With it the step is scaled by ``consistent_rms * sqrt(max(inputs, outputs))`` instead of
        ``sqrt(max(1, outputs / inputs))``, range ``(0, inf)``; 0.2 gives steps as large as Adam's.
    orthogonalized : sequence of str, default ("matrix",)
        The kinds of parameters that are orthogonalised, of ``matrix``, ``embedding``, ``output``.
    adam_learning_rate_factor : float, default 0.015
        Learning rate of AdamW as a multiple of the rule's, range ``[0, inf)``.
    beta1 : float, default 0.9
        AdamW's decay rate of the first moment, range ``[0, 1)``.
    beta2 : float, default 0.95
        AdamW's decay rate of the second moment, range ``[0, 1)``.
    epsilon : float, default 1e-10
        AdamW's, range ``[0, inf)``.
    uncorrected_epsilon : bool, default False
        As in :class:`~descent.optimizers.rules.adam.Adam`.
    adam_nesterov : bool, default False
        Whether AdamW has Nesterov momentum, in Optax's form of Nadam.
    decoupled_weight_decay : bool, default True
        False adds the decay to the gradient instead.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The slots hold discounted sums, ``m / (1 - momentum)`` for the matrices.

    The default learning rates and AdamW's settings are from the authors' implementation (0.02
    and 3e-4), which trains both kinds of parameters. PyTorch: matrices only, learning rate 1e-3,
    weight decay 0.1, ``floored_norm``, Newton-Schulz in bfloat16; its flavour has the defaults of
    PyTorch's AdamW for the rest, but for the decay. Keras: ``consistent_rms`` 0.2, weight decay
    4e-3, ``norm_epsilon`` 1e-7 added to the norm of a sum, which is 5e-9 here; all but embeddings
    is orthogonalised; its norms are rounded to float32. Optax: ``bias_correction``,
    ``norm_epsilon`` 1e-8, ``adam_nesterov``; every matrix is orthogonalised. The scale is often
    written for (outputs, inputs) matrices.

    The first and the last layer are not hidden in the sense of the authors where their inputs are
    words or their outputs are classes: an embedding and an output are left to AdamW.

    With ``orthogonalized=()`` it reduces to AdamW. Multiplying all gradients of a matrix by a
    constant changes nothing, up to epsilon.

    References
    ----------
    K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024,
    https://kellerjordan.github.io/posts/muon/.
    J. Liu et al., "Muon is scalable for LLM training", arXiv 2502.16982.
    """

    learning_rate: float = hyperparameter(0.02, "[0, inf)")
    momentum: float = hyperparameter(0.95, "[0, 1)")
    nesterov: bool = True
    iterations: int = hyperparameter(5, "[1, inf)")
    norm_epsilon: float = hyperparameter(1e-7, "(0, inf)")
    floored_norm: bool = False
    bias_correction: bool = False
    consistent_rms: float | None = hyperparameter(None, "(0, inf)")
    orthogonalized: Sequence[str] = ("matrix",)
    adam_learning_rate_factor: float = hyperparameter(0.015, "[0, inf)")
    beta2: float = hyperparameter(0.95, "[0, 1)")
    epsilon: float = hyperparameter(1e-10, "[0, inf)")
    adam_nesterov: bool = False
    decoupled_weight_decay: bool = True

    elementwise = False
    blockwise = True
    learning_rate_centre = 0.02
    flavours = {
        "pytorch": {
            "learning_rate": 1e-3,
            "floored_norm": True,
            "weight_decay": 0.1,
            "adam_learning_rate_factor": 1.0,
            "beta2": 0.999,
            "epsilon": 1e-8,
        },
        "optax": {
            "norm_epsilon": 1e-8,
            "bias_correction": True,
            "orthogonalized": MATRICES,
            "adam_learning_rate_factor": 1.0,
            "beta2": 0.999,
            "epsilon": 1e-8,
            "adam_nesterov": True,
        },
        "keras": {
            "learning_rate": 1e-3,
            "orthogonalized": ("matrix", "output"),
            "norm_epsilon": 5e-9,
            "consistent_rms": 0.2,
            "weight_decay": 4e-3,
            "adam_learning_rate_factor": 1.0,
            "beta2": 0.999,
            "epsilon": 1e-7,
            "uncorrected_epsilon": True,
        },
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.orthogonalized, str) or not isinstance(self.orthogonalized, Sequence):
            raise TypeError(
                f"orthogonalized must be a list of kinds. Received: {self.orthogonalized!r}"
            )
        for kind in self.orthogonalized:
            if kind not in MATRICES:
                raise ValueError(f"orthogonalized has no kind {kind!r}. {nearest(kind, MATRICES)}")

    def _is_orthogonalized(self, shape: tuple[int, ...], kind: str) -> bool:
        return kind in self.orthogonalized and len(shape) == 2

    def block_slots(self, shape: tuple[int, ...], kind: str) -> dict[str, tuple[int, ...]]:
        """Return one slot for an orthogonalised matrix, and Adam's two for every other block."""
        slots = super().block_slots(shape, kind)
        if self._is_orthogonalized(shape, kind):
            del slots["square_sum"]
        return slots

    def init(self, theta: Array, task: Task | None = None) -> State:
        """Allocate the state; AdamW's blocks have a learning rate of their own."""
        state = super().init(theta, task)
        for _, block in state.blocks:
            if "square_sum" in block.slots:
                own = 1.0 if block.rate_factors is None else block.rate_factors
                block.rate_factors = own * self.adam_learning_rate_factor
        return state

    def remarks(self, state: State) -> list[str]:
        """Return a remark if no parameter was orthogonalised."""
        if all("square_sum" in block.slots for _, block in state.blocks):
            return ["no hidden weight matrix: all parameters were trained by AdamW"]
        return []

    def direction(self, g: Array, state: State) -> Array:
        """Return the orthogonalised momentum of a matrix, Adam's direction of all else."""
        if "square_sum" in state.slots:
            d = super().direction(g, state)
            return self._with_nesterov(d, g, state) if self.adam_nesterov else d
        m, u = state["gradient_sum"], state.work[0]
        mu, t = self.momentum, state.step

        m *= mu
        m += g
        now, later = 1.0 - mu, 1.0 - mu  # the weights of g and of the momentum in u
        if self.bias_correction:
            now /= 1.0 - mu**t
            later /= 1.0 - mu ** (t + 1 if self.nesterov else t)
        if self.nesterov:
            np.multiply(m, mu * later, out=u)
            u += now * g
        else:
            np.multiply(m, later, out=u)
        norm = math.sqrt(float(np.vdot(u, u)))
        u /= max(norm, self.norm_epsilon) if self.floored_norm else norm + self.norm_epsilon
        inputs, outputs = g.shape
        if self.consistent_rms is None:
            state.step_size *= math.sqrt(max(1.0, outputs / inputs))
        else:
            state.step_size *= self.consistent_rms * math.sqrt(max(inputs, outputs))
        return orthogonalized(u, self.iterations)

    def _with_nesterov(self, d: Array, g: Array, state: State) -> Array:
        """Return Adam's direction with the next step's share of the momentum and one of g."""
        b1, b2, t = self.beta1, self.beta2, state.step
        root = math.sqrt((1.0 - b2) / (1.0 - b2**t))
        d *= b1 * (1.0 - b1**t) / (1.0 - b1 ** (t + 1))
        d += g / (np.sqrt(state["square_sum"]) + self.epsilon / root)
        return d
