"""The built-in problems, by the name that a config uses.

A problem's module is imported when the problem is loaded, so that a training job imports only what
it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from descent.problems.functions import FUNCTIONS

FUNCTION_PROBLEM = "descent.problems.function_problem:FunctionProblem"


class Entry(NamedTuple):
    """One built-in problem.

    Attributes
    ----------
    title : str or None
        Display name of the model or the function; None for a class of the user's own without one.
    location : str
        The problem's class, as ``package.module:Class``.
    dataset : {"dense", "reviews", "characters"} or None
        The kind of dataset that it needs; None for none.
    fixed : mapping of str to object, default {}
        Settings of the class that the name fixes.
    optimum : bool, default False
        Whether :mod:`descent.problems.optimum` can compute its least training loss.
    """

    title: str | None
    location: str
    dataset: str | None
    fixed: Mapping[str, Any] = {}
    optimum: bool = False


#: Every built-in problem, by the name that a config uses.
PROBLEMS: dict[str, Entry] = {
    "mlp": Entry("multilayer perceptron", "descent.problems.mlp:MLPProblem", "dense"),
    "softmax_regression": Entry(
        "softmax regression",
        "descent.problems.softmax_regression:SoftmaxRegressionProblem",
        "dense",
    ),
    "rnn": Entry("recurrent network", "descent.problems.rnn:RNNProblem", "reviews"),
    "attention": Entry(
        "self-attention network", "descent.problems.attention:AttentionProblem", "reviews"
    ),
    "language_model": Entry(
        "language model", "descent.problems.language_model:LanguageModelProblem", "characters"
    ),
    "logistic_regression": Entry(
        "logistic regression",
        "descent.problems.logistic_regression:LogisticRegressionProblem",
        "reviews",
        optimum=True,
    ),
    "quadratic_deep": Entry(
        "DeepOBS quadratic", "descent.problems.quadratic_deep:QuadraticDeep", None
    ),
    **{
        name: Entry(function.title, FUNCTION_PROBLEM, None, {"function": name})
        for name, function in FUNCTIONS.items()
    },
}
