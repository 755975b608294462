"""How far the rules are from those of PyTorch, Optax and Keras.

From the shell::

    python -m descent.optimizers.parity --trajectories FILE.npz --output parity.csv

The trajectories are the libraries' own: parameters after selected steps, on one fixed sequence of
gradients whose scale varies by orders of magnitude, with exact zeros among them. Here the rules
walk the same way and the largest difference is taken.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from descent.arrays import Array
from descent.foundation.command_line import command_parser
from descent.optimizers.loading import load_optimizer

#: The libraries, in the order of the table's columns.
LIBRARIES = ("pytorch", "optax", "keras")


@dataclass(frozen=True)
class Case:
    """A rule, a library and hyper-parameters.

    Attributes
    ----------
    name : str
        Unique.
    library : {"pytorch", "optax", "keras"}
        Whose trajectory it is.
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
        What was run.
    parameters : dict of str to ndarray of shape (kept, n)
        The library's parameters, by the name of the case.
    """

    versions: Mapping[str, str]
    start: Array
    gradients: Array
    kept: Any
    cases: list[Case] = field(default_factory=list)
    parameters: dict[str, Array] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write everything into one compressed .npz file."""
        about = {"versions": dict(self.versions), "cases": [vars(case) for case in self.cases]}
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
        """Read what :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            cases = [Case(**case) for case in about["cases"]]
            return cls(
                versions=about["versions"],
                start=file["start"],
                gradients=file["gradients"],
                kept=file["kept"],
                cases=cases,
                parameters={case.name: file[f"parameters.{case.name}"] for case in cases},
            )


def walk(entry: Mapping[str, Any], start: Array, gradients: Array) -> Array:
    """Return the parameters of one of our rules after each step.

    Parameters
    ----------
    entry : mapping
        The rule, as in a config.
    start : ndarray of shape (n,)
        Initial parameters.
    gradients : ndarray of shape (steps, n)
        The gradient of each step.

    Returns
    -------
    ndarray of shape (steps, n)
        The parameters after each step.
    """
    rule = load_optimizer(entry, folder=Path.cwd())
    theta = start.copy()
    state = rule.init(theta)
    path = np.empty_like(gradients)
    for t, g in enumerate(gradients):
        rule.step(theta, g, state)
        path[t] = theta
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
    kept = trajectories.kept - 1
    return {
        case.name: relative_difference(
            walk(case.entry, trajectories.start, trajectories.gradients)[kept],
            trajectories.parameters[case.name],
        )
        for case in trajectories.cases
    }


def matrix(trajectories: Trajectories, found: Mapping[str, float]) -> list[dict[str, str]]:
    """Return the parity matrix, rule by library.

    Parameters
    ----------
    trajectories : Trajectories
        The libraries' side.
    found : mapping of str to float
        What :func:`differences` found.

    Returns
    -------
    list of dict
        A row a rule: ``rule``, for each library the largest difference over its cases (empty if
        the library lacks the rule), and ``cases``, how many there were.
    """
    rows = []
    for rule in dict.fromkeys(case.entry["use"] for case in trajectories.cases):
        row = {"rule": rule}
        for library in LIBRARIES:
            cases = [
                found[case.name]
                for case in trajectories.cases
                if (case.entry["use"], case.library) == (rule, library)
                # a case with a tolerance of its own is a known flaw of the library's
                and case.tolerance <= 1e-12
            ]
            row[library] = (f"{max(cases):.0e}" if max(cases) else "0") if cases else ""
        row["cases"] = str(sum(case.entry["use"] == rule for case in trajectories.cases))
        rows.append(row)
    return rows


def as_markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows of equal keys as a Markdown table."""
    header = list(rows[0])
    lines = [header, ["---"] * len(header), *([row[key] for key in header] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the parity matrix; return 1 if a case is beyond its tolerance."""
    parser = command_parser(
        "descent.optimizers.parity",
        "Compare the rules with the trajectories of PyTorch, Optax and Keras.",
    )
    parser.add_argument("--trajectories", type=Path, required=True, help=".npz file to compare to")
    parser.add_argument("--output", type=Path, required=True, help="table, .csv or .md")
    options = parser.parse_args(arguments)
    if options.output.suffix not in (".csv", ".md"):
        parser.error(f"--output must end in .csv or .md. Received: {options.output}")
    trajectories = Trajectories.load(options.trajectories)
    found = differences(trajectories)
    rows = matrix(trajectories, found)
    if options.output.suffix == ".md":
        options.output.write_text(as_markdown(rows), encoding="utf-8")
    else:
        with options.output.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    faults = [case for case in trajectories.cases if not found[case.name] <= case.tolerance]
    for case in faults:
        print(
            f"{case.name}: differs from {case.call} by {found[case.name]:.1e}, "
            f"allowed {case.tolerance:g}",
            file=sys.stderr,
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
