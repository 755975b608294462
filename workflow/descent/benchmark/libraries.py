"""The libraries that are compared. All are optional; the tables name the missing ones."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

#: From this package's names to PyTorch's classes, with what makes them the same rule.
TORCH_RULES: dict[str, tuple[str, Mapping[str, Any]]] = {
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

#: PyTorch's implementations of a rule: a loop over tensors, over lists of them, one kernel.
IMPLEMENTATIONS: dict[str, Mapping[str, Any]] = {
    "default": {},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
}


def missing(library: str, name: str) -> str | None:
    """Return a sentence that a library is not installed; None if it is.

    Parameters
    ----------
    library, name : str
        As Python imports it, and as people call it.
    """
    return None if find_spec(library) else f"{name} is not installed"


def load_torch() -> Any:
    """Import PyTorch and limit it to the one thread of all measurements."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    return torch


def torch_optimizer(
    rule: str, parameters: Iterable[Any], implementation: str, **hyperparameters: Any
) -> Any:
    """Return PyTorch's optimizer for a rule.

    Parameters
    ----------
    rule : str
        A key of ``TORCH_RULES``.
    parameters : iterable of Tensor or of dict
        What it is to optimize.
    implementation : {"default", "foreach", "fused"}
        Which of PyTorch's implementations.
    **hyperparameters
        Passed on.

    Raises
    ------
    NotImplementedError
        If PyTorch has no such implementation of this rule; the message names it.
    """
    import torch  # noqa: PLC0415

    name, same = TORCH_RULES[rule]
    cls = getattr(torch.optim, name)
    chosen = IMPLEMENTATIONS[implementation]
    for keyword in chosen:
        if keyword not in inspect.signature(cls).parameters:
            raise NotImplementedError(f"PyTorch has no {keyword} {name}")
    return cls(list(parameters), **{"lr": 1e-3, **same, **chosen, **hyperparameters})
