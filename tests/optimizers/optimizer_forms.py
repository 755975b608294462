"""What the tests of the rules share: every rule in every form, and gradients that are not nice."""

import numpy as np

from descent.optimizers import OPTIMIZERS
from descent.optimizers.given_gradients import set_mini_batch

#: Every rule by its name, in PyTorch's or Optax's default form and in every flavour.
FORMS = {
    "rmsprop-centered": lambda **more: OPTIMIZERS["rmsprop"](centered=True, **more),
    "rmsprop-momentum": lambda **more: OPTIMIZERS["rmsprop"](momentum=0.9, **more),
    "rmsprop-keras-momentum": lambda **more: OPTIMIZERS["rmsprop"].flavour(
        "keras", momentum=0.9, **more
    ),
    "adagrad-decaying": lambda **more: OPTIMIZERS["adagrad"](learning_rate_decay=0.1, **more),
    "momentum-dampened": lambda **more: OPTIMIZERS["momentum"](dampening=0.5, **more),
}
for _name, _rule in OPTIMIZERS.items():
    FORMS[_name] = _rule
    for _flavour in _rule.flavours:
        FORMS[f"{_name}-{_flavour}"] = lambda rule=_rule, flavour=_flavour, **more: rule.flavour(
            flavour, **more
        )

#: The forms of the rules that treat every number alike.
ELEMENTWISE = sorted(name for name, make in FORMS.items() if make().elementwise)


def wild_gradients(steps, size, seed=0, dtype=np.float64, zeros=0.1):
    """Return gradients of shape (steps, size) over six orders of magnitude, some of them zero."""
    rng = np.random.default_rng(seed)
    gradients = rng.normal(size=(steps, size)) * 10.0 ** rng.uniform(-4, 2, size=(steps, size))
    gradients[rng.random(gradients.shape) < zeros] = 0.0
    return gradients.astype(dtype)


def take_step(rule, theta, g, state):
    """Take a step; a rule that needs gradients elsewhere gets those of a quadratic."""
    set_mini_batch(rule, state, theta, g)
    return rule.step(theta, g, state)


def walk(rule, theta, gradients, state=None):
    """Take a step for each gradient; return the parameters, theta itself being left alone."""
    theta = theta.copy()
    state = rule.init(theta) if state is None else state
    for g in gradients:
        take_step(rule, theta, g, state)
    return theta
