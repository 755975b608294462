"""What a rule remembers between steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.arrays import Array


@dataclass
class State:
    """What a rule remembers between steps, allocated once.

    Attributes
    ----------
    slots : dict of str to ndarray of shape (n,)
        The rule's arrays, by name; ``state["velocity"]`` reads one.
    scalars : dict of str to float
        The rule's running scalars, by name.
    work : list of ndarray
        Scratch space as long as the gradient that the rule is handed; nothing in it survives a
        step. The last one is the base's.
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
    """

    slots: dict[str, Array]
    scalars: dict[str, float]
    work: list[Array]
    gradient: Array | None = None
    step: int = 0
    learning_rate: float = 0.0
    step_size: float = 0.0

    def __getitem__(self, name: str) -> Array:
        return self.slots[name]

    @property
    def nbytes(self) -> int:
        """Bytes that the slots occupy: the memory a rule cannot do without."""
        return sum(array.nbytes for array in self.slots.values())

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

    def block(self, stretch: slice) -> State:
        """Return the state of one stretch of the parameters: views of the slots, the same step."""
        return State(
            slots={name: array[stretch] for name, array in self.slots.items()},
            scalars=self.scalars,
            work=[array[: stretch.stop - stretch.start] for array in self.work],
            gradient=None if self.gradient is None else self.gradient[stretch],
            step=self.step,
            learning_rate=self.learning_rate,
        )

    def to_mapping(self) -> dict[str, Any]:
        """Return everything that resuming needs, as copies.

        Returns
        -------
        dict of str to ndarray, float or int
            ``step``, ``slots.<name>`` and ``scalars.<name>``; what ``np.savez(file, **mapping)``
            can write.

        See Also
        --------
        descent.optimizers.base.Optimizer.restore : The way back.
        """
        return {
            "step": self.step,
            **{f"slots.{name}": array.copy() for name, array in self.slots.items()},
            **{f"scalars.{name}": value for name, value in self.scalars.items()},
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
