"""The least possible training loss of a convex problem, computed once for all its runs.

``python -m descent.problems.optimum --settings JSON --dataset FOLDER --output FILE`` writes
``{"optimum": ..., "made_from": ...}``; the number becomes the setting ``optimum`` of the problem.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from descent.arrays import Array
from descent.data.dataset import load_dataset
from descent.foundation.atomic_files import write_json
from descent.foundation.command_line import command_parser, fails_on
from descent.foundation.source_digest import made_from
from descent.problems.loading import has_optimum, load_problem
from descent.problems.logistic_regression import LogisticRegressionProblem

MODULE = "descent.problems.optimum"
#: The largest relative error accepted, two decades below the documented 1e-10.
TOLERANCE = 1e-12


class Optimum(NamedTuple):
    """A minimum, and the bound on its error.

    Attributes
    ----------
    optimum : float
        The least training objective.
    gradient_norm : float
        Euclidean norm of the gradient there.
    error_bound : float
        Largest distance to the true minimum: ``gradient_norm**2 / (2 * l2)``.
    theta : ndarray of shape (size,)
        The point of the minimum.
    """

    optimum: float
    gradient_norm: float
    error_bound: float
    theta: Array


def find_optimum(problem: LogisticRegressionProblem) -> Optimum:
    """Minimise the training objective with L-BFGS in float64.

    Parameters
    ----------
    problem : LogisticRegressionProblem
        The problem, with ``dtype="float64"``.

    Returns
    -------
    Optimum
        The minimum.

    Raises
    ------
    ValueError
        If the problem is not in float64.
    ArithmeticError
        If the gradient left over does not prove a relative error below ``TOLERANCE``.

    Notes
    -----
    The objective, minimised over the bias, is l2-strongly convex in the weights; so its excess over
    the minimum is at most the squared norm of its gradient over 2 l2.
    """
    if problem.dtype != np.float64:
        raise ValueError(f"the optimum is computed in float64. Received: {problem.dtype}")
    grad = np.empty(problem.size)

    def objective(theta: Array) -> tuple[float, Array]:
        return problem.training_objective(theta, grad), grad.copy()

    start = np.zeros(problem.size)
    exhaustive = {"maxiter": 20_000, "maxfun": 40_000, "maxcor": 50, "ftol": 0.0, "gtol": 1e-12}
    theta: Array = minimize(objective, start, jac=True, method="L-BFGS-B", options=exhaustive).x
    least = problem.training_objective(theta, grad)
    norm = float(np.linalg.norm(grad))
    bound = norm**2 / (2.0 * problem.model.l2)
    if not bound <= TOLERANCE * least:
        raise ArithmeticError(
            f"the minimum {least} is only proven to {bound}: gradient norm {norm}, "
            f"l2 {problem.model.l2}; a larger l2 makes the problem better conditioned"
        )
    return Optimum(least, norm, bound, theta)


@fails_on(ValueError, FileNotFoundError, ArithmeticError)
def main(arguments: list[str] | None = None) -> int:
    """Find an optimum and write it.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; by default the process's own.

    Returns
    -------
    int
        Exit code: 1 for an error, with a message on standard error.
    """
    parser = command_parser(MODULE, __doc__)
    parser.add_argument("--settings", required=True, help="JSON: the problem's `use` and settings")
    parser.add_argument("--dataset", required=True, type=Path, help="folder of the dataset")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    settings = {**json.loads(options.settings), "dtype": "float64"}
    if not has_optimum(settings.get("use", "")):
        parser.error(f"the optimum of {settings.get('use')!r} is not one that can be computed")
    problem = load_problem("optimum", settings, options.dataset)
    assert isinstance(problem, LogisticRegressionProblem)
    found = find_optimum(problem)
    content = found._asdict()
    del content["theta"]
    given = (json.loads(options.settings), load_dataset(options.dataset).fingerprint)
    write_json(options.output, content | {"made_from": made_from([MODULE], *given)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
