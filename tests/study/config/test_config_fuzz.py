"""Whatever a config holds, it is accepted or answered in sentences: no traceback, no hang."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from study_config import BASE

from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate
from descent.study.config.schema import load_schema
from descent.study.config.yaml_file import read_yaml

#: Words that mean something somewhere in a config, and some that climb, break or blow up.
WORDS = [
    *load_schema()["properties"],
    *["use", "dataset", "epochs", "target", "metric", "value", "flavour", "schedule", "centre"],
    *["decades", "points", "low", "high", "prior", "first", "count", "search_space", "hidden"],
    *["adam", "mlp", "digits", "keras", "cosine", "tuned", "rosenbrock", "starts", "beta1"],
    *["../x", "1e-3", "-1", "nan", "$(x)", "", "a\n", "x.py:Y", "json:X", ":", "__class__"],
]
SCALARS = (
    st.none()
    | st.booleans()
    # Sizes that a test machine can hold; the bound on sizes has its own test.
    | st.integers(-5, 300)
    | st.integers(10**7)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=4)
        | st.dictionaries(SCALARS, inner, max_size=2)
    ),
    max_leaves=12,
)


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the place of every value in a config."""
    found = [above] if above else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*above, key))
    return found


PLACES = places(BASE)


#: The same examples every time: a change is judged by what it changes.
REPEATABLE = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def accepts_or_says(config: Any) -> None:
    try:
        valid = validate(config)
    except ConfigError as error:
        said = str(error).splitlines()
    else:
        assert validate(json.loads(json.dumps(valid, allow_nan=False))) == valid
        return
    assert 1 <= len(said) <= 12
    assert all(line.isprintable() for line in said)


@given(VALUES)
@settings(REPEATABLE, max_examples=150)
def test_any_value(config: Any) -> None:
    accepts_or_says(config)


@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
@settings(REPEATABLE, max_examples=300)
def test_any_value_anywhere(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    config = copy.deepcopy(BASE)
    for place, value in changes:
        part: Any = config
        for key in place[:-1]:
            part = part.get(key) if isinstance(part, dict) else None
        if isinstance(part, dict):
            part[place[-1]] = value
    accepts_or_says(config)


@given(st.sampled_from(PLACES), st.sampled_from(WORDS), VALUES)
@settings(REPEATABLE, max_examples=200)
def test_any_key_anywhere(place: tuple[Any, ...], key: str, value: Any) -> None:
    config = copy.deepcopy(BASE)
    part: Any = config
    for step in place:
        part = part[step]
    if isinstance(part, dict):
        part[key] = value
    accepts_or_says(config)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "config.yaml"


@given(st.binary(max_size=60) | st.text("{}[]:,-&*!|>'\"?#% \n\tab01", max_size=60))
@settings(REPEATABLE, max_examples=300)
def test_any_file(file: Path, content: bytes | str) -> None:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError):
        validate(read_yaml(file))
