"""PyTorch's implementations of an optimizer, where PyTorch is installed."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

from descent.benchmark.measurement import PYTORCH

#: From this package's names to PyTorch's classes, with what makes them the same rule.
RULES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "adadelta": ("Adadelta", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "adamax": ("Adamax", {}),
    "nadam": ("NAdam", {}),
    "adamw": ("AdamW", {}),
    "radam": ("RAdam", {}),
    "adafactor": ("Adafactor", {}),
    "rprop": ("Rprop", {}),
}
#: Keywords of a loop over tensors, of one over lists of them, and of a single kernel.
IMPLEMENTATIONS: dict[str, Mapping[str, Any]] = {
    "default": {},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
}
NOT_INSTALLED = "PyTorch is not installed"
#: From parameters, or groups of them, to an optimizer.
OptimizerOf = Callable[[Any], Any]


def is_installed() -> bool:
    """Return whether PyTorch can be imported."""
    return find_spec("torch") is not None


def load() -> Any:
    """Import PyTorch and limit it to the one thread of all benchmarks."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    return torch


def optimizers(rule: str) -> tuple[dict[str, OptimizerOf], dict[str, str]]:
    """Return each of PyTorch's implementations of a rule, and why others are missing.

    Parameters
    ----------
    rule : str
        A built-in optimizer; the learning rate is 0.001.
    """
    found: dict[str, OptimizerOf] = {}
    notes: dict[str, str] = {}
    for implementation, keywords in IMPLEMENTATIONS.items():
        label = f"{PYTORCH}, {implementation}"
        if rule not in RULES:
            notes[label] = f"PyTorch has no {rule}"
        elif not is_installed():
            notes[label] = NOT_INSTALLED
        else:
            name, settings = RULES[rule]
            optimizer = getattr(load().optim, name)
            if keywords.keys() <= inspect.signature(optimizer).parameters.keys():
                found[label] = partial(optimizer, lr=1e-3, **settings, **keywords)
            else:
                notes[label] = f"PyTorch has no {implementation} {name}"
    return found, notes
