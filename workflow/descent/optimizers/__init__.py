"""The update rules, and the table that names them."""

from descent.optimizers.adam import Adam
from descent.optimizers.base import Optimizer, State
from descent.optimizers.rmsprop import RMSprop
from descent.optimizers.sgd import SGD

#: Every built-in rule, by the name that a config uses.
OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
}

__all__ = ["OPTIMIZERS", "SGD", "Adam", "Optimizer", "RMSprop", "State"]
