"""Settings of a config, checked against the signature of a class or function."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from descent.foundation.suggestions import listed, shown_value
from descent.study.config.errors import ErrorList, Place
from descent.study.config.schema import LARGEST_EXACT, as_number

_NAMED_FIRST = re.compile(r"(\w+) (must .*)", re.DOTALL)


def convert_settings(
    given: Mapping[str, Any], types: Mapping[str, Any], place: Place, errors: ErrorList
) -> dict[str, Any]:
    """Return settings with numeric text converted to numbers, and add errors for wrong types.

    Parameters
    ----------
    given : mapping of str to object
        The settings.
    types : mapping of str to type
        The types of settings; a setting that is not among them is not checked.
    place : tuple
        Where in the config the settings are.
    errors : ErrorList
        Receives values of the wrong type.

    Returns
    -------
    dict
        The settings; wrong ones are unchanged.
    """
    settings = dict(given)
    for name in given.keys() & types.keys():
        fits, settings[name] = fit(given[name], types[name])
        if not fits:
            must = f"must be {describe_type(types[name])}"
            errors.add((*place, name), f"{must}. Received: {shown_value(given[name])}")
    return settings


def fit(value: Any, kind: Any) -> tuple[bool, Any]:
    """Return whether a value is of a type, and the value, numeric text converted to a number.

    Parameters
    ----------
    value : object
        A plain JSON value.
    kind : type
        ``bool``, ``int``, ``float``, ``str``, None, a path, a literal, a sequence, a mapping, or a
        union of them; any value is of any other type.

    Returns
    -------
    fits : bool
        Whether it is.
    value : object
        The value.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in _UNIONS:
        tries = [fit(value, argument) for argument in arguments]
        return next((found for found in tries if found[0]), (False, value))
    if origin is typing.Literal:
        return value in arguments, value
    if _is_sequence(origin):
        return _fit_list(value, arguments)
    if kind in {int, float}:
        return _fit_number(value, kind)
    return isinstance(value, _PLAIN.get(kind, object)), value


_UNIONS = {typing.Union, types.UnionType}
_PLAIN = {str: str, Path: str, bool: bool, type(None): type(None)}


def _is_sequence(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Sequence)


def _fit_list(value: Any, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    if not isinstance(value, list):
        return False, value
    items = [fit(item, arguments[0] if arguments else Any) for item in value]
    return all(fits for fits, _ in items), [item for _, item in items]


def _fit_number(value: Any, kind: type) -> tuple[bool, Any]:
    number = as_number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False, value
    if kind is float:
        return True, number
    whole = isinstance(number, int) or (number.is_integer() and abs(number) < LARGEST_EXACT)
    return whole, int(number) if whole else value


def describe_type(kind: Any) -> str:
    """Return a description of a type: ``a list of whole numbers``."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in _UNIONS:
        return " or ".join(describe_type(argument) for argument in arguments)
    if origin is typing.Literal:
        return f"one of {listed(map(str, arguments))}"
    if _is_sequence(origin):
        return f"a list ({describe_type(arguments[0])} each)" if arguments else "a list"
    words = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    words |= {Path: "a path", type(None): "null"}
    return words.get(kind, getattr(kind, "__name__", str(kind)))


def locate_message(message: str, entry: Mapping[str, Any], place: Place) -> tuple[Place, str]:
    """Return the place of a message such as ``beta1 must be in [0, 1)``, and its remaining text.

    Parameters
    ----------
    message : str
        Of the error that a class raised.
    entry : mapping
        The config entry.
    place : tuple
        Where the entry is.

    Returns
    -------
    place : tuple
        The setting's place if the message names one of the entry's, otherwise the entry's.
    sentence : str
        The message, without the setting's name if the place has it.
    """
    key, _, rest = message.partition(": ")
    inner = entry.get(key)
    if isinstance(inner, Mapping):  # as of the rule around which another one is
        return locate_message(rest.removeprefix(f"{inner.get('use')}: "), inner, (*place, key))
    found = _NAMED_FIRST.fullmatch(message)
    if found and found[1] in entry:
        return (*place, found[1]), found[2]
    return place, message
