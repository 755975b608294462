"""PyTorch's optimizers as entrants, over the flat vector."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch

from descent.arrays import Array
from descent.foundation.suggestions import nearest
from descent.optimizers import OPTIMIZERS
from descent.optimizers.base import Optimizer
from descent.optimizers.state import State, Task

#: Optimizers that need more than one gradient a step, or another kind of gradient.
UNSUITABLE = {"LBFGS": "a closure that evaluates the loss", "SparseAdam": "sparse gradients"}


@dataclass
class TorchState(State):
    """PyTorch's own state; ``slots`` and ``scalars`` are views of it, made after each step.

    Attributes
    ----------
    parameter : torch.Tensor of shape (n,)
        Shares memory with theta while a step is taken.
    torch_optimizer : torch.optim.Optimizer
        What takes the steps.
    """

    parameter: Any = None
    torch_optimizer: Any = None

    def look(self) -> None:
        """Let ``slots`` and ``scalars`` show what PyTorch holds now."""
        held = self.torch_optimizer.state.get(self.parameter, {})
        arrays = {name: x for name, x in held.items() if isinstance(x, torch.Tensor)}
        self.slots = {name: x.numpy() for name, x in arrays.items() if x.ndim}
        self.scalars = {name: float(x) for name, x in arrays.items() if not x.ndim}

    def load(self, mapping: Mapping[str, Any]) -> None:
        """Hand PyTorch what :meth:`to_mapping` returned."""
        held: dict[str, torch.Tensor] = {}
        for key, value in mapping.items():
            kind, _, name = key.partition(".")
            if kind == "slots":
                held[name] = torch.from_numpy(np.array(value))
            elif kind == "scalars":
                held[name] = torch.tensor(float(value), dtype=torch.get_default_dtype())
        if held:
            self.torch_optimizer.state[self.parameter] = held
        self.step = int(mapping["step"])
        self.look()


@dataclass
class TorchOptimizer(Optimizer):
    """An optimizer of ``torch.optim``, run on the flat vector that NumPy and PyTorch share.

    Parameters
    ----------
    learning_rate : float
        PyTorch's ``lr``; the schedule is applied to it.
    name : str
        Class in ``torch.optim``.
    options : mapping
        Its arguments, by PyTorch's names; weight decay is among them.
    **common
        Schedule and clipping, as in :class:`~descent.optimizers.base.Optimizer`.
    """

    name: str = "SGD"
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, name: str, settings: Mapping[str, Any]) -> Self:
        """Return the adapter for a config entry.

        Parameters
        ----------
        name : str
            Class in ``torch.optim``.
        settings : mapping
            ``learning_rate``, ``schedule``, ``clip_norm``, ``clip_value`` and PyTorch's arguments.

        Returns
        -------
        TorchOptimizer
            The adapter; without a learning rate it has PyTorch's default.

        Raises
        ------
        TypeError, ValueError
            If PyTorch has no such optimizer, or does not accept the arguments.
        """
        known: dict[str, Any] = {
            key: value
            for key, value in vars(torch.optim).items()
            if inspect.isclass(value)
            and issubclass(value, torch.optim.Optimizer)
            and value is not torch.optim.Optimizer
            and key not in UNSUITABLE
        }
        if name in UNSUITABLE:
            raise ValueError(f"torch:{name} needs {UNSUITABLE[name]}; it cannot be an entrant")
        if name not in known:
            raise ValueError(f"torch.optim has no optimizer {name!r}. {nearest(name, known)}")
        common = ("learning_rate", "schedule", "clip_norm", "clip_value")
        arguments = [k for k in inspect.signature(known[name]).parameters if k != "params"]
        options = {key: value for key, value in settings.items() if key not in common}
        for key in options:
            if key not in arguments or key == "lr":
                valid = nearest(key, [*common, *(k for k in arguments if k != "lr")])
                raise ValueError(f"torch:{name} has no hyper-parameter {key!r}. {valid}")
        options = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
        own = {key: value for key, value in settings.items() if key in common}
        default = known[name]([torch.zeros(1)], **options).defaults["lr"]
        adapter = cls(**{"learning_rate": default, **own, "name": name, "options": options})
        adapter.init(np.zeros(1))  # some of them accept matrices only
        return adapter

    @property
    def learning_rate_centre(self) -> float:  # type: ignore[override]
        """Where the learning rate usually lives: as for the built-in rule, or PyTorch's default."""
        if self.name.lower() in OPTIMIZERS:
            return OPTIMIZERS[self.name.lower()].learning_rate_centre
        torch_class = getattr(torch.optim, self.name)
        return float(torch_class([torch.zeros(1)], **self.options).defaults["lr"])

    def init(self, theta: Array, task: Task | None = None) -> TorchState:
        """Return a new PyTorch optimizer for parameters like ``theta``."""
        plain = super().init(theta, task)
        parameter = torch.from_numpy(theta)
        torch_class = getattr(torch.optim, self.name)
        return TorchState(
            slots={},
            scalars={},
            work=plain.work,
            gradient=plain.gradient,
            parameter=parameter,
            torch_optimizer=torch_class([parameter], lr=self.learning_rate, **self.options),
        )

    def step(self, theta: Array, gradient: Array, state: State) -> None:
        """Let PyTorch take the step, in the memory of ``theta``."""
        if not isinstance(state, TorchState):
            raise TypeError(f"state must be what init returned. Received: {type(state).__name__}")
        state.step += 1
        state.learning_rate = self.learning_rate * self.schedule(state.step - 1)
        state.parameter.data = torch.from_numpy(theta)
        state.parameter.grad = torch.from_numpy(self._clipped(gradient, state))
        state.torch_optimizer.param_groups[0]["lr"] = state.learning_rate
        state.torch_optimizer.step()
        state.look()

    def direction(self, g: Array, state: State) -> Array:
        """Not used: PyTorch takes the whole step."""
        raise NotImplementedError("PyTorch takes the whole step itself")
