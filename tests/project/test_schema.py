"""The schema of the config is closed, says what every key is for, and the README has every key."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from descent.data.sources import SOURCES
from descent.optimizers.schedules import SCHEDULES
from descent.problems.built_in import PROBLEMS
from descent.problems.functions import FUNCTIONS
from descent.problems.loading import problem_class
from descent.study.config.schema import load_schema

ROOT = Path(__file__).parents[2]
README = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
#: Mappings whose other keys belong to the class that `use`, or the figure that `draw` names; they
#: are held to it in tests/config.
OPEN = {
    "datasets.<name>",
    "problems.<name>",
    "optimizers.<name>",
    "optimizers.<name>.schedule",
    "schedule",
}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    definition = load_schema()["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return {**resolved(definition), **{k: v for k, v in schema.items() if k != "$ref"}}


def keys(schema: dict[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every key that a config may have, with its schema."""
    schema = resolved(schema)
    for key, part in schema.get("properties", {}).items():
        place = f"{above}.{key}" if above else key
        yield place, resolved(part)
        yield from keys(part, place)
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        name = "<hyper-parameter>" if above.endswith("search_space") else "<name>"
        if not above.startswith("problems") or not above.endswith("learning_rates"):
            yield from keys(others, f"{above}.{name}")


def mappings(schema: dict[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping that a config may hold, with its schema."""
    schema = resolved(schema)
    if "object" in schema.get("type", ""):
        yield above, schema
    for key, part in schema.get("properties", {}).items():
        yield from mappings(part, f"{above}.{key}" if above else key)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from mappings(schema["additionalProperties"], f"{above}.<name>")


ALL_KEYS = dict(keys(load_schema()))


def test_the_schema_is_a_schema() -> None:
    assert load_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(load_schema())


def test_every_mapping_is_closed() -> None:
    opened = {
        place for place, schema in mappings(load_schema()) if "additionalProperties" not in schema
    }
    assert opened == OPEN


@pytest.mark.parametrize("key", ALL_KEYS)
def test_every_key_is_described(key: str) -> None:
    assert ALL_KEYS[key].get("description")


@pytest.mark.parametrize("key", ALL_KEYS)
def test_the_readme_explains_every_key(key: str) -> None:
    if f"`{key}`" not in README:  # then it is a mapping, and its own keys are explained
        assert any(other.startswith(f"{key}.") for other in ALL_KEYS)
        assert f"`{key}." in README


def test_the_readme_invents_no_key() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", README, re.MULTILINE)
    dotted = {name for row in rows for name in re.findall(r"`([a-z_]+\.[^`]+)`", row)}
    files = {path.name for path in (ROOT / "config").glob("*.yaml")}
    assert dotted - files <= set(ALL_KEYS)


@pytest.mark.parametrize("key", [key for key, part in ALL_KEYS.items() if part.get("default")])
def test_the_readme_has_the_right_default(key: str) -> None:
    default = ALL_KEYS[key]["default"]
    row = next((line for line in README.splitlines() if line.startswith(f"| `{key}` |")), None)
    if isinstance(default, dict) and row is None:  # its keys have rows of their own
        assert README.count(f"\n| `{key}.") > 1
        return
    assert row is not None
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    if isinstance(default, list):
        shown = f"[{', '.join(map(str, default))}]"
    elif isinstance(default, dict):
        shown = f"{{{', '.join(f'{name}: {value}' for name, value in default.items())}}}"
    assert row.split("|")[2].strip() == f"`{shown}`"


def test_the_readme_has_every_source_with_its_options() -> None:
    words = set(SOURCES["reviews"].options)
    for use, source in SOURCES.items():
        row = next(line for line in README.splitlines() if line.startswith(f"| `{use}` |"))
        options = row.split("|")[2]
        named = set(re.findall(r"`(\w+)`", options)) | (words if "words" in options else set())
        assert named == set(source.options), use
    for word in words:
        assert f"`{word}`" in README


def test_the_readme_has_every_problem_with_its_settings() -> None:
    section = README.partition("## `problems`")[2].partition("## `optimizers`")[0]
    for use, entry in PROBLEMS.items():
        named = "test functions" if use in FUNCTIONS else f"`{use}`"
        rows = (line for line in section.splitlines() if line.startswith("| "))
        row = next(row for row in rows if named in row.split("|")[1])
        handed = {"name", "dataset", "optimum", *entry.fixed}
        parameters = inspect.signature(problem_class(use)).parameters
        defaults = {name: p.default for name, p in parameters.items() if name not in handed}
        shown = row.split("|")[3]
        assert set(re.findall(r"`(\w+)(?::[^`]*)?`", shown)) == set(defaults), use
        for name, default in defaults.items():
            if default is None:
                continue
            text = list(default) if isinstance(default, tuple) else default
            (written,) = re.findall(rf"`{name}: ([^`]+)`", shown)
            assert written.lower() == str(text).lower() or float(written) == text


def test_the_readme_has_every_schedule() -> None:
    for name in SCHEDULES:
        assert f"`{name}`" in README
