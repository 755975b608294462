"""Validation against ``config.schema.yaml``: defaults, numeric text, and messages for errors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from descent.foundation.suggestions import closest, did_you_mean, listed, nearest, shown_value
from descent.foundation.value_types import LARGEST_EXACT, as_number
from descent.study.config.errors import ErrorList, Place

if TYPE_CHECKING:
    from jsonschema import ValidationError

Messages: TypeAlias = Iterator[tuple[Place, str]]

SCHEMA = Path(__file__).with_name("config.schema.yaml")


@cache
def load_schema() -> dict[str, Any]:
    """Return the schema of the config."""
    import yaml  # noqa: PLC0415

    schema: dict[str, Any] = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    return schema


def complete(config: dict[str, Any], errors: ErrorList) -> dict[str, Any]:
    """Fill in the schema's defaults, convert numeric text, and add errors for what does not match.

    Parameters
    ----------
    config : dict
        Plain JSON types.
    errors : ErrorList
        Receives what the schema does not accept.

    Returns
    -------
    dict
        The completed config, keys in the schema's order.
    """
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - a tenth of a second

    schema = load_schema()
    completed: dict[str, Any] = _completed(config, schema)
    found = Draft202012Validator(schema).iter_errors(completed)
    for error in sorted(found, key=lambda e: [str(part) for part in e.absolute_path]):
        for place, sentence in _messages(error):
            errors.add(place, sentence)
    return completed


def _completed(value: Any, schema: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        definition = load_schema()["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        beside = {key: part for key, part in schema.items() if key != "$ref"}
        return _completed(value, {**definition, **beside})
    types = schema.get("type", [])
    types = {types} if isinstance(types, str) else set(types)
    if types & {"number", "integer"}:
        return _number(value, or_text="string" in types)
    if isinstance(value, list):
        return [_completed(item, schema.get("items", {})) for item in value]
    if isinstance(value, dict):
        return _completed_mapping(value, schema)
    return value


def _completed_mapping(value: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    defaults = {key: part["default"] for key, part in properties.items() if "default" in part}
    given = {**copy.deepcopy(defaults), **value}
    others = schema.get("additionalProperties") or {}
    # in the schema's order: the order in the file has no effect
    order = [key for key in properties if key in given]
    order += [key for key in given if key not in properties]
    return {key: _completed(given[key], properties.get(key, others)) for key in order}


def _number(value: Any, *, or_text: bool) -> Any:
    if isinstance(value, str) and not or_text:
        number = as_number(value)
        value = value if number is None else number
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_EXACT:
        return int(value)  # 5 and 5.0 are one config
    return value


KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _messages(error: ValidationError) -> Messages:
    """Yield the place and the message of an error of a keyword that the schema uses."""
    place: Place = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        place = (*place, error.instance)
    if error.validator == "additionalProperties":
        yield from _unknown_keys(error, place)
    elif error.validator == "required":
        yield from _missing_keys(error, place)
    else:
        said = MESSAGES[str(error.validator)](error)
        yield place, f"{said} Received: {shown_value(error.instance)}"


def _unknown_keys(error: ValidationError, place: Place) -> Messages:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known:
            yield (*place, key), f"unknown key. {nearest(key, known)}"


def _missing_keys(error: ValidationError, place: Place) -> Messages:
    known = error.schema.get("properties", {})
    # In a closed mapping a misspelt key is unknown already; it need not be missing as well.
    closed = error.schema.get("additionalProperties") is False
    meant = {closest(key, known) for key in error.instance if closed and key not in known}
    for key in error.validator_value:
        if key not in error.instance and key not in meant:
            yield (*place, key), "missing"


def _wrong_type(error: ValidationError) -> str:
    kinds = error.validator_value
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return f"must be {' or '.join(KINDS[kind] for kind in kinds)}."


def _not_one_of(error: ValidationError) -> str:
    known = error.validator_value
    hint = did_you_mean(error.instance, known) if isinstance(error.instance, str) else ""
    return f"must be one of {listed(known)}. {hint}".rstrip()


def _twice(error: ValidationError) -> str:
    items = error.instance
    twice = next(item for i, item in enumerate(items) if item in items[:i])
    return f"has {shown_value(twice)} more than once."


#: The beginning of the message for each keyword that the schema uses for a single value.
MESSAGES: dict[str, Callable[[ValidationError], str]] = {
    "type": _wrong_type,
    "enum": _not_one_of,
    "pattern": lambda error: f"{error.schema['rule']}.",
    "maxLength": lambda error: f"{error.schema['rule']}.",
    "uniqueItems": _twice,
    "minItems": lambda _: "must not be empty.",
    "minProperties": lambda _: "must not be empty.",
    "minLength": lambda _: "must not be empty.",
    "minimum": lambda error: f"must be at least {error.validator_value}.",
    "exclusiveMinimum": lambda error: f"must be greater than {error.validator_value}.",
    "maximum": lambda error: f"must be at most {error.validator_value}.",
}
