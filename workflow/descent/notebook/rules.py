"""The optimizers of a comparison: names, classes and instances, each under a name of its own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from descent.optimizers import OPTIMIZERS, Optimizer
from descent.optimizers.loading import ADAPTERS, load_optimizer
from descent.optimizers.schedule_loading import load_schedule
from descent.optimizers.schedules import Constant
from descent.study.titles import optimizer_title

#: The forms of an optimizer: ``use`` of a config, a class, or a rule with its settings.
Given: TypeAlias = str | type[Optimizer] | Optimizer


@dataclass(frozen=True)
class Entrant:
    """One optimizer of a comparison.

    Attributes
    ----------
    name, title : str
        Name in tables, one word, and display name.
    rule : Optimizer
        The rule.
    centre : float
        The middle of its learning rates: a rule's own, or what is typical of a class.
    """

    name: str
    title: str
    rule: Optimizer
    centre: float

    def at(self, learning_rate: float) -> Optimizer:
        """Return the rule with another learning rate."""
        return dataclasses.replace(self.rule, learning_rate=learning_rate)

    def under(self, schedule: Mapping[str, Any]) -> Entrant:
        """Return the entrant with its own schedule, or else one by its config entry."""
        if self.rule.schedule != Constant():
            return self
        own = load_schedule(self.rule.own_schedule or schedule, Path.cwd())
        return dataclasses.replace(self, rule=dataclasses.replace(self.rule, schedule=own))


def entrants_of(optimizers: Sequence[Given] | Mapping[str, Given]) -> dict[str, Entrant]:
    """Return the optimizers of a comparison by name.

    Parameters
    ----------
    optimizers : sequence, or mapping of str
        Each a name or place as in a config, a class, or a rule. The keys of a mapping are their
        names.

    Returns
    -------
    dict of str to Entrant
        A built-in rule has the name that a config uses, any other that of its class.

    Raises
    ------
    ValueError
        If there is none, or two have the same name.
    TypeError
        If one is not an optimizer.
    """
    if isinstance(optimizers, str | type | Optimizer):
        raise TypeError(f"optimizers must be a list or a mapping. Received: {optimizers!r}")
    if isinstance(optimizers, Mapping):
        found = [_entrant(given, str(title)) for title, given in optimizers.items()]
    else:
        found = [_entrant(given) for given in optimizers]
    if not found:
        raise ValueError("optimizers must be at least one. Received: none")
    named: dict[str, Entrant] = {}
    for entrant in found:
        if entrant.name in named:
            raise ValueError(
                f"two optimizers are called {entrant.title}; name them, as in "
                f"{{'slow': {type(entrant.rule).__name__}(...), 'fast': ...}}"
            )
        named[entrant.name] = entrant
    return named


def _entrant(given: Given, title: str | None = None) -> Entrant:
    if isinstance(given, str):
        rule, centre = load_optimizer({"use": given}, folder=Path.cwd()), None
        if given.partition(":")[0] in ADAPTERS:
            title = title or given
    elif isinstance(given, type) and issubclass(given, Optimizer):
        rule, centre = given(), None
    elif isinstance(given, Optimizer):
        rule, centre = given, given.learning_rate
    else:
        raise TypeError(
            "an optimizer must be a name such as 'rmsprop', a class or a rule, as RMSprop or "
            f"RMSprop(decay_rate=0.9). Received: {given!r}"
        )
    name = _name(rule) if title is None else re.sub(r"\W+", "_", title)
    return Entrant(
        name,
        title or optimizer_title(name),
        rule,
        rule.learning_rate_centre if centre is None else centre,
    )


def _name(rule: Optimizer) -> str:
    """Return the name of a rule in a config, or of its class if it is not built in."""
    names = {cls: name for name, cls in OPTIMIZERS.items()}
    return names.get(type(rule), type(rule).__name__)
