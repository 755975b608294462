"""RMSprop's average of squared gradients, called cache in the tutorial, read from the state."""

from __future__ import annotations

from descent.arrays import Array
from descent.optimizers.rules.rmsprop import RMSprop
from descent.optimizers.state import State


def cache_of(rule: RMSprop, state: State) -> Array:
    """Return v of ``v <- decay_rate * v + (1 - decay_rate) * g**2``, shape (n,).

    The rule stores the discounted sum ``v / (1 - decay_rate)``.
    """
    cache: Array = (1.0 - rule.decay_rate) * state["square_sum"]
    return cache
