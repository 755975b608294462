"""The built-in rules: every file of the folder ``rules``, by the name that a config uses.

A rule's module is imported when the rule is asked for, so that a training job imports only what it
needs.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from descent.optimizers.base import Optimizer

_FILES = Path(__file__).with_name("rules").glob("[!_]*.py")


class _Rules(Mapping[str, type[Optimizer]]):
    """The class in each file, by the file's name."""

    def __init__(self) -> None:
        self._names = dict.fromkeys(sorted(path.stem for path in _FILES))

    def __getitem__(self, name: str) -> type[Optimizer]:
        if name not in self._names:
            raise KeyError(name)
        module = importlib.import_module(f"descent.optimizers.rules.{name}")
        (rule,) = (
            value
            for value in vars(module).values()
            if isinstance(value, type) and value.__module__ == module.__name__
        )
        return rule

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


#: Every built-in rule, by the name that a config uses.
OPTIMIZERS: Mapping[str, type[Optimizer]] = _Rules()
