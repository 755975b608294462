"""The built-in rules, by the name that a config uses."""

from __future__ import annotations

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
from descent.optimizers.base import Optimizer
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

#: Every built-in rule, by the name that a config uses; sorted by family.
OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": AdaGrad,
    "adadelta": AdaDelta,
    "rmsprop": RMSprop,
    "adam": Adam,
    "amsgrad": AMSGrad,
    "adamax": AdaMax,
    "nadam": Nadam,
    "adamw": AdamW,
    "radam": RAdam,
    "adabelief": AdaBelief,
    "yogi": Yogi,
    "lion": Lion,
    "lamb": LAMB,
    "lars": LARS,
    "adafactor": Adafactor,
    "adan": Adan,
    "ademamix": AdEMAMix,
    "prodigy": Prodigy,
    "rprop": Rprop,
    "muon": Muon,
    "soap": SOAP,
    "schedule_free_sgd": ScheduleFreeSGD,
    "schedule_free_adamw": ScheduleFreeAdamW,
    "lbfgs": LBFGS,
    "sam": SAM,
    "lookahead": Lookahead,
}
