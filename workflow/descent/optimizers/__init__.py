"""The update rules, and the table that names them."""

import importlib
from typing import TYPE_CHECKING, Any

from descent.optimizers.adabelief import AdaBelief
from descent.optimizers.adadelta import AdaDelta
from descent.optimizers.adagrad import AdaGrad
from descent.optimizers.adam import Adam
from descent.optimizers.adamax import AdaMax
from descent.optimizers.adamw import AdamW
from descent.optimizers.amsgrad import AMSGrad
from descent.optimizers.base import Optimizer
from descent.optimizers.hyperparameters import hyperparameter
from descent.optimizers.lion import Lion
from descent.optimizers.momentum import Momentum
from descent.optimizers.nadam import Nadam
from descent.optimizers.nesterov import Nesterov
from descent.optimizers.radam import RAdam
from descent.optimizers.rmsprop import RMSprop
from descent.optimizers.sgd import SGD
from descent.optimizers.state import State
from descent.optimizers.yogi import Yogi

if TYPE_CHECKING:
    from descent.optimizers.conformance import check_optimizer

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
}

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "AMSGrad",
    "AdaBelief",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "Lion",
    "Momentum",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "State",
    "Yogi",
    "check_optimizer",
    "hyperparameter",
]


def __getattr__(name: str) -> Any:
    """Import the conformance check only when it is asked for: a training job never does."""
    if name == "check_optimizer":
        return importlib.import_module("descent.optimizers.conformance").check_optimizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
