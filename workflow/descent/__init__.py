"""Descent: a reproducible benchmark of first-order optimizers, from scratch in NumPy.

``from descent import RMSprop, compare`` gives the optimizers and what a notebook needs. Each is
imported when it is first used: a training job imports this package, and little else.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # as type checkers know it; importing `typing` would cost every job 8 ms
if TYPE_CHECKING:
    from typing import Any

    from descent.notebook.comparison import compare as compare
    from descent.optimizers import *  # noqa: F403
    from descent.optimizers.conformance import check_optimizer as check_optimizer
    from descent.problems import Dataset as Dataset
    from descent.problems import Layout as Layout
    from descent.problems import LearningProblem as LearningProblem
    from descent.problems import Problem as Problem
    from descent.problems.conformance import check_problem as check_problem
    from descent.verdicts.judgement import verdict as verdict

__version__ = "0.1.0"

#: Where the names are that are not an optimizer class.
_PLACES = {
    "hyperparameter": "descent.optimizers",
    "compare": "descent.notebook.comparison",
    "check_optimizer": "descent.optimizers.conformance",
    "check_problem": "descent.problems.conformance",
    "verdict": "descent.verdicts.judgement",
    "Dataset": "descent.problems",
    "Layout": "descent.problems",
    "LearningProblem": "descent.problems",
    "Problem": "descent.problems",
}


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name, "descent.optimizers" if name[:1].isupper() else None)
    found = place and getattr(importlib.import_module(place), name, None)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found


def __dir__() -> list[str]:
    optimizers = importlib.import_module("descent.optimizers")
    classes = (rule.__name__ for rule in optimizers.OPTIMIZERS.values())
    return sorted([*globals(), *_PLACES, "OPTIMIZERS", "Optimizer", "State", *classes])
