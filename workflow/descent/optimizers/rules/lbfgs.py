"""L-BFGS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.arrays import Array, aligned_array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.line_search import strong_wolfe
from descent.optimizers.state import State, Task


@dataclass
class LBFGS(Optimizer):
    """L-BFGS, limited-memory quasi-Newton steps (Liu and Nocedal 1989); for full batches.

    ::

        s, y   = changes of theta and g since the last step, kept if s @ y > least_curvature
        d      = H g, with H the inverse Hessian that the last ``history`` pairs (s, y) make of
                 (s @ y) / (y @ y) of the newest pair times the identity
        theta <- theta - step * d

    The first d is g, and the first step ``min(1, 1 / sum(abs(g)))`` times the learning rate; later
    ones start from the learning rate. With ``line_search`` the step is then lengthened or shortened
    until it meets the strong Wolfe conditions (c1 = 1e-4, c2 = 0.9).

    Parameters
    ----------
    learning_rate : float, default 1.0
        The step, or the one that the line search tries first, range ``[0, inf)``.
    history : int, default 10
        How many pairs are kept, range ``[1, inf)``.
    least_curvature : float, default 0.0
        Pairs are kept whose ``s @ y`` is greater, range ``[0, inf)``.
    line_search : bool, default True
        Whether steps are searched for; each try costs a gradient, so a step costs two at least.
    evaluations : int, default 25
        How many gradients a search may take, range ``[1, inf)``.
    **common
        Schedule, weight decay, clipping and groups, as in
        :class:`~descent.optimizers.base.Optimizer`. Weight decay that is not decoupled is part of
        the loss. Clipping shortens the gradients that make d, not those that the search meets.

    Notes
    -----
    The pairs compare gradients of two steps. If these are of different mini-batches their
    difference is mostly noise, and so is H: use batches of all examples.

    A search that finds no step that decreases the loss, as at a minimum found to rounding, leaves
    theta where it is and forgets the pairs.

    PyTorch: a call of its ``step`` takes up to 20 of these steps; 100 pairs, those with
    ``s @ y > 1e-10``, no line search by default. Its line search tries other steps. Optax: another
    first step and line search. Keras has no L-BFGS.

    Its first direction is that of gradient descent.

    References
    ----------
    D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale optimization",
    Mathematical Programming 45, 503-528, 1989.
    """

    title = "L-BFGS"

    learning_rate: float = hyperparameter(1.0, "[0, inf)")
    history: int = hyperparameter(10, "[1, inf)")
    least_curvature: float = hyperparameter(0.0, "[0, inf)")
    line_search: bool = True
    evaluations: int = hyperparameter(25, "[1, inf)")

    own_schedule = {"use": "constant"}  # the length of a step is found by a line search
    slots = {"last_theta": 0.0, "last_g": 0.0}
    scalars = {"pairs": 0.0}
    work_arrays = 3
    learning_rate_centre = 1.0
    flavours = {
        "pytorch": {"history": 100, "least_curvature": 1e-10, "line_search": False},
    }

    @property
    def extra_gradients(self) -> bool:  # type: ignore[override]
        """Whether steps are searched for."""
        return self.line_search

    def init(self, theta: Array, task: Task | None = None) -> State:
        """Allocate the state, with room for the pairs as rows of two matrices."""
        state = super().init(theta, task)
        for name in ("s", "y"):
            state.slots[name] = aligned_array((self.history, theta.size), theta.dtype)
        return state

    def direction(self, g: Array, state: State) -> Array:
        """Return H g; the length of the step goes into the step size."""
        assert state.theta is not None
        self._remember(state.theta, g, state)
        d = self._inverse_hessian_times(g, state)
        if state.step == 1:
            state.step_size *= min(1.0, 1.0 / max(float(np.sum(np.abs(g))), 1e-300))
        if self.line_search and state.step_size > 0.0:
            state.step_size = self._searched(d, g, state)
            if state.step_size == 0.0:
                state.scalars["pairs"] = 0.0
        return d

    def _remember(self, theta: Array, g: Array, state: State) -> None:
        """Keep the pair of the last step if the loss curves upwards along it."""
        if state.step > 1:
            s = np.subtract(theta, state["last_theta"], out=state.work[0])
            y = np.subtract(g, state["last_g"], out=state.work[1])
            if np.dot(s, y) > self.least_curvature:
                row = int(state.scalars["pairs"]) % self.history
                state["s"][row], state["y"][row] = s, y
                state.scalars["pairs"] += 1.0
        state["last_theta"][...] = theta
        state["last_g"][...] = g

    def _inverse_hessian_times(self, g: Array, state: State) -> Array:
        """Return H g by the two loops over the pairs, H itself is never formed."""
        q, change = state.work[:2]
        q[...] = g
        kept = int(state.scalars["pairs"])
        rows = [pair % self.history for pair in range(max(0, kept - self.history), kept)]
        pairs = [(state["s"][row], state["y"][row]) for row in rows]  # the oldest first
        alphas = []
        for s, y in reversed(pairs):
            alpha = float(np.dot(s, q) / np.dot(s, y))
            q -= np.multiply(y, alpha, out=change)
            alphas.append(alpha)
        if pairs:
            s, y = pairs[-1]
            q *= float(np.dot(s, y) / np.dot(y, y))
        for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
            q += np.multiply(s, alpha - float(np.dot(y, q) / np.dot(s, y)), out=change)
        return q

    def _searched(self, d: Array, g: Array, state: State) -> float:
        """Return the step along ``-d`` that the line search finds, 0 if it finds none."""
        assert state.theta is not None
        assert state.loss_and_gradient is not None
        theta, evaluate = state.theta, state.loss_and_gradient
        there, gradient = state.work[1:3]
        way = d if state.rate_factors is None else d * state.rate_factors
        decay: Any = 0.0 if self.decoupled_weight_decay else state.weight_decay

        def penalty(at: Array) -> float:
            return 0.5 * float(np.sum(decay * at * at)) if self.weight_decay else 0.0

        def along(t: float) -> tuple[float, float]:
            np.multiply(way, -t, out=there)
            np.add(there, theta, out=there)
            loss = evaluate(there, gradient) + penalty(there)
            if self.weight_decay:
                np.add(gradient, decay * there, out=gradient)
            return loss, -float(np.dot(gradient, way))

        slope = -float(np.dot(g, way))
        if not slope < 0.0:
            return 0.0
        loss = evaluate(theta, gradient) if math.isnan(state.loss) else state.loss
        return strong_wolfe(
            along, loss + penalty(theta), slope, state.step_size, evaluations=self.evaluations
        )
