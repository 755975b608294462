"""What is minimised, and the table that names it.

A problem's module is imported when the problem is loaded and not before, so that a training job
pays for what it uses.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from descent.problems.base import Problem


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

__all__ = [
    "PROBLEMS",
    "Entry",
    "Problem",
    "has_optimum",
    "load_problem",
    "needs_dataset",
    "problem_class",
    "problem_place",
]


def problem_place(use: str) -> str:
    """Return where the class of a problem is.

    Parameters
    ----------
    use : str
        Name of a built-in problem, or a place of the user's own: ``package.module:Class`` or
        ``folder/file.py:Class``.

    Returns
    -------
    str
        ``package.module:Class`` or ``folder/file.py:Class``.

    Raises
    ------
    ValueError
        If there is no such built-in problem; the message gives the nearest name.
    """
    if use in PROBLEMS:
        return PROBLEMS[use].place
    if ":" in use:
        return use
    raise ValueError(
        f"there is no problem {use!r}.{_nearest(use, PROBLEMS)} Known: {', '.join(PROBLEMS)}; "
        "a class of your own is named package.module:Class or folder/file.py:Class"
    )


def needs_dataset(use: str) -> str | None:
    """Return the kind of dataset that a problem is given.

    Parameters
    ----------
    use : str
        As for :func:`problem_place`. A class of the user's own says what it needs in a class
        attribute ``dataset``; without one it needs none.

    Returns
    -------
    {"dense", "reviews"} or None
        None if it needs no data.
    """
    if use in PROBLEMS:
        return PROBLEMS[use].dataset
    kind: str | None = getattr(problem_class(use), "dataset", None)
    return kind


def has_optimum(use: str) -> bool:
    """Return whether the least training loss of a problem is computed before its runs.

    Parameters
    ----------
    use : str
        As for :func:`problem_place`.

    Returns
    -------
    bool
        If so, :mod:`descent.problems.optimum` computes it, and the problem takes it as its setting
        ``optimum``.
    """
    return use in PROBLEMS and PROBLEMS[use].optimum


def load_problem(name: str, settings: Mapping[str, Any], dataset_folder: Path | None) -> Problem:
    """Return a problem, ready to train.

    Parameters
    ----------
    name : str
        Name of the config entry; it keys the random streams.
    settings : mapping of str to object
        ``use``, the problem (see :func:`problem_place`), and the keyword settings of its class.
    dataset_folder : Path or None
        Folder of the prepared dataset; None for a problem that needs none.

    Returns
    -------
    Problem
        The problem.

    Raises
    ------
    ValueError
        If there is no such problem or setting, a setting is missing or out of range, or there is a
        dataset too many or too few.
    TypeError
        If the user's own class is not a :class:`~descent.problems.base.Problem`.
    """
    keywords = dict(settings)
    use = keywords.pop("use", None)
    if use is None:
        raise ValueError(f"problem {name!r}: `use` is missing. Known: {', '.join(PROBLEMS)}")
    cls = problem_class(use)
    kind = needs_dataset(use)
    if (kind is None) != (dataset_folder is None):
        needed = "no dataset" if kind is None else f"a prepared {kind} dataset"
        raise ValueError(f"problem {name!r} ({use}) needs {needed}. Received: {dataset_folder}")
    fixed = PROBLEMS[use].fixed if use in PROBLEMS else {}
    _check_settings(f"problem {name!r} ({use})", cls, keywords, fixed)
    keywords.update(fixed)
    if dataset_folder is None:
        problem = cls(name, **keywords)
    else:
        from descent.data.dataset import load_dataset  # noqa: PLC0415 - functions need no data

        problem = cls(name, load_dataset(Path(dataset_folder)), **keywords)
    if not isinstance(problem, Problem):
        raise TypeError(
            f"problem {name!r}: {use} must be a descent.problems.base.Problem. "
            f"Received: {type(problem).__name__}"
        )
    return problem


def problem_class(use: str) -> Any:
    """Return the class of a problem.

    Parameters
    ----------
    use : str
        As for :func:`problem_place`.

    Raises
    ------
    ValueError
        If it cannot be found.
    """
    place = problem_place(use)
    module_name, _, class_name = place.rpartition(":")
    module = _load_file(module_name) if module_name.endswith(".py") else _import(module_name)
    try:
        return getattr(module, class_name)
    except AttributeError:
        known = [n for n, value in vars(module).items() if inspect.isclass(value)]
        raise ValueError(
            f"{module_name} has no class {class_name!r}.{_nearest(class_name, known)}"
        ) from None


def _import(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ValueError(f"module {module!r} cannot be imported: {error}") from error


def _load_file(path: str) -> ModuleType:
    file = Path(path).resolve()
    if not file.is_file():
        raise ValueError(f"problem file {path} does not exist (looked in {Path.cwd()})")
    spec = importlib.util.spec_from_file_location(f"descent_problem_{file.stem}", file)
    assert spec is not None and spec.loader is not None  # noqa: PT018 - a .py file has both
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _check_settings(
    place: str, cls: Any, settings: Mapping[str, Any], fixed: Mapping[str, Any]
) -> None:
    parameters = {
        p.name: p
        for p in inspect.signature(cls).parameters.values()
        if p.name not in {"name", "dataset", *fixed}
    }
    for key in settings:
        if key not in parameters:
            known = ", ".join(parameters) or "none"
            raise ValueError(
                f"{place} has no setting {key!r}.{_nearest(key, parameters)} Settings: {known}"
            )
    for key, parameter in parameters.items():
        if parameter.default is parameter.empty and key not in settings:
            raise ValueError(f"{place} needs the setting {key!r}")


def _nearest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
