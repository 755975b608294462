"""The built-in rules, by the name that a config uses.

A rule's module is imported when the rule is asked for, so that a training job imports only what it
needs.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from descent.optimizers.base import Optimizer

#: The class of every built-in rule, as ``package.module:Class``; sorted by family.
LOCATIONS: dict[str, str] = {
    "sgd": "descent.optimizers.sgd:SGD",
    "momentum": "descent.optimizers.momentum:Momentum",
    "nesterov": "descent.optimizers.nesterov:Nesterov",
    "adagrad": "descent.optimizers.adagrad:AdaGrad",
    "adadelta": "descent.optimizers.adadelta:AdaDelta",
    "rmsprop": "descent.optimizers.rmsprop:RMSprop",
    "adam": "descent.optimizers.adam:Adam",
    "amsgrad": "descent.optimizers.amsgrad:AMSGrad",
    "adamax": "descent.optimizers.adamax:AdaMax",
    "nadam": "descent.optimizers.nadam:Nadam",
    "adamw": "descent.optimizers.adamw:AdamW",
    "radam": "descent.optimizers.radam:RAdam",
    "adabelief": "descent.optimizers.adabelief:AdaBelief",
    "yogi": "descent.optimizers.yogi:Yogi",
    "lion": "descent.optimizers.lion:Lion",
    "lamb": "descent.optimizers.lamb:LAMB",
    "lars": "descent.optimizers.lars:LARS",
    "adafactor": "descent.optimizers.adafactor:Adafactor",
    "adan": "descent.optimizers.adan:Adan",
    "ademamix": "descent.optimizers.ademamix:AdEMAMix",
    "prodigy": "descent.optimizers.prodigy:Prodigy",
    "rprop": "descent.optimizers.rprop:Rprop",
    "muon": "descent.optimizers.muon:Muon",
    "soap": "descent.optimizers.soap:SOAP",
    "schedule_free_sgd": "descent.optimizers.schedule_free_sgd:ScheduleFreeSGD",
    "schedule_free_adamw": "descent.optimizers.schedule_free_adamw:ScheduleFreeAdamW",
    "lbfgs": "descent.optimizers.lbfgs:LBFGS",
    "sam": "descent.optimizers.sam:SAM",
    "lookahead": "descent.optimizers.lookahead:Lookahead",
}


class _Rules(Mapping[str, type[Optimizer]]):
    """The classes, in the order of their locations."""

    def __getitem__(self, name: str) -> type[Optimizer]:
        module, _, cls = LOCATIONS[name].partition(":")
        found: type[Optimizer] = getattr(importlib.import_module(module), cls)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(LOCATIONS)

    def __len__(self) -> int:
        return len(LOCATIONS)


#: Every built-in rule, by the name that a config uses.
OPTIMIZERS: Mapping[str, type[Optimizer]] = _Rules()
