"""Strict reading of a YAML file: a duplicate key is an error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from descent.foundation.suggestions import shown_value
from descent.study.config.errors import ConfigError

#: A config is written by hand; what is larger is some other file.
LARGEST_FILE = 2**20


#: What YAML 1.1 reads in base 8, 2 or 60, and a person and YAML 1.2 do not.
SURPRISING = re.compile(r"[-+]?(0[0-9_]+(\.[0-9_]*)?|0b[01_]+|[0-9][0-9_]*(:[0-9]+)+(\.[0-9_]*)?)")


class _StrictLoader(yaml.SafeLoader):
    """YAML without duplicate keys, and without numbers that are not what they look like.

    Both are looked for as the text stands, before a merge (``<<``) puts keys together.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                line = key.start_mark.line + 1
                if key.value in lines:
                    raise _RefusedError(
                        f"{shown_value(key.value)} is a duplicate key, in lines "
                        f"{lines[key.value]} and {line}"
                    )
                lines[key.value] = line
        return node

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        is_number = node.tag in {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
        if is_number and node.style is None and SURPRISING.fullmatch(node.value):
            raise _RefusedError(
                f"line {node.start_mark.line + 1}: YAML reads {node.value} as "
                f"{self.construct_object(node)}. Write a number without a leading zero and without "
                "a colon, or text in quotes"
            )
        return node


class _RefusedError(yaml.YAMLError):
    """What YAML accepts and a config may not hold."""


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping from a YAML or JSON file.

    Parameters
    ----------
    path : Path
        The file, at most 1 MiB, in UTF-8.

    Returns
    -------
    dict
        The content of the file.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not YAML, has a key twice or a number that YAML reads in
        another base, or is not a mapping.
    """
    text = _read_text(path)
    try:
        document = yaml.load(text, _StrictLoader)  # noqa: S506 - it is safe
    except _RefusedError as error:
        raise ConfigError(str(path), [str(error)]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(str(path), [f"not YAML{where}: {error.problem}"]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ConfigError(str(path), [f"not YAML: {reason}"]) from error
    if not isinstance(document, dict):
        raise ConfigError(
            str(path), [f"must hold keys and values at its top. Received: {shown_value(document)}"]
        )
    return document


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from error
    if len(content) > LARGEST_FILE:
        raise ConfigError(str(path), [f"larger than {LARGEST_FILE:,} bytes: not a config"])
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), [f"not text in UTF-8: {error.reason}"]) from error
