"""Optimizers: the built-in rules, one a file in ``rules``, and what they share.

A rule turns a gradient into a step. It does not depend on problems, data or the training loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from descent.optimizers.base import Optimizer as Optimizer
from descent.optimizers.built_in import OPTIMIZERS as OPTIMIZERS
from descent.optimizers.hyperparameters import hyperparameter as hyperparameter
from descent.optimizers.state import State as State

if TYPE_CHECKING:
    from descent.optimizers.rules.adabelief import AdaBelief as AdaBelief
    from descent.optimizers.rules.adadelta import AdaDelta as AdaDelta
    from descent.optimizers.rules.adafactor import Adafactor as Adafactor
    from descent.optimizers.rules.adagrad import AdaGrad as AdaGrad
    from descent.optimizers.rules.adam import Adam as Adam
    from descent.optimizers.rules.adamax import AdaMax as AdaMax
    from descent.optimizers.rules.adamw import AdamW as AdamW
    from descent.optimizers.rules.adan import Adan as Adan
    from descent.optimizers.rules.ademamix import AdEMAMix as AdEMAMix
    from descent.optimizers.rules.amsgrad import AMSGrad as AMSGrad
    from descent.optimizers.rules.lamb import LAMB as LAMB
    from descent.optimizers.rules.lars import LARS as LARS
    from descent.optimizers.rules.lbfgs import LBFGS as LBFGS
    from descent.optimizers.rules.lion import Lion as Lion
    from descent.optimizers.rules.lookahead import Lookahead as Lookahead
    from descent.optimizers.rules.momentum import Momentum as Momentum
    from descent.optimizers.rules.muon import Muon as Muon
    from descent.optimizers.rules.nadam import Nadam as Nadam
    from descent.optimizers.rules.nesterov import Nesterov as Nesterov
    from descent.optimizers.rules.prodigy import Prodigy as Prodigy
    from descent.optimizers.rules.radam import RAdam as RAdam
    from descent.optimizers.rules.rmsprop import RMSprop as RMSprop
    from descent.optimizers.rules.rprop import Rprop as Rprop
    from descent.optimizers.rules.sam import SAM as SAM
    from descent.optimizers.rules.schedule_free_adamw import ScheduleFreeAdamW as ScheduleFreeAdamW
    from descent.optimizers.rules.schedule_free_sgd import ScheduleFreeSGD as ScheduleFreeSGD
    from descent.optimizers.rules.sgd import SGD as SGD
    from descent.optimizers.rules.soap import SOAP as SOAP
    from descent.optimizers.rules.yogi import Yogi as Yogi
else:

    def __getattr__(name: str) -> type[Optimizer]:
        """Import a rule when it is first named: a training job needs one of them."""
        for rule in OPTIMIZERS:
            if name.lower() == rule.replace("_", "") and name == OPTIMIZERS[rule].__name__:
                return OPTIMIZERS[rule]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted([*globals(), *(rule.__name__ for rule in OPTIMIZERS.values())])
