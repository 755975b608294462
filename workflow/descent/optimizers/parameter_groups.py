"""Factors on weight decay and learning rate by kind of parameter, as in no decay on biases."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from descent.arrays import KINDS, Array, Layout
from descent.foundation.suggestions import nearest
from descent.optimizers.hyperparameters import check_number

#: The settings that a group can scale.
FACTORS = ("weight_decay", "learning_rate")


def check_groups(groups: object) -> dict[str, dict[str, float]]:
    """Return the groups of an entry with checked factors.

    Parameters
    ----------
    groups : mapping of str to mapping of str to float
        By kind of parameter, factors of ``weight_decay`` and ``learning_rate``, >= 0.

    Returns
    -------
    dict
        The same, the factors Python floats.

    Raises
    ------
    TypeError, ValueError
        If a kind or a factor is unknown, or a factor is not a number in ``[0, inf)``.
    """
    if not isinstance(groups, Mapping):
        raise TypeError(f"groups must be a mapping by kind of parameter. Received: {groups!r}")
    checked: dict[str, dict[str, float]] = {}
    for kind, factors in groups.items():
        if kind not in KINDS:
            raise ValueError(f"groups has no kind of parameter {kind!r}. {nearest(kind, KINDS)}")
        if not isinstance(factors, Mapping):
            raise TypeError(f"groups.{kind} must be a mapping of factors. Received: {factors!r}")
        for name in factors:
            if name not in FACTORS:
                raise ValueError(f"groups.{kind} has no factor {name!r}. {nearest(name, FACTORS)}")
        checked[kind] = {
            name: check_number(f"groups.{kind}.{name}", value, "[0, inf)")
            for name, value in factors.items()
        }
    return checked


def factors_of(
    groups: Mapping[str, Mapping[str, float]], factor: str, theta: Array, layout: Layout
) -> Array | None:
    """Return one factor for each parameter; None if no group has it.

    Parameters
    ----------
    groups : mapping
        What :func:`check_groups` returned.
    factor : {"weight_decay", "learning_rate"}
        Which.
    theta : ndarray of shape (n,)
        The parameters; only their number and dtype matter.
    layout : Layout
        Their blocks.

    Returns
    -------
    ndarray of shape (n,) or None
        1 where no group says otherwise.
    """
    if not any(factor in factors for factors in groups.values()):
        return None
    values = np.ones_like(theta)
    for name, kind in layout.kinds.items():
        values[layout.slices[name]] = groups.get(kind, {}).get(factor, 1.0)
    return values
