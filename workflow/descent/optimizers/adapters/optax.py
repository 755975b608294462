"""Optax's optimizers as entrants, over the flat vector."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import jax
import numpy as np
import optax

from descent.arrays import Array
from descent.foundation.suggestions import nearest
from descent.optimizers import OPTIMIZERS
from descent.optimizers.base import Optimizer
from descent.optimizers.schedules import Constant
from descent.optimizers.state import State, Task

# Without it JAX turns float64 parameters into float32.
jax.config.update("jax_enable_x64", True)


@dataclass
class OptaxState(State):
    """Optax's own state; ``slots`` and ``scalars`` are views of it, made after each step.

    Attributes
    ----------
    tree : pytree
        The state as Optax keeps it.
    update : callable
        Optax's update function, compiled if the learning rate is constant.
    """

    tree: Any = None
    update: Callable[..., Any] | None = None

    def look(self) -> None:
        """Let ``slots`` and ``scalars`` show what Optax holds now."""
        leaves = {name: np.asarray(leaf) for name, leaf in _named_leaves(self.tree)}
        self.slots = {name: leaf for name, leaf in leaves.items() if leaf.ndim}
        self.scalars = {name: leaf.item() for name, leaf in leaves.items() if not leaf.ndim}

    def load(self, mapping: Mapping[str, Any]) -> None:
        """Hand Optax what :meth:`to_mapping` returned."""
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
        self.look()


def _named_leaves(tree: Any) -> list[tuple[str, Any]]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return [(jax.tree_util.keystr(path, simple=True, separator="."), leaf) for path, leaf in leaves]


@dataclass
class OptaxOptimizer(Optimizer):
    """An optimizer of Optax, run on the flat vector.

    Parameters
    ----------
    learning_rate : float
        Handed to Optax, with the schedule; many of its optimizers have no default, and this one's
        is 1e-3.
    name : str
        Function in ``optax``, or ``contrib.<function>``.
    options : mapping
        Its arguments, by Optax's names; weight decay is among them.
    **common
        Schedule and clipping, as in :class:`~descent.optimizers.base.Optimizer`.
    """

    name: str = "sgd"
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, name: str, settings: Mapping[str, Any]) -> Self:
        """Return the adapter for a config entry.

        Parameters
        ----------
        name : str
            Function in ``optax``, or ``contrib.<function>``.
        settings : mapping
            ``learning_rate``, ``schedule``, ``clip_norm``, ``clip_value`` and Optax's arguments.

        Returns
        -------
        OptaxOptimizer
            The adapter.

        Raises
        ------
        TypeError, ValueError
            If Optax has no such optimizer, or does not accept the arguments.
        """
        known = _functions()
        if name not in known:
            raise ValueError(f"optax has no optimizer {name!r}. {nearest(name, known)}")
        common = ("learning_rate", "schedule", "clip_norm", "clip_value")
        arguments = [k for k in inspect.signature(known[name]).parameters if k != "learning_rate"]
        options = {key: value for key, value in settings.items() if key not in common}
        for key in options:
            if key not in arguments:
                valid = nearest(key, [*common, *arguments])
                raise ValueError(f"optax:{name} has no hyper-parameter {key!r}. {valid}")
        own = {key: value for key, value in settings.items() if key in common}
        adapter = cls(**own, name=name, options=options)
        with jax.disable_jit():  # Optax checks its arguments when they are used
            trial = np.zeros(1)
            adapter.step(trial, np.zeros(1), adapter.init(trial))
        return adapter

    @property
    def learning_rate_centre(self) -> float:  # type: ignore[override]
        """Where the learning rate usually lives: as for the built-in rule, else 1e-3."""
        return OPTIMIZERS[self.name].learning_rate_centre if self.name in OPTIMIZERS else 1e-3

    def init(self, theta: Array, task: Task | None = None) -> OptaxState:
        """Return a new Optax state for parameters like ``theta``."""
        plain = super().init(theta, task)
        # A schedule of ours is plain Python, which JAX cannot compile.
        constant = isinstance(self.schedule, Constant)
        rate = self.learning_rate if constant else self._scheduled
        transformation = _functions()[self.name](learning_rate=rate, **self.options)
        state = OptaxState(
            slots={},
            scalars={},
            work=plain.work,
            gradient=plain.gradient,
            tree=transformation.init(jax.numpy.array(theta)),
            update=jax.jit(transformation.update) if constant else transformation.update,
        )
        state.look()
        return state

    def step(self, theta: Array, gradient: Array, state: State) -> None:
        """Let Optax compute the step, and add it to ``theta``."""
        if not isinstance(state, OptaxState) or state.update is None:
            raise TypeError(f"state must be what init returned. Received: {type(state).__name__}")
        state.step += 1
        state.learning_rate = self.learning_rate * self.schedule(state.step - 1)
        g = jax.numpy.array(self._clipped(gradient, state))
        change, state.tree = state.update(g, state.tree, jax.numpy.array(theta))
        theta += np.asarray(change)
        state.look()

    def direction(self, g: Array, state: State) -> Array:
        """Not used: Optax computes the whole step."""
        raise NotImplementedError("Optax computes the whole step itself")

    def _scheduled(self, count: Any) -> float:
        return self.learning_rate * self.schedule(int(count))


def _functions() -> dict[str, Callable[..., Any]]:
    """Return Optax's optimizers by name: what is called with a learning rate."""
    found: dict[str, Callable[..., Any]] = {}
    for prefix, module in (("", optax), ("contrib.", optax.contrib)):
        for name, function in vars(module).items():
            if inspect.isfunction(function) or isinstance(function, functools.partial):
                parameters = inspect.signature(function).parameters
                if "learning_rate" in parameters and not name.startswith(("_", "scale_by_")):
                    found[prefix + name] = function
    return found
