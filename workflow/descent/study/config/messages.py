"""Errors of jsonschema as messages for the author of the config."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from descent.foundation.suggestions import did_you_mean, listed, shown_value
from descent.study.config.errors import Place

if TYPE_CHECKING:
    from jsonschema import ValidationError

Messages: TypeAlias = Iterator[tuple[Place, str]]

KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
BOUNDS = {"minimum": "at least", "exclusiveMinimum": "greater than", "maximum": "at most"}


def messages(error: ValidationError) -> Messages:
    """Yield the place and the message of an error of jsonschema.

    Parameters
    ----------
    error : jsonschema.ValidationError
        Of a keyword that the schema uses.
    """
    place: Place = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        place = (*place, error.instance)
    yield from _RULES[str(error.validator)](error, place)


def _unknown_key(error: ValidationError, place: Place) -> Messages:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known:
            yield (*place, key), f"unknown key.{did_you_mean(key, known)} Known: {listed(known)}"


def _missing_key(error: ValidationError, place: Place) -> Messages:
    known = error.schema.get("properties", {})
    # In a closed mapping a misspelt key is unknown already; it need not be missing as well.
    closed = error.schema.get("additionalProperties") is False
    meant = {did_you_mean(key, known) for key in error.instance if closed and key not in known}
    for key in error.validator_value:
        if key not in error.instance and not any(f" {key}?" in hint for hint in meant):
            yield (*place, key), "missing"


def _wrong_type(error: ValidationError, place: Place) -> Messages:
    kinds = error.validator_value
    kinds = [kinds] if isinstance(kinds, str) else kinds
    yield place, f"must be {' or '.join(KINDS[kind] for kind in kinds)}. {_received(error)}"


def _not_one_of(error: ValidationError, place: Place) -> Messages:
    known, value = error.validator_value, error.instance
    near = did_you_mean(value, known) if isinstance(value, str) else ""
    yield place, f"must be one of {listed(known)}.{near} {_received(error)}"


def _wrong_text(error: ValidationError, place: Place) -> Messages:
    yield place, f"{error.schema['rule']}. {_received(error)}"


def _twice(error: ValidationError, place: Place) -> Messages:
    items = error.instance
    twice = next(item for i, item in enumerate(items) if item in items[:i])
    yield place, f"has {shown_value(twice)} more than once"


def _empty(error: ValidationError, place: Place) -> Messages:
    yield place, f"must not be empty. {_received(error)}"


def _out_of_bounds(error: ValidationError, place: Place) -> Messages:
    bound = BOUNDS[str(error.validator)]
    yield place, f"must be {bound} {error.validator_value}. {_received(error)}"


def _received(error: ValidationError) -> str:
    return f"Received: {shown_value(error.instance)}"


#: The message for each keyword that the schema uses.
_RULES: dict[str, Callable[[Any, Place], Messages]] = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "type": _wrong_type,
    "enum": _not_one_of,
    "pattern": _wrong_text,
    "maxLength": _wrong_text,
    "uniqueItems": _twice,
    "minItems": _empty,
    "minProperties": _empty,
    "minLength": _empty,
    "minimum": _out_of_bounds,
    "exclusiveMinimum": _out_of_bounds,
    "maximum": _out_of_bounds,
}
