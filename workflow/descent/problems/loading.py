"""Problems from a config entry: a built-in one, or a class of the user's own."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from descent.foundation.class_loading import load_class, source_files
from descent.foundation.suggestions import did_you_mean
from descent.problems.base import Problem
from descent.problems.built_in import PROBLEMS


def problem_location(use: str) -> str:
    """Return the location of a problem's class.

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
        return PROBLEMS[use].location
    if ":" in use:
        return use
    raise ValueError(
        f"there is no problem {use!r}.{did_you_mean(use, PROBLEMS)} Known: {', '.join(PROBLEMS)}; "
        "a class of your own is named package.module:Class or folder/file.py:Class"
    )


def needs_dataset(use: str) -> str | None:
    """Return the kind of dataset that a problem needs.

    Parameters
    ----------
    use : str
        As for :func:`problem_location`. A class of the user's own may name the kind in a class
        attribute ``dataset``; without one it needs no data.

    Returns
    -------
    {"dense", "reviews"} or None
        None if it needs no data.
    """
    if use in PROBLEMS:
        return PROBLEMS[use].dataset
    kind: str | None = getattr(problem_class(use), "dataset", None)
    return kind


def problem_title(use: str) -> str | None:
    """Return the display name of a problem's model or function.

    Parameters
    ----------
    use : str
        As for :func:`problem_location`. A class of the user's own may have a class attribute
        ``title``.

    Returns
    -------
    str or None
        ``multilayer perceptron``; None for a class without a title.
    """
    if use in PROBLEMS:
        return PROBLEMS[use].title
    title: str | None = getattr(problem_class(use), "title", None)
    return title


def has_optimum(use: str) -> bool:
    """Return whether the least training loss of a problem is computed before its runs.

    Parameters
    ----------
    use : str
        As for :func:`problem_location`.

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
        ``use``, the problem (see :func:`problem_location`), and the keyword settings of its class.
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
        superfluous or missing dataset.
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
        As for :func:`problem_location`.

    Raises
    ------
    ValueError
        If it cannot be found.
    """
    return load_class(problem_location(use), Path.cwd())


def plug_in_sources(use: str) -> list[Path]:
    """Return the source files that define a problem of the user's own; none for a built-in one.

    Parameters
    ----------
    use : str
        As for :func:`problem_place`.

    Returns
    -------
    list of Path
        The file of its class and of every problem that it derives from, the common base left out.
    """
    if use in PROBLEMS:
        return []
    lineage = [c for c in problem_class(use).__mro__ if issubclass(c, Problem) and c is not Problem]
    return source_files(lineage)


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
                f"{place} has no setting {key!r}.{did_you_mean(key, parameters)} Settings: {known}"
            )
    for key, parameter in parameters.items():
        if parameter.default is parameter.empty and key not in settings:
            raise ValueError(f"{place} needs the setting {key!r}")
