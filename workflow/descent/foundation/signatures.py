"""What the signature of a function or class says of its parameters."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Collection
from typing import Any


def parameter_types(function: Callable[..., Any], without: Collection[str] = ()) -> dict[str, Any]:
    """Return the annotated type of each parameter of a function or class, by name.

    Parameters
    ----------
    function : callable
        A function, or a class, whose constructor is meant.
    without : collection of str
        Parameters to leave out.

    Returns
    -------
    dict of str to object
        ``Any`` where there is no annotation that can be read.
    """
    annotated = function.__init__ if inspect.isclass(function) else function
    try:
        hints = typing.get_type_hints(annotated)
    except (NameError, TypeError):  # a name that exists for the type checker only
        hints = {}
    return {
        name: hints.get(name, Any)
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in without and parameter.kind is not parameter.VAR_KEYWORD
    }


def required_parameters(function: Callable[..., Any]) -> set[str]:
    """Return the parameters of a function or class that have no default."""
    return {
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
    }
