"""A small valid config, and changes to it."""

from __future__ import annotations

import copy
from typing import Any

BASE: dict[str, Any] = {
    "study": "small",
    "seeds": {"tuning": [0], "evaluation": [1]},
    "tracks": ["tuned", "default"],
    "datasets": {
        "digits": {"use": "digits"},
        "texts": {"use": "generated_reviews", "seed": 0},
    },
    "problems": {
        "mlp": {"use": "mlp", "dataset": "digits", "hidden": [4], "epochs": 1},
        "valley": {"use": "rosenbrock", "epochs": 10},
    },
    "optimizers": {"sgd": {"use": "sgd"}, "adam": {"use": "adam", "beta1": 0.8}},
}


class _Absent:
    """Stands for a key that is left out."""

    def __repr__(self):
        return "absent"  # test names must be the same in every process


ABSENT = _Absent()


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the small config with other values at places written ``optimizers/adam/beta1``."""
    config = copy.deepcopy(BASE)
    for path, value in changes.items():
        *above, last = path.split("/")
        part = config
        for key in above:
            part = part.setdefault(key, {})
        if value is ABSENT:
            del part[last]
        else:
            part[last] = value
    return config
