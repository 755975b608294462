"""The libraries' frozen trajectories, and the difference of our rules from them."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from descent.arrays import Layout
from descent.optimizers.given_gradients import set_mini_batch
from descent.optimizers.loading import load_optimizer
from descent.optimizers.state import Task


@dataclass(frozen=True)
class Case:
    """A rule in a form of a library: our entry, the library's call, the difference allowed."""

    name: str
    library: str
    entry: dict[str, Any]
    call: str
    tolerance: float


@dataclass(frozen=True)
class Trajectories:
    """Parameters of the libraries after the steps ``kept``, counted from 1, of shape (kept, n).

    ``start`` has the shape (n,), ``gradients`` (steps, n); ``shapes`` and ``kinds`` are those of
    the layout, and empty for one block.
    """

    versions: dict[str, str]
    start: np.ndarray
    gradients: np.ndarray
    kept: np.ndarray
    cases: list[Case] = field(default_factory=list)
    parameters: dict[str, np.ndarray] = field(default_factory=dict)
    shapes: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def layout(self):
        """The blocks of the parameters; None if there is only one."""
        shapes = {name: tuple(shape) for name, shape in self.shapes.items()}
        return Layout(shapes, self.kinds) if shapes else None

    def save(self, path):
        """Write everything into one compressed .npz file."""
        about = {key: dict(getattr(self, key)) for key in ("versions", "shapes", "kinds")}
        about["cases"] = [vars(case) for case in self.cases]
        arrays = {key: getattr(self, key) for key in ("start", "gradients", "kept")}
        parameters = {f"parameters.{name}": array for name, array in self.parameters.items()}
        np.savez_compressed(path, about=np.array(json.dumps(about)), **arrays, **parameters)

    @classmethod
    def load(cls, path):
        """Read a file that :meth:`save` wrote."""
        with np.load(path) as file:
            about = json.loads(str(file["about"]))
            cases = [Case(**case) for case in about["cases"]]
            parameters = {case.name: file[f"parameters.{case.name}"] for case in cases}
            arrays = {key: file[key] for key in ("start", "gradients", "kept")}
            return cls(**{**about, **arrays, "cases": cases, "parameters": parameters})

    def differences(self):
        """Return the difference between our rule and the library for each case."""
        found = {}
        for case in self.cases:
            ours = walk(case.entry, self.start, self.gradients, self.layout)[self.kept - 1]
            found[case.name] = relative_difference(ours, self.parameters[case.name])
        return found


def walk(entry, start, gradients, layout=None):
    """Return the parameters of one of our rules after each step, as they are evaluated."""
    rule = load_optimizer(entry, folder=Path.cwd())
    theta = start.copy()
    state = rule.init(theta, None if layout is None else Task(layout, steps=len(gradients)))
    path = np.empty_like(gradients)
    for t, g in enumerate(gradients):
        set_mini_batch(rule, state, theta, g)
        rule.step(theta, g, state)
        path[t] = rule.evaluation_point(theta, state)
    return path


def relative_difference(ours, theirs):
    """Return the largest difference between two trajectories, component by component.

    The scale of a component is the largest absolute value that it had so far in ``theirs``; the
    difference is infinite if a value is not finite.
    """
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return float("inf")
    scale = np.maximum.accumulate(np.abs(theirs), axis=0)
    difference = np.abs(ours - theirs)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(difference == 0.0, 0.0, difference / scale).max())
