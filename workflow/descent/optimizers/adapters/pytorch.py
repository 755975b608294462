"""Adapter for PyTorch's optimizers, on named tensors as in PyTorch's own use."""

from __future__ import annotations

import inspect
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from descent.arrays import KINDS, Array, Layout
from descent.foundation.class_loading import load_class
from descent.optimizers import OPTIMIZERS
from descent.optimizers.adapters.options import library_options
from descent.optimizers.adapters.trial import TRIAL, trial_parameters
from descent.optimizers.base import Optimizer
from descent.optimizers.state import State, Task

#: Settings of an entry that are ours; all others are arguments of PyTorch's class.
COMMON = ("learning_rate", "schedule", "clip_norm", "clip_value", "groups", "kinds", "rest")


@dataclass
class TorchState(State):
    """PyTorch's own state; ``slots`` and ``scalars`` are views of it, made when they are read.

    Attributes
    ----------
    tensors : dict of str to torch.Tensor
        The blocks of the parameters in PyTorch's orientation: a weight matrix is
        (outputs, inputs).
    optimizers : list of torch.optim.Optimizer
        The optimizers that take the steps: the entry's own, and the one of the rest.
    """

    tensors: dict[str, Any] = field(default_factory=dict)
    optimizers: list[Any] = field(default_factory=list)

    @property
    def nbytes(self) -> int:
        """Bytes that PyTorch holds for these parameters by now."""
        self.look()
        return super().nbytes

    def look(self) -> None:
        """Update ``slots`` and ``scalars`` from PyTorch's state."""
        names = {tensor: name for name, tensor in self.tensors.items()}
        for optimizer in self.optimizers:
            for tensor, held in optimizer.state.items():
                for name, value in _leaves(held, names.get(tensor, "")):
                    if isinstance(value, torch.Tensor) and value.ndim:
                        self.slots[name] = (
                            value.detach().float().numpy()
                            if (value.dtype is torch.bfloat16)
                            else value.detach().numpy()
                        )
                    else:
                        self.scalars[name] = float(value)

    def to_mapping(self) -> dict[str, Any]:
        """Return everything that resuming needs: PyTorch's own state, as bytes."""
        file = io.BytesIO()
        torch.save([optimizer.state_dict() for optimizer in self.optimizers], file)
        return {"step": self.step, "pytorch": np.frombuffer(file.getvalue(), np.uint8)}

    def load(self, mapping: Mapping[str, Any]) -> None:
        """Restore PyTorch's state from what :meth:`to_mapping` returned."""
        if set(mapping) != {"step", "pytorch"}:
            raise ValueError(
                "a state of PyTorch has the keys step, pytorch. "
                f"Received: {', '.join(sorted(mapping))}"
            )
        saved = torch.load(io.BytesIO(np.asarray(mapping["pytorch"]).tobytes()))
        for optimizer, state in zip(self.optimizers, saved, strict=True):
            optimizer.load_state_dict(state)
        self.step = int(mapping["step"])
        self.look()


def _leaves(held: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the tensors and numbers in a nested state, each with a name."""
    if isinstance(held, Mapping):
        for key, value in held.items():
            yield from _leaves(value, f"{key}.{name}")
    elif isinstance(held, list | tuple):
        for place, value in enumerate(held):
            yield from _leaves(value, f"{name}.{place}")
    elif isinstance(held, torch.Tensor | int | float) and not isinstance(held, bool):
        yield name, held


@dataclass
class TorchOptimizer(Optimizer):
    """An optimizer of PyTorch, or of a library that derives from ``torch.optim.Optimizer``.

    Parameters
    ----------
    learning_rate : float
        PyTorch's ``lr``; the schedule is applied to it.
    name : str
        What an entry names; for messages and records.
    options : mapping
        Its arguments, by the library's names; weight decay is among them.
    kinds : sequence of str, optional
        Kinds of parameters that it trains, of :data:`descent.arrays.KINDS`; by default all, or,
        where there is a ``rest``, ``matrix``.
    rest : mapping, optional
        Entry of the PyTorch optimizer of all other parameters: ``use`` and its arguments.
    rest_learning_rate : float, optional
        The learning rate in that entry; without it the rest has the same as the others.
    library_class : type
        The class that takes the steps.
    **common
        Schedule, clipping and groups, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    Weight matrices are (outputs, inputs) here, as in ``torch.nn.Linear``, and contiguous. The
    tensors are copies: a step costs a pass over the parameters each way.
    """

    name: str = "SGD"
    options: Mapping[str, Any] = field(default_factory=dict)
    kinds: Sequence[str] = ()
    rest: TorchOptimizer | None = None
    rest_learning_rate: float | None = None
    library_class: Any = field(default=torch.optim.SGD, repr=False)

    @staticmethod
    def find(name: str, folder: Path) -> Any:
        """Return a class of ``torch.optim``, or of a module or file.

        Parameters
        ----------
        name : str
            ``RAdam``, ``package.module.Class``, ``package.module:Class`` or ``file.py:Class``.
        folder : Path
            What the path of a file is relative to.

        Raises
        ------
        ValueError
            If there is no such optimizer.
        """
        place, separator, class_name = name.rpartition(":" if ":" in name else ".")
        place = place if separator else "torch.optim"
        return load_class(f"{place}:{class_name}", folder, what="optimizer", fits=_is_optimizer)

    @classmethod
    def from_settings(cls, name: str, settings: Mapping[str, Any], library_class: Any) -> Self:
        """Return the adapter for a config entry.

        Parameters
        ----------
        name : str
            What the entry names, for messages and records.
        settings : mapping
            ``learning_rate``, ``schedule``, ``clip_norm``, ``clip_value``, ``groups``, ``kinds``,
            ``rest`` and the arguments of the class.
        library_class : type
            The class, a subclass of ``torch.optim.Optimizer``.

        Returns
        -------
        TorchOptimizer
            The adapter; without a learning rate it has the library's default.

        Raises
        ------
        TypeError, ValueError
            If it does not accept the arguments, or needs what an entrant is not given.
        """
        adapter = cls.untried(name, settings, library_class)
        trial = trial_parameters()
        state = adapter.init(trial, TRIAL)
        state.loss, state.loss_and_gradient = 1.0, _trial_loss
        adapter.step(trial, np.ones_like(trial), state)
        return adapter

    @classmethod
    def untried(cls, name: str, settings: Mapping[str, Any], library_class: Any) -> Self:
        """Return the adapter without a trial step; otherwise as :meth:`from_settings`."""
        _check_signature(name, library_class)
        supplied = ("params", "lr")
        options = library_options(f"torch:{name}", library_class, settings, COMMON, supplied)
        own = {key: settings[key] for key in COMMON if key in settings}
        if "rest" in own:
            own["rest_learning_rate"] = dict(own["rest"]).get("learning_rate")
            own["rest"] = _rest(name, own["rest"])
        own.setdefault("kinds", ("matrix",) if "rest" in own else KINDS)
        if not set(own["kinds"]) <= set(KINDS):
            raise ValueError(f"kinds must be of {', '.join(KINDS)}. Received: {own['kinds']}")
        default = library_class([torch.zeros(1, 1)], **options).defaults["lr"]
        fixed = {"name": name, "options": options, "library_class": library_class}
        adapter = cls(**{"learning_rate": float(default), **own, **fixed})
        if adapter.groups and "weight_decay" not in inspect.signature(library_class).parameters:
            unused = [kind for kind, of in adapter.groups.items() if "weight_decay" in of]
            if unused:
                raise ValueError(f"torch:{name} has no weight decay for groups to change: {unused}")
        return adapter

    @property
    def extra_gradients(self) -> bool:  # type: ignore[override]
        """Whether the class evaluates the loss itself, as ``LBFGS`` does."""
        closure = inspect.signature(self.library_class.step).parameters.get("closure")
        return closure is not None and closure.default is closure.empty

    @property
    def learning_rate_centre(self) -> float:  # type: ignore[override]
        """The centre of the built-in rule's grid, or the default learning rate."""
        if self.name.lower() in OPTIMIZERS:
            return OPTIMIZERS[self.name.lower()].learning_rate_centre
        default = self.library_class([torch.zeros(1, 1)], **self.options).defaults["lr"]
        return float(default)

    def init(self, theta: Array, task: Task | None = None) -> TorchState:
        """Return a new PyTorch optimizer for parameters like ``theta``."""
        plain = super().init(theta, task)
        assert plain.task is not None
        layout = plain.task.layout
        state = TorchState(
            slots={},
            scalars={},
            work=[],
            schedule=plain.schedule,
            task=plain.task,
            tensors={
                name: torch.from_numpy(np.array(_turned(view), order="C"))
                for name, view in layout.views(theta).items()
            },
        )
        mine = [name for name, kind in layout.kinds.items() if kind in self.kinds]
        others = [name for name in layout.kinds if name not in mine]
        if others and self.rest is None:
            raise ValueError(
                f"torch:{self.name} trains the kinds {', '.join(self.kinds)} only; name the "
                f"optimizer of {', '.join(others)} under rest"
            )
        if mine:
            state.optimizers.append(self.make(mine, state, self.learning_rate))
        if others and self.rest is not None:
            rate = self.rest_learning_rate or self.learning_rate
            state.optimizers.append(self.rest.make(others, state, rate))
        _train_mode(state)
        return state

    def make(self, names: Sequence[str], state: TorchState, rate: float) -> Any:
        """Return PyTorch's optimizer of some blocks: one group, or one for each kind with factors.

        A group remembers its learning rate without the schedule as ``unscheduled_lr``.
        """
        assert state.task is not None
        torch_class, kinds = self.library_class, state.task.layout.kinds
        by_factors: dict[str, dict[str, Any]] = {}
        for name in names:
            kind = kinds[name] if kinds[name] in self.groups else ""
            factors = self.groups.get(kind, {})
            lr = rate * factors.get("learning_rate", 1.0)
            group = by_factors.setdefault(kind, {"params": [], "lr": lr, "unscheduled_lr": lr})
            group["params"].append(state.tensors[name])
            if "weight_decay" in factors:
                decay = torch_class([torch.zeros(1, 1)], **self.options).defaults["weight_decay"]
                group["weight_decay"] = decay * factors["weight_decay"]
        return torch_class(list(by_factors.values()), **self.options)

    def step(self, theta: Array, gradient: Array, state: State) -> None:
        """Take the step with PyTorch on its tensors, and copy them to ``theta``."""
        if not isinstance(state, TorchState):
            raise TypeError(f"state must be what init returned. Received: {type(state).__name__}")
        state.step += 1
        factor = state.schedule(state.step - 1)
        state.learning_rate = self.learning_rate * factor
        assert state.task is not None
        layout = state.task.layout
        _hand_over(theta, self._clipped(gradient, state), state, layout)
        for optimizer in state.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["unscheduled_lr"] * factor
            if self.extra_gradients:
                optimizer.step(_Closure(theta, state, layout))
            else:
                optimizer.step()
        _copy_back(theta, state, layout)

    def evaluation_point(self, theta: Array, state: State) -> Array:
        """Return what the library evaluates: the parameters after ``eval()`` where it has one."""
        if not isinstance(state, TorchState) or state.task is None:
            raise TypeError(f"state must be what init returned. Received: {type(state).__name__}")
        state.look()
        switching = [o for o in state.optimizers if hasattr(o, "eval") and hasattr(o, "train")]
        if not switching or not state.step:
            return theta
        for optimizer in switching:
            optimizer.eval()
        point = theta.copy()
        _copy_back(point, state, state.task.layout)
        _train_mode(state)
        return point

    def remarks(self, state: State) -> list[str]:
        """Return a remark if the optimizer trained no parameter because of their kinds."""
        assert state.task is not None
        if self.rest is None or set(self.kinds) & set(state.task.layout.kinds.values()):
            return []
        kinds = ", ".join(self.kinds)
        return [f"no parameter of the kind {kinds}: all were trained by torch:{self.rest.name}"]

    def direction(self, g: Array, state: State) -> Array:
        """Not used: PyTorch takes the whole step."""
        raise NotImplementedError("PyTorch takes the whole step itself")


class _Closure:
    """Loss and gradients at the tensors as they are, for ``optimizer.step(closure)``."""

    def __init__(self, theta: Array, state: TorchState, layout: Layout) -> None:
        self._point = theta.copy()
        self._gradient = np.empty_like(theta)
        self._state = state
        self._layout = layout
        self._first = True

    def __call__(self) -> Any:
        state = self._state
        if self._first:  # the loss and gradient of the step itself: already taken, and counted
            self._first = False
            return torch.tensor(state.loss)
        assert state.loss_and_gradient is not None
        _copy_back(self._point, state, self._layout)
        loss = state.loss_and_gradient(self._point, self._gradient)
        _hand_over(self._point, self._gradient, state, self._layout, gradients_only=True)
        return torch.tensor(loss)


def _turned(block: Array) -> Array:
    """Return a weight matrix as (outputs, inputs); anything else as it is."""
    return block.T if block.ndim == 2 else block


def _hand_over(
    theta: Array, gradient: Array, state: TorchState, layout: Layout, gradients_only: bool = False
) -> None:
    """Copy parameters and gradient into the tensors."""
    parts = layout.views(theta), layout.views(gradient)
    for name, tensor in state.tensors.items():
        if not gradients_only:
            tensor.numpy()[...] = _turned(parts[0][name])
        if tensor.grad is None:
            tensor.grad = torch.empty_like(tensor)
        tensor.grad.numpy()[...] = _turned(parts[1][name])


def _copy_back(theta: Array, state: TorchState, layout: Layout) -> None:
    for name, view in layout.views(theta).items():
        view[...] = _turned(state.tensors[name].numpy())


def _train_mode(state: TorchState) -> None:
    for optimizer in state.optimizers:
        if hasattr(optimizer, "eval") and hasattr(optimizer, "train"):
            optimizer.train()


def _trial_loss(theta: Array, gradient: Array) -> float:
    gradient[...] = theta
    return 0.5 * float(theta @ theta)


def _rest(name: str, entry: Any) -> TorchOptimizer:
    use = entry.get("use") if isinstance(entry, Mapping) else None
    prefix, _, other = str(use).partition(":")
    if prefix != "torch":
        raise ValueError(
            f"rest of torch:{name} must be an entry of PyTorch, {{use: torch:AdamW, ...}}. "
            f"Received: {entry!r}"
        )
    settings = {key: value for key, value in entry.items() if key != "use"}
    return TorchOptimizer.untried(other, settings, TorchOptimizer.find(other, Path.cwd()))


def _is_optimizer(found: Any) -> bool:
    """Return whether something is a class that takes steps."""
    base = torch.optim.Optimizer
    return inspect.isclass(found) and issubclass(found, base) and found is not base


def _check_signature(name: str, library_class: Any) -> None:
    """Raise if a class cannot be made from parameters, a learning rate and what has a default."""
    parameters = inspect.signature(library_class).parameters
    needed = [
        p.name
        for p in list(parameters.values())[1:]
        if p.default is p.empty and p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}
    ]
    if name == "SparseAdam":
        raise ValueError("torch:SparseAdam needs sparse gradients; it cannot be an entrant")
    if needed and needed != ["lr"]:
        raise ValueError(
            f"torch:{name} needs {', '.join(needed)}; it cannot be an entrant. A rule around "
            "another one is built in: sam, lookahead"
        )
    if "lr" not in parameters:
        raise ValueError(f"torch:{name} has no learning rate lr; it cannot be an entrant")
