"""Rprop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State


@dataclass
class Rprop(Optimizer):
    """Rprop, resilient backpropagation (Riedmiller and Braun 1993); for full batches.

    ::

        agreement = sign(g) * sign of the gradient before
        step     <- eta_plus * step   where agreement > 0
        step     <- eta_minus * step  where agreement < 0,  and g <- 0 there
        step     <- between smallest_step and largest_step
        theta    <- theta - factor of the schedule * sign(g) * step

    where g is taken for 0 after a change of sign, the next step takes it for the gradient before.

    Parameters
    ----------
    learning_rate : float, default 0.01
        The first step of every parameter, range ``[0, inf)``.
    eta_minus : float, default 0.5
        How a step shrinks after a change of sign, range ``(0, 1)``.
    eta_plus : float, default 1.2
        How it grows otherwise, range ``(1, inf)``.
    smallest_step : float, default 1e-6
        Range ``[0, inf)``.
    largest_step : float, default 50
        Range ``(0, inf)``.
    **common
        Schedule, weight decay and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    Steps are compared from one gradient to the next, so both must be of the same examples: with
    mini-batches the signs change by chance and the steps shrink. Take a batch of all examples.

    PyTorch: as above; its learning rate sets the first step alone, so that a schedule has no
    effect. Optax: another rule; each update belongs to the previous gradient and the first one is
    zero, so it has no flavour here. Keras has no Rprop.

    Multiplying all gradients by a constant changes nothing.

    References
    ----------
    M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation learning: the
    RPROP algorithm", ICNN 1993.
    C. Igel and M. Huesken, "Empirical evaluation of the improved Rprop learning algorithms",
    Neurocomputing 50, 2003.
    """

    learning_rate: float = hyperparameter(0.01, "[0, inf)")
    eta_minus: float = hyperparameter(0.5, "(0, 1)")
    eta_plus: float = hyperparameter(1.2, "(1, inf)")
    smallest_step: float = hyperparameter(1e-6, "[0, inf)")
    largest_step: float = hyperparameter(50.0, "(0, inf)")

    own_schedule = {"use": "constant"}  # steps have lengths of their own
    slots = {"step": "learning_rate", "sign": 0.0}
    work_arrays = 3
    elementwise = True
    learning_rate_centre = 1e-2
    flavours = {"pytorch": {}}

    def direction(self, g: Array, state: State) -> Array:
        """Return sign(g) * step, 0 where the sign changed."""
        step, before = state["step"], state["sign"]
        sign, agreement, factor = state.work[:3]
        # the parabola through eta_minus at -1, 1 at 0, eta_plus at 1: masks take ten times as long
        slope = (self.eta_plus - self.eta_minus) / 2.0
        curvature = (self.eta_plus + self.eta_minus) / 2.0 - 1.0

        np.sign(g, out=sign)
        np.multiply(sign, before, out=agreement)
        np.multiply(agreement, curvature, out=factor)
        factor += slope
        factor *= agreement
        factor += 1.0
        step *= factor
        np.clip(step, self.smallest_step, self.largest_step, out=step)
        np.multiply(sign, agreement >= 0.0, out=sign)
        before[...] = sign

        # the steps begin at the learning rate, so only the schedule's factor is left of it
        state.step_size = state.learning_rate / self.learning_rate if self.learning_rate else 0.0
        return np.multiply(sign, step, out=factor)
