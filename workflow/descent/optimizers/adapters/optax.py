"""Adapter for Optax's optimizers, on named arrays as in Optax's own use."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import jax
import numpy as np
import optax

from descent.arrays import Array
from descent.foundation.class_loading import load_class
from descent.optimizers import OPTIMIZERS
from descent.optimizers.adapters.options import RATES, library_options, takes_learning_rate
from descent.optimizers.adapters.trial import TRIAL, trial_parameters
from descent.optimizers.base import Optimizer
from descent.optimizers.schedules import Constant
from descent.optimizers.state import State, Task

# Without it JAX turns float64 parameters into float32.
jax.config.update("jax_enable_x64", True)

#: Settings of an entry that are ours; all others are arguments of Optax's function.
COMMON = ("learning_rate", "schedule", "clip_norm", "clip_value")
#: Functions that cannot be an entrant, and why.
UNSUITABLE = {
    "lookahead": "wraps another optimizer; write use: lookahead with base: {use: optax:...}",
    "contrib.sam": "wraps another optimizer; write use: sam with base: {use: optax:...}",
    "noisy_sgd": "draws random numbers that no seed of a study decides",
    "contrib.dpsgd": "needs the gradient of every example",
    "contrib.schedule_free": "wraps another optimizer; see contrib.schedule_free_sgd and _adamw",
    "contrib.sophia": "needs the loss as a function that JAX can trace, for its curvature",
    "lbfgs": "needs a loss that JAX can trace; lbfgs is built in, and so is torch:LBFGS",
}
#: Without a default of Optax's own.
DEFAULT_LEARNING_RATE = 1e-3


@dataclass
class OptaxState(State):
    """Optax's own state; ``slots`` and ``scalars`` are views of it, made when they are read.

    Attributes
    ----------
    tree : pytree
        The state as Optax keeps it.
    update : callable
        ``changes, tree = update(gradients, tree, parameters, loss)``, compiled.
    """

    tree: Any = None
    update: Callable[..., Any] | None = None

    @property
    def nbytes(self) -> int:
        """Bytes that Optax holds for these parameters."""
        self.look()
        return super().nbytes

    def look(self) -> None:
        """Update ``slots`` and ``scalars`` from Optax's state."""
        leaves = {name: np.asarray(leaf) for name, leaf in _named_leaves(self.tree)}
        self.slots = {name: leaf for name, leaf in leaves.items() if leaf.ndim}
        self.scalars = {name: leaf.item() for name, leaf in leaves.items() if not leaf.ndim}

    def to_mapping(self) -> dict[str, Any]:
        """Return everything that resuming needs."""
        self.look()
        return super().to_mapping()

    def load(self, mapping: Mapping[str, Any]) -> None:
        """Restore Optax's state from what :meth:`to_mapping` returned."""
        current = self.to_mapping()
        if set(mapping) != set(current):
            raise ValueError(
                f"a state of this rule has the keys {', '.join(sorted(current))}. "
                f"Received: {', '.join(sorted(mapping))}"
            )
        leaves = [
            jax.numpy.array(
                mapping[f"{'slots' if np.ndim(leaf) else 'scalars'}.{name}"], leaf.dtype
            )
            for name, leaf in _named_leaves(self.tree)
        ]
        self.tree = jax.tree.unflatten(jax.tree.structure(self.tree), leaves)
        self.step = int(mapping["step"])


def _named_leaves(tree: Any) -> list[tuple[str, Any]]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return [(jax.tree_util.keystr(path, simple=True, separator="."), leaf) for path, leaf in leaves]


@dataclass
class OptaxOptimizer(Optimizer):
    """An optimizer of Optax, or of a library that returns Optax's transformations.

    Parameters
    ----------
    learning_rate : float
        Handed to Optax, with the schedule. Without one in the entry it is Optax's default, or 1e-3
        where Optax has none.
    name : str
        What an entry names; for messages and records.
    options : mapping
        Its arguments, by the library's names; weight decay is among them.
    function : callable
        From a learning rate to the transformation that takes the steps.
    **common
        Schedule and clipping, as in :class:`~descent.optimizers.base.Optimizer`.

    Notes
    -----
    The parameters are a dict of named arrays, a weight matrix (inputs, outputs) as in Flax. A
    schedule is passed as a table of the run's learning rates, so that the step can be compiled.
    """

    name: str = "sgd"
    options: Mapping[str, Any] = field(default_factory=dict)

    function: Any = field(default=optax.sgd, repr=False)

    @staticmethod
    def find(name: str, folder: Path) -> Any:
        """Return a function of Optax, of its contrib, or of a module or file.

        Parameters
        ----------
        name : str
            ``lion``, ``contrib.prodigy``, ``package.module.function``, ``package.module:function``
            or ``file.py:function``.
        folder : Path
            What the path of a file is relative to.

        Raises
        ------
        ValueError
            If there is no such function that takes a learning rate, or it cannot be an entrant.
        """
        if name in UNSUITABLE:
            raise ValueError(f"optax:{name} {UNSUITABLE[name]}")
        place, _, function = name.rpartition(":" if ":" in name else ".")
        place = {"": "optax", "contrib": "optax.contrib"}.get(place, place)
        what = "function of a learning rate"
        return load_class(f"{place}:{function}", folder, what=what, fits=takes_learning_rate)

    @classmethod
    def from_settings(cls, name: str, settings: Mapping[str, Any], function: Any) -> Self:
        """Return the adapter for a config entry.

        Parameters
        ----------
        name : str
            What the entry names, for messages and records.
        settings : mapping
            ``learning_rate``, ``schedule``, ``clip_norm``, ``clip_value`` and the arguments of the
            function.
        function : callable
            From a learning rate to an Optax transformation.

        Returns
        -------
        OptaxOptimizer
            The adapter.

        Raises
        ------
        TypeError, ValueError
            If it does not accept the arguments, or needs what an entrant is not given.
        """
        for key in settings:
            if "mask" in key or key == "groups":
                raise ValueError(
                    f"optax:{name} is handed the parameters of each problem under their own names, "
                    f"so {key} cannot be set; the built-in rules and PyTorch's have groups"
                )
        options = library_options(f"optax:{name}", function, settings, COMMON, RATES)
        default = inspect.signature(function).parameters[_rate_name(function)].default
        own = {key: value for key, value in settings.items() if key in COMMON}
        if isinstance(default, int | float):
            own.setdefault("learning_rate", float(default))
        adapter = cls(**own, name=name, options=options, function=function)
        trial = trial_parameters()
        with jax.disable_jit():  # Optax checks its arguments when they are used
            state = adapter.init(trial, TRIAL)
            state.loss = 1.0
            adapter.step(trial, np.ones_like(trial), state)
        return adapter

    @property
    def learning_rate_centre(self) -> float:  # type: ignore[override]
        """The centre of the built-in rule's grid, or Optax's default learning rate."""
        name = self.name.removeprefix("contrib.")
        if name in OPTIMIZERS:
            return OPTIMIZERS[name].learning_rate_centre
        default = inspect.signature(self.function).parameters[_rate_name(self.function)].default
        return float(default) if isinstance(default, int | float) else DEFAULT_LEARNING_RATE

    def init(self, theta: Array, task: Task | None = None) -> OptaxState:
        """Return a new Optax state for parameters like ``theta``."""
        plain = super().init(theta, task)
        assert plain.task is not None
        rate = {_rate_name(self.function): self._rate(plain)}
        transformation = optax.with_extra_args_support(self.function(**rate, **self.options))

        def update(g: Any, tree: Any, params: Any, loss: Any) -> Any:
            return transformation.update(g, tree, params, value=loss, grad=g)

        return OptaxState(
            slots={},
            scalars={},
            work=[],
            schedule=plain.schedule,
            task=plain.task,
            tree=transformation.init(_arrays(theta, plain)),
            update=update
            if callable(rate[_rate_name(self.function)]) and plain.task.steps is None
            else jax.jit(update),
        )

    def _rate(self, state: State) -> Any:
        """Return the learning rate, or the schedule as Optax takes it."""
        if isinstance(state.schedule, Constant):
            return self.learning_rate
        assert state.task is not None
        if state.task.steps is None:  # plain Python, which JAX cannot compile
            return lambda count: self.learning_rate * state.schedule(int(count))
        steps = range(state.task.steps + 1)
        table = jax.numpy.array([self.learning_rate * state.schedule(step) for step in steps])
        return lambda count: table[count]

    def step(self, theta: Array, gradient: Array, state: State) -> None:
        """Compute the step with Optax, and add it to ``theta``."""
        if not isinstance(state, OptaxState) or state.update is None or state.task is None:
            raise TypeError(f"state must be what init returned. Received: {type(state).__name__}")
        state.step += 1
        state.learning_rate = self.learning_rate * state.schedule(state.step - 1)
        g, params = _arrays(self._clipped(gradient, state), state), _arrays(theta, state)
        changes, state.tree = state.update(g, state.tree, params, state.loss)
        views = state.task.layout.views(theta)
        for name, change in changes.items():
            np.add(views[name], np.asarray(change), out=views[name])

    def evaluation_point(self, theta: Array, state: State) -> Array:
        """Return what Optax evaluates: the average of a schedule-free method."""
        if not isinstance(state, OptaxState) or state.task is None:
            raise TypeError(f"state must be what init returned. Received: {type(state).__name__}")
        state.look()
        if not isinstance(state.tree, optax.contrib.ScheduleFreeState) or not state.step:
            return theta
        point = theta.copy()
        found = optax.contrib.schedule_free_eval_params(state.tree, _arrays(theta, state))
        for name, view in state.task.layout.views(point).items():
            view[...] = np.asarray(found[name])
        return point

    def direction(self, g: Array, state: State) -> Array:
        """Not used: Optax computes the whole step."""
        raise NotImplementedError("Optax computes the whole step itself")


def _arrays(flat: Array, state: State) -> dict[str, Any]:
    """Return the blocks of a flat vector as JAX has them: copies, which nobody writes to."""
    assert state.task is not None
    return {name: jax.numpy.array(view) for name, view in state.task.layout.views(flat).items()}


def _rate_name(function: Any) -> str:
    parameters = inspect.signature(function).parameters
    return next(name for name in RATES if name in parameters)
