"""Settings of a config, checked against the signature of a class or function."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from descent.foundation.suggestions import shown_value
from descent.foundation.value_types import describe_type, fit
from descent.study.config.errors import ErrorList, Place

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
