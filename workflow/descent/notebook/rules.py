"""The optimizers of a comparison: names, classes and instances, each under a name of its own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from descent.optimizers import OPTIMIZERS, Optimizer
from descent.optimizers.loading import ADAPTERS, load_optimizer
from descent.optimizers.schedule_loading import load_schedule
from descent.optimizers.schedules import Constant
from descent.study.config.optimizer_entries import SCHEDULE_FACTOR
from descent.study.titles import optimizer_title

#: The forms of an optimizer: ``use`` of a config, a class (also of PyTorch), a function of Optax,
#: an entry of a config, or a rule with its settings.
Given: TypeAlias = str | type[Any] | Callable[..., Any] | Mapping[str, Any] | Optimizer


@dataclass(frozen=True)
class Entrant:
    """One optimizer of a comparison.

    Attributes
    ----------
    name, title : str
        Name in tables, one word, and display name.
    rule : Optimizer
        The rule.
    make : callable
        Returns the rule with other settings, by name.
    centre : float
        The middle of its learning rates: a rule's own, or what is typical of a class.
    rates : tuple of float
        The learning rates to try; empty for a grid about the centre.
    grid : mapping of str to sequence
        Values of other hyper-parameters.
    typical : bool
        Whether the centre is what is typical, at a constant learning rate.
    """

    name: str
    title: str
    rule: Optimizer
    make: Callable[[Mapping[str, Any]], Optimizer]
    centre: float
    rates: tuple[float, ...] = ()
    grid: Mapping[str, Sequence[Any]] = dataclasses.field(default_factory=dict)
    typical: bool = True

    def at(self, settings: Mapping[str, Any]) -> Optimizer:
        """Return the rule with other settings, on the same schedule."""
        rule, schedule = self.make(settings), self.rule.schedule
        return rule if rule.schedule == schedule else dataclasses.replace(rule, schedule=schedule)

    def under(self, schedule: Mapping[str, Any], *, tuned: bool) -> Entrant:
        """Return the entrant on its own schedule, or else on one by its config entry.

        Under one that decays, the best learning rate is higher than what is typical.
        """
        if self.rule.schedule != Constant():
            return self
        own = load_schedule(self.rule.own_schedule or schedule, Path.cwd())
        higher = tuned and self.typical and not self.rule.own_schedule and own != Constant()
        return dataclasses.replace(
            self,
            rule=dataclasses.replace(self.rule, schedule=own),
            centre=self.centre * (SCHEDULE_FACTOR if higher else 1),
        )


def entrants_of(optimizers: Sequence[Given] | Mapping[str, Given]) -> dict[str, Entrant]:
    """Return the optimizers of a comparison by name.

    Parameters
    ----------
    optimizers : sequence, or mapping of str
        See :func:`descent.notebook.comparison.compare`. The keys of a mapping are their names.

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
    if isinstance(optimizers, str | Optimizer) or callable(optimizers):
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
    if isinstance(given, Optimizer):
        name = _name(given) if title is None else _word(title)
        made = _changed(given)
        shown = title or optimizer_title(name)
        return Entrant(name, shown, given, made, given.learning_rate, typical=False)
    entry: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {"use": given}
    if not isinstance(entry.get("use"), str) and not callable(entry.get("use")):
        raise TypeError(
            "an optimizer must be a name such as 'rmsprop', a class, a function of Optax, a rule, "
            f"as RMSprop(decay_rate=0.9), or an entry as in a config. Received: {given!r}"
        )
    rates, grid = entry.pop("learning_rates", ()), entry.pop("grid", {})
    title = entry.pop("title", title)
    rule = load_optimizer(entry, folder=Path.cwd())
    if title is None and str(entry["use"]).partition(":")[0] in ADAPTERS:
        title = entry["use"]
    elif title is None and not isinstance(entry["use"], str) and type(rule) is not entry["use"]:
        title = getattr(entry["use"], "__name__", type(rule).__name__)
    name = _name(rule) if title is None else _word(title)
    return Entrant(
        name,
        title or optimizer_title(name),
        rule,
        lambda settings: load_optimizer({**entry, **settings}, folder=Path.cwd()),
        entry.get("learning_rate", rule.learning_rate_centre),
        tuple(map(float, rates)),
        grid,
        typical="learning_rate" not in entry,
    )


def _changed(rule: Optimizer) -> Callable[[Mapping[str, Any]], Optimizer]:
    return lambda settings: dataclasses.replace(rule, **settings)


def _word(title: str) -> str:
    return re.sub(r"\W+", "_", title)


def _name(rule: Optimizer) -> str:
    """Return the name of a rule in a config, or of its class if it is not built in."""
    names = {cls: name for name, cls in OPTIMIZERS.items()}
    return names.get(type(rule), type(rule).__name__)
