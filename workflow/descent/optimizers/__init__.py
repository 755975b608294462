"""Optimizers: the built-in rules, one a file in ``rules``, and what they share.

A rule turns a gradient into a step. It does not depend on problems, data or the training loop.
"""

from __future__ import annotations

from typing import Any

from descent.optimizers.base import Optimizer as Optimizer
from descent.optimizers.built_in import OPTIMIZERS as OPTIMIZERS
from descent.optimizers.hyperparameters import hyperparameter as hyperparameter
from descent.optimizers.state import State as State


def __getattr__(name: str) -> Any:
    """Import a rule when it is first named: a training job needs one of them."""
    for rule in OPTIMIZERS:
        if name.lower() == rule.replace("_", "") and name == OPTIMIZERS[rule].__name__:
            return OPTIMIZERS[rule]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *(rule.__name__ for rule in OPTIMIZERS.values())])
