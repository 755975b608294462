"""Validation against ``config.schema.yaml``, with defaults and numeric text."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from descent.study.config.errors import ErrorList
from descent.study.config.messages import messages

SCHEMA = Path(__file__).with_name("config.schema.yaml")

#: A number as text: YAML 1.1 reads 1e-3, without a point, as text. One with a leading zero is none:
#: it reads 010 as 8 and 08 as text.
NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")

#: Up to here every whole number is a float.
LARGEST_EXACT = 2.0**53


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
        for place, sentence in messages(error):
            errors.add(place, sentence)
    return completed


def as_number(text: str) -> float | int | None:
    """Return the finite number that a text denotes, or None."""
    text = text.strip()
    if len(text) > 40 or not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        return None
    number = float(text)
    return int(text) if text.lstrip("+-").isdigit() and abs(number) < 2**63 else number


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
