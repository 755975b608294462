"""Differences between the rules and those of PyTorch, Optax and Keras.

From the shell::

    python -m descent.optimizers.parity --trajectories FILE.npz ... --output parity.md

The trajectories are the libraries' own: parameters after selected steps, on one fixed sequence of
gradients whose scale varies by orders of magnitude, with exact zeros among them. Here the rules
walk the same way and the largest difference is taken.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from descent.arrays import Array, Layout
from descent.foundation.command_line import command_parser
from descent.optimizers.given_gradients import set_mini_batch
from descent.optimizers.loading import load_optimizer
from descent.optimizers.state import Task

#: The libraries that have a column of their own in the table, in its order.
LIBRARIES = ("pytorch", "optax", "keras")
#: The column of all other libraries.
OTHERS = "others"


@dataclass(frozen=True)
class Case:
    """A rule, a library and hyper-parameters.

    Attributes
    ----------
    name : str
        Unique.
    library : str
        The library that made the trajectory: one of :data:`LIBRARIES`, or another package.
    entry : mapping
        Our side, as in a config: ``use``, ``flavour``, hyper-parameters.
    call : str
        The library's side, as it was called.
    tolerance : float
        Largest relative difference allowed.
    """

    name: str
    library: str
    entry: Mapping[str, Any]
    call: str
    tolerance: float


@dataclass(frozen=True)
class Trajectories:
    """The frozen trajectories of the libraries.

    Attributes
    ----------
    versions : mapping of str to str
        The libraries' versions.
    start : ndarray of shape (n,)
        Initial parameters.
    gradients : ndarray of shape (steps, n)
        The gradient of each step.
    kept : ndarray of int, shape (kept,)
        The steps, counted from 1, after which the parameters were kept.
    cases : list of Case
        The cases that were run.
    parameters : dict of str to ndarray of shape (kept, n)
        The library's parameters, by the name of the case.
    shapes : dict of str to sequence of int
        The blocks of the parameters, in order; by default one of all parameters.
    kinds : dict of str to str
        Kinds of blocks, as in :class:`~descent.arrays.Layout`.
    """

    versions: Mapping[str, str]
    start: Array
    gradients: Array
    kept: Any
    cases: list[Case] = field(default_factory=list)
    parameters: dict[str, Array] = field(default_factory=dict)
    shapes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def layout(self) -> Layout | None:
        """The blocks of the parameters; None if there is only one."""
        shapes = {name: tuple(shape) for name, shape in self.shapes.items()}
        return Layout(shapes, self.kinds) if shapes else None

    def save(self, path: Path) -> None:
        """Write everything into one compressed .npz file."""
        about: dict[str, Any] = {
            key: dict(getattr(self, key)) for key in ("versions", "shapes", "kinds")
        }
        about["cases"] = [vars(case) for case in self.cases]
        np.savez_compressed(
            path,
            allow_pickle=False,
            about=np.array(json.dumps(about)),
            start=self.start,
            gradients=self.gradients,
            kept=self.kept,
            **{f"parameters.{name}": array for name, array in self.parameters.items()},
        )

    @classmethod
    def load(cls, path: Path) -> Trajectories:
        """Read a file that :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            cases = [Case(**case) for case in about["cases"]]
            parameters = {case.name: file[f"parameters.{case.name}"] for case in cases}
            arrays = {key: file[key] for key in ("start", "gradients", "kept")}
            return cls(**{**about, **arrays, "cases": cases, "parameters": parameters})


def walk(
    entry: Mapping[str, Any], start: Array, gradients: Array, layout: Layout | None = None
) -> Array:
    """Return the parameters of one of our rules after each step, as they are evaluated.

    Parameters
    ----------
    entry : mapping
        The rule, as in a config.
    start : ndarray of shape (n,)
        Initial parameters.
    gradients : ndarray of shape (steps, n)
        The gradient of each step.
    layout : Layout, optional
        The blocks of the parameters; by default one.

    Returns
    -------
    ndarray of shape (steps, n)
        The parameters after each step.
    """
    rule = load_optimizer(entry, folder=Path.cwd())
    theta = start.copy()
    task = None if layout is None else Task(layout, steps=len(gradients))
    state = rule.init(theta, task)
    path = np.empty_like(gradients)
    for t, g in enumerate(gradients):
        set_mini_batch(rule, state, theta, g)
        rule.step(theta, g, state)
        path[t] = rule.evaluation_point(theta, state)
    return path


def relative_difference(ours: Array, theirs: Array) -> float:
    """Return the largest difference between two trajectories, component by component.

    Parameters
    ----------
    ours, theirs : ndarray of shape (steps, n)
        Parameters after each step.

    Returns
    -------
    float
        The largest ``abs(ours - theirs) / scale``, where the scale of a component is the largest
        absolute value that it had so far in ``theirs``; infinite if a value is not finite.
    """
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return float("inf")
    scale = np.maximum.accumulate(np.abs(theirs), axis=0)
    difference = np.abs(ours - theirs)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(difference == 0.0, 0.0, difference / scale)
    return float(ratio.max())


def differences(trajectories: Trajectories) -> dict[str, float]:
    """Return the difference between our rule and the library for each case.

    Parameters
    ----------
    trajectories : Trajectories
        The libraries' side.

    Returns
    -------
    dict of str to float
        :func:`relative_difference` by the name of the case.
    """
    start, gradients, layout = trajectories.start, trajectories.gradients, trajectories.layout
    return {
        case.name: relative_difference(
            walk(case.entry, start, gradients, layout)[trajectories.kept - 1],
            trajectories.parameters[case.name],
        )
        for case in trajectories.cases
    }


def matrix(cases: Sequence[Case], found: Mapping[str, float]) -> list[dict[str, str]]:
    """Return the parity matrix, rule by library.

    Parameters
    ----------
    cases : sequence of Case
        The cases that were run.
    found : mapping of str to float
        What :func:`differences` found.

    Returns
    -------
    list of dict
        A row a rule: ``rule``, for each library the largest difference over its cases (empty if
        the library lacks the rule), the same for all other libraries, and ``cases``, how many
        there were.
    """
    rows = []
    for rule in dict.fromkeys(case.entry["use"] for case in cases):
        own = [case for case in cases if case.entry["use"] == rule]
        row = {"rule": rule}
        for column in (*LIBRARIES, OTHERS):
            differing = [
                found[case.name]
                for case in own
                if column == (case.library if case.library in LIBRARIES else OTHERS)
                # a case with a tolerance of its own is a known flaw of the library's
                and case.tolerance <= 1e-12
            ]
            row[column] = (f"{max(differing):.0e}" if max(differing) else "0") if differing else ""
        row["cases"] = str(len(own))
        rows.append(row)
    return rows


def as_markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows of equal keys as a Markdown table."""
    header = list(rows[0])
    lines = [header, ["---"] * len(header), *([row[key] for key in header] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the parity matrix; return 1 if a case is beyond its tolerance."""
    about = "Compare the rules with the trajectories of PyTorch, Optax and Keras."
    parser = command_parser("descent.optimizers.parity", about)
    parser.add_argument(
        "--trajectories", type=Path, nargs="+", required=True, help=".npz files to compare to"
    )
    parser.add_argument("--output", type=Path, required=True, help="Markdown table to write")
    options = parser.parse_args(arguments)
    files = [Trajectories.load(path) for path in options.trajectories]
    cases = [case for trajectories in files for case in trajectories.cases]
    found = {name: value for file in files for name, value in differences(file).items()}
    rows = matrix(cases, found)
    options.output.write_text(as_markdown(rows), encoding="utf-8")
    faults = [case for case in cases if not found[case.name] <= case.tolerance]
    for case in faults:
        print(
            f"{case.name}: differs from {case.call} by {found[case.name]:.1e}, "
            f"allowed {case.tolerance:g}",
            file=sys.stderr,
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
