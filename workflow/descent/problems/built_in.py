"""The built-in problems, by the name that a config uses.

A problem's module is imported when the problem is loaded and not before, so that a training job
pays for what it uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    place : str
        The problem's class, as ``package.module:Class``.
    dataset : {"dense", "reviews"} or None
        The kind of dataset it is given; None if it needs no data.
    fixed : mapping of str to object, default {}
        Settings of the class that the name decides.
    optimum : bool, default False
        Whether :mod:`descent.problems.optimum` can compute its least training loss.
    """

    place: str
    dataset: str | None
    fixed: Mapping[str, Any] = {}
    optimum: bool = False


_FUNCTION = "descent.problems.function_problem:FunctionProblem"

#: Every built-in problem, by the name that a config uses.
PROBLEMS: dict[str, Entry] = {
    "mlp": Entry("descent.problems.mlp:MLPProblem", "dense"),
    "softmax_regression": Entry(
        "descent.problems.softmax_regression:SoftmaxRegressionProblem", "dense"
    ),
    "rnn": Entry("descent.problems.rnn:RNNProblem", "reviews"),
    "attention": Entry("descent.problems.attention:AttentionProblem", "reviews"),
    "logistic_regression": Entry(
        "descent.problems.logistic_regression:LogisticRegressionProblem", "reviews", optimum=True
    ),
    "quadratic_deep": Entry("descent.problems.quadratic_deep:QuadraticDeep", None),
    "parabola": Entry(_FUNCTION, None, {"function": "parabola"}),
    "quadratic": Entry(_FUNCTION, None, {"function": "quadratic"}),
    "rosenbrock": Entry(_FUNCTION, None, {"function": "rosenbrock"}),
    "beale": Entry(_FUNCTION, None, {"function": "beale"}),
    "himmelblau": Entry(_FUNCTION, None, {"function": "himmelblau"}),
    "booth": Entry(_FUNCTION, None, {"function": "booth"}),
    "matyas": Entry(_FUNCTION, None, {"function": "matyas"}),
    "three_hump_camel": Entry(_FUNCTION, None, {"function": "three_hump_camel"}),
    "goldstein_price": Entry(_FUNCTION, None, {"function": "goldstein_price"}),
    "styblinski_tang": Entry(_FUNCTION, None, {"function": "styblinski_tang"}),
    "rastrigin": Entry(_FUNCTION, None, {"function": "rastrigin"}),
    "ackley": Entry(_FUNCTION, None, {"function": "ackley"}),
    "saddle": Entry(_FUNCTION, None, {"function": "saddle"}),
}
