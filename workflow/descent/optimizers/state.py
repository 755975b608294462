"""What a rule remembers between steps, and what it may know of its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from descent.arrays import Array, Layout
from descent.optimizers.schedules import Constant, Schedule

#: ``loss = loss_and_gradient(theta, gradient)`` of the current mini-batch; writes the gradient.
LossAndGradient: TypeAlias = Callable[[Array, Array], float]


@dataclass(frozen=True)
class Task:
    """What a rule may know of its run before the first step.

    Attributes
    ----------
    layout : Layout
        The blocks of the parameters: names, shapes, kinds.
    steps : int or None, default None
        How many steps the run has; None if that is not known.
    """

    layout: Layout
    steps: int | None = None


@dataclass
class State:
    """What a rule remembers between steps, allocated once.

    Attributes
    ----------
    slots : dict of str to ndarray
        The rule's arrays, by name; ``state["velocity"]`` reads one. Of shape (n,), or of the shapes
        of a block's slots.
    scalars : dict of str to float
        The rule's running scalars, by name.
    work : list of ndarray
        Scratch space of the shape of the gradient that the rule is handed; nothing in it survives
        a step. The last one is the base's.
    gradient : ndarray of shape (n,) or None
        Room for the clipped gradient, and for the change of the parameters after it. Who has no
        more use for a gradient once the step is taken may put the gradient's own array here: one
        array less to hold in the cache. None as long as nothing is clipped.
    step : int
        Steps taken, the current one included: the paper's t, 1 in the first step.
    learning_rate : float
        Learning rate of the current step, schedule included.
    step_size : float
        Factor by which the direction is subtracted; equal to ``learning_rate`` unless the rule
        changes it.
    weight_decay : float, or ndarray of the gradient's shape
        Weight decay of the current step, factors of the groups included.
    theta : ndarray of the gradient's shape, or None
        The parameters at which the gradient was taken; only to be read. None before the first step.
    loss : float
        Loss of the mini-batch at ``theta``; NaN if the caller does not tell.
    loss_and_gradient : callable or None
        ``loss = state.loss_and_gradient(other_theta, gradient)``: the same mini-batch elsewhere.
        Given to rules that declare ``extra_gradients``. Takes flat vectors.
    schedule : Schedule
        The rule's schedule, which knows the length of the run.
    task : Task or None
        What is known of the run.
    name, kind : str
        Name and kind of the block, in the state of one block; empty in that of all parameters.
    decay_factors, rate_factors : ndarray, float or None
        Factors of the entry's ``groups`` on weight decay and step; None where there are none.
    blocks : list of (slice, State)
        Of a blockwise rule: where each block lies, and its state.
    inner : State or None
        Of a rule around another rule: that rule's state.
    """

    slots: dict[str, Array]
    scalars: dict[str, float]
    work: list[Array]
    gradient: Array | None = None
    step: int = 0
    learning_rate: float = 0.0
    step_size: float = 0.0
    weight_decay: Any = 0.0
    theta: Array | None = None
    loss: float = float("nan")
    loss_and_gradient: LossAndGradient | None = None
    schedule: Schedule = field(default_factory=Constant)
    task: Task | None = None
    name: str = ""
    kind: str = ""
    decay_factors: Any = None
    rate_factors: Any = None
    blocks: list[tuple[slice, State]] = field(default_factory=list)
    inner: State | None = None

    def __getitem__(self, name: str) -> Array:
        return self.slots[name]

    def __setitem__(self, name: str, array: Array) -> None:
        # so that state["m"] *= beta works, which Python ends with an assignment
        if array is not self.slots.get(name):
            raise ValueError(
                f"the slot {name!r} must be written in place: state[{name!r}][...] = value, or *= "
                "and +="
            )

    @property
    def nbytes(self) -> int:
        """Bytes that the slots occupy: the memory a rule cannot do without."""
        own = sum(array.nbytes for array in self.slots.values())
        return own + (self.inner.nbytes if self.inner is not None else 0)

    def flush_underflow(self) -> None:
        """Set to zero what is about to leave the range in which a processor is fast.

        A slot that decays without new gradients, as those of a dead unit or a rare word do, ends
        among the subnormal numbers and stays there: rounding keeps the smallest one from
        shrinking further. Arithmetic on them takes ten times as long. What is flushed is below
        1e-31 in float32 and 1e-301 in float64, many orders of magnitude below any epsilon.
        """
        for array in self.slots.values():
            limit = float(np.finfo(array.dtype).tiny) * 1e6
            np.multiply(array, np.abs(array) >= limit, out=array)  # NaN stays NaN

    def piece(self, stretch: slice) -> State:
        """Return the state of a stretch of the parameters: views of the slots, the same step."""
        return State(
            slots={name: array[stretch] for name, array in self.slots.items()},
            scalars=self.scalars,
            work=[array[: stretch.stop - stretch.start] for array in self.work],
            gradient=None if self.gradient is None else self.gradient[stretch],
            step=self.step,
            learning_rate=self.learning_rate,
            theta=None if self.theta is None else self.theta[stretch],
            loss=self.loss,
            task=self.task,
            decay_factors=None if self.decay_factors is None else self.decay_factors[stretch],
            rate_factors=None if self.rate_factors is None else self.rate_factors[stretch],
        )

    def to_mapping(self) -> dict[str, Any]:
        """Return everything that resuming needs, as copies.

        Returns
        -------
        dict of str to ndarray, float or int
            ``step``, ``slots.<name>`` and ``scalars.<name>``, and the same of an inner rule after
            ``inner.``; what ``np.savez(file, **mapping)`` can write.

        See Also
        --------
        descent.optimizers.base.Optimizer.restore : The way back.
        """
        inner = {} if self.inner is None else self.inner.to_mapping()
        return {
            "step": self.step,
            **{f"slots.{name}": array.copy() for name, array in self.slots.items()},
            **{f"scalars.{name}": value for name, value in self.scalars.items()},
            **{f"inner.{key}": value for key, value in inner.items()},
        }

    def load(self, mapping: Mapping[str, Any]) -> None:
        """Overwrite this state with what :meth:`to_mapping` returned.

        Parameters
        ----------
        mapping : mapping of str to ndarray, float or int
            A state of the same rule, for as many parameters of the same dtype. Scalars may be
            arrays of shape (), as ``np.load`` returns them.

        Raises
        ------
        ValueError
            If the names, a shape or a dtype differ; nothing has been overwritten then.
        """
        current = self.to_mapping()
        if set(mapping) != set(current):
            raise ValueError(
                f"a state of this rule has the keys {', '.join(sorted(current))}. "
                f"Received: {', '.join(sorted(mapping)) or 'none'}"
            )
        for key, expected in current.items():
            if isinstance(expected, np.ndarray):
                found = np.asarray(mapping[key])
                if (found.shape, found.dtype) != (expected.shape, expected.dtype):
                    raise ValueError(
                        f"{key} must be {expected.dtype} of shape {expected.shape}. "
                        f"Received: {found.dtype} of shape {found.shape}"
                    )
        self.step = int(mapping["step"])
        for name, array in self.slots.items():
            array[...] = mapping[f"slots.{name}"]
        for name in self.scalars:
            self.scalars[name] = float(mapping[f"scalars.{name}"])
        if self.inner is not None:
            prefix = "inner."
            self.inner.load(
                {k.removeprefix(prefix): v for k, v in mapping.items() if k.startswith(prefix)}
            )
