"""Arguments of another library's optimizer: their names and types, checked against its signature.

A library may take what is of no type that it knows: PyTorch switches ``nesterov`` on for ``"no"``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from descent.foundation.signatures import parameter_types
from descent.foundation.suggestions import nearest
from descent.foundation.value_types import describe_type, fit

#: The names that Optax's functions have for the learning rate.
RATES = ("learning_rate", "max_learning_rate")


def takes_learning_rate(found: Any) -> bool:
    """Return whether something is a function of a learning rate, and no part of an optimizer."""
    is_function = inspect.isfunction(found) or isinstance(found, functools.partial)
    if not is_function or getattr(found, "__name__", "").startswith(("_", "scale_by_")):
        return False
    return not set(RATES).isdisjoint(inspect.signature(found).parameters)


def library_options(
    use: str,
    function: Callable[..., Any],
    settings: Mapping[str, Any],
    ours: Collection[str],
    supplied: Collection[str],
) -> dict[str, Any]:
    """Return the settings of an entry that are the library's, as it takes them.

    Parameters
    ----------
    use : str
        What the entry names, for messages.
    function : callable
        The library's class or function.
    settings : mapping of str to object
        Plain values: lists become tuples, text that denotes a number or a truth value becomes one.
    ours, supplied : collection of str
        Settings that the adapter takes itself, and parameters of the function that it supplies.

    Raises
    ------
    ValueError
        If there is no such argument; the message has the nearest name.
    TypeError
        If a value is not of the type that the default has or, without one, the annotation.
    """
    types = _types(function, supplied)
    options: dict[str, Any] = {}
    for name, given in settings.items():
        if name in ours:
            continue
        if name not in types:
            valid = nearest(name, [*ours, *types])
            raise ValueError(f"{use} has no hyper-parameter {name!r}. {valid}")
        fits, value = fit(given, types[name])
        if not fits:
            raise TypeError(f"{name} must be {describe_type(types[name])}. Received: {given!r}")
        options[name] = tuple(value) if isinstance(value, list) else value
    return options


def _types(function: Callable[..., Any], supplied: Collection[str]) -> dict[str, Any]:
    """Return the type of each argument: that of its default, or else the one that is annotated."""
    types = parameter_types(function, supplied)
    for name, annotated in types.items():
        default = inspect.signature(function).parameters[name].default
        if isinstance(default, bool):
            types[name] = bool
        elif isinstance(default, int | float) and annotated is not int:
            types[name] = float
        elif isinstance(default, list | tuple) and all(isinstance(x, int | float) for x in default):
            types[name] = Sequence[float]
    return types
