"""The update rules, one a file, and what they share: base class, schedules, clipping, adapters.

A rule turns a gradient into a step. It does not depend on problems, data or the training loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from descent.optimizers.base import Optimizer
from descent.optimizers.built_in import LOCATIONS, OPTIMIZERS
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.state import State

if TYPE_CHECKING:
    from descent.optimizers.adabelief import AdaBelief
    from descent.optimizers.adadelta import AdaDelta
    from descent.optimizers.adafactor import Adafactor
    from descent.optimizers.adagrad import AdaGrad
    from descent.optimizers.adam import Adam
    from descent.optimizers.adamax import AdaMax
    from descent.optimizers.adamw import AdamW
    from descent.optimizers.adan import Adan
    from descent.optimizers.ademamix import AdEMAMix
    from descent.optimizers.amsgrad import AMSGrad
    from descent.optimizers.lamb import LAMB
    from descent.optimizers.lars import LARS
    from descent.optimizers.lbfgs import LBFGS
    from descent.optimizers.lion import Lion
    from descent.optimizers.lookahead import Lookahead
    from descent.optimizers.momentum import Momentum
    from descent.optimizers.muon import Muon
    from descent.optimizers.nadam import Nadam
    from descent.optimizers.nesterov import Nesterov
    from descent.optimizers.prodigy import Prodigy
    from descent.optimizers.radam import RAdam
    from descent.optimizers.rmsprop import RMSprop
    from descent.optimizers.rprop import Rprop
    from descent.optimizers.sam import SAM
    from descent.optimizers.schedule_free_adamw import ScheduleFreeAdamW
    from descent.optimizers.schedule_free_sgd import ScheduleFreeSGD
    from descent.optimizers.sgd import SGD
    from descent.optimizers.soap import SOAP
    from descent.optimizers.yogi import Yogi
else:

    def __getattr__(name: str) -> type[Optimizer]:
        """Import a rule when it is first named: a training job needs one of them."""
        for rule, location in LOCATIONS.items():
            if location.endswith(f":{name}"):
                return OPTIMIZERS[rule]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "LAMB",
    "LARS",
    "LBFGS",
    "OPTIMIZERS",
    "SAM",
    "SGD",
    "SOAP",
    "AMSGrad",
    "AdEMAMix",
    "AdaBelief",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adafactor",
    "Adam",
    "AdamW",
    "Adan",
    "Lion",
    "Lookahead",
    "Momentum",
    "Muon",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "Prodigy",
    "RAdam",
    "RMSprop",
    "Rprop",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "State",
    "Yogi",
    "hyperparameter",
]
