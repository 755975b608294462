"""Problems from a config entry: a built-in one, a class of the user's own, a PyTorch network."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descent.foundation.class_loading import load_class, source_files
from descent.foundation.command_template import COMMAND
from descent.foundation.signatures import parameter_types, required_parameters
from descent.foundation.suggestions import nearest
from descent.problems.base import Problem
from descent.problems.built_in import PROBLEMS, Entry

if TYPE_CHECKING:
    from descent.data.dataset import Dataset

#: Adapters by the prefix of ``use``: the module whose function ``problem_of`` makes a problem of
#: a network's class.
ADAPTERS = {"torch": "descent.problems.adapters.pytorch"}
#: The kinds of dataset that a class may name.
KINDS = ("dense", "reviews", "characters")


def entry_of(use: str) -> Entry:
    """Return what is known of a problem before it is made.

    Parameters
    ----------
    use : str
        As for :func:`problem_class`. A class of the user's own may name the kind of dataset that it
        needs in a class attribute ``dataset``, and its display name in ``title``.

    Returns
    -------
    Entry
        Title, place, dataset, and of a built-in problem the settings that its name fixes.

    Raises
    ------
    ValueError
        If the class cannot be found, or there is no such kind of dataset.
    """
    if use in PROBLEMS:
        return PROBLEMS[use]
    cls = problem_class(use)
    kind = getattr(cls, "dataset", None)
    if kind not in {*KINDS, None}:
        raise ValueError(
            f"{use}: its attribute dataset must be one of {', '.join(KINDS)} or None. "
            f"Received: {kind!r}"
        )
    return Entry(getattr(cls, "title", None), use, kind)


def has_optimum(use: str) -> bool:
    """Return whether :mod:`descent.problems.optimum` computes a problem's least training loss.

    The problem then takes it as its setting ``optimum``.
    """
    return use in PROBLEMS and PROBLEMS[use].optimum


def load_problem(name: str, settings: Mapping[str, Any], dataset_folder: Path | None) -> Problem:
    """Return a problem, ready to train.

    Parameters
    ----------
    name : str
        Name of the config entry; it keys the random streams.
    settings : mapping of str to object
        ``use``, the problem (see :func:`problem_class`), and the keyword settings of its class.
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
    if dataset_folder is None:
        return make_problem(name, settings, None)
    from descent.data.dataset import load_dataset  # noqa: PLC0415 - functions need no data

    return make_problem(name, settings, load_dataset(Path(dataset_folder)))


def make_problem(name: str, settings: Mapping[str, Any], dataset: Dataset | None) -> Problem:
    """Return a problem on a dataset in memory, or on none; otherwise as :func:`load_problem`."""
    keywords = dict(settings)
    use = keywords.pop("use", None)
    if use is None:
        raise ValueError(f"problem {name!r}: `use` is missing. Known: {', '.join(PROBLEMS)}")
    cls = problem_class(use)
    entry = entry_of(use)
    kind = entry.dataset
    if (kind is None) != (dataset is None):
        needed = "no dataset" if kind is None else f"a prepared {kind} dataset"
        received = "none" if dataset is None else f"one of kind {dataset.about['kind']!r}"
        raise ValueError(f"problem {name!r} ({use}) needs {needed}. Received: {received}")
    check_settings(f"problem {name!r} ({use})", cls, keywords, entry.fixed)
    keywords.update(entry.fixed)
    data = () if dataset is None else (as_read_by(cls, dataset),)
    problem = cls(name, *data, **keywords)
    if not isinstance(problem, Problem):
        raise TypeError(
            f"problem {name!r}: {use} must be a descent.problems.base.Problem. "
            f"Received: {type(problem).__name__}"
        )
    return problem


def as_read_by(cls: Any, dataset: Dataset) -> Dataset:
    """Return a prepared dataset in the form that the class of a problem reads.

    Parameters
    ----------
    cls : type
        The class.
    dataset : Dataset
        The dataset as it is stored.

    Returns
    -------
    Dataset
        The same, or, of a dense one and a class that does not read columns by their use, every
        example in its shape: see :func:`descent.data.labelled_vectors.in_source_shape`.
    """
    if dataset.about["kind"] != "dense" or getattr(cls, "columns_by_use", False):
        return dataset
    from descent.data.labelled_vectors import in_source_shape  # noqa: PLC0415 - the built-in ones need none

    return in_source_shape(dataset)


def problem_class(use: str) -> Any:
    """Return the class of a problem.

    Parameters
    ----------
    use : str
        Name of a built-in problem, or a place of the user's own: ``package.module:Class`` or
        ``folder/file.py:Class`` of a problem, and with ``torch:`` before it of a PyTorch network.

    Raises
    ------
    ValueError
        If it cannot be found, where a built-in one is meant with the nearest name; or it is a
        network of a library that is not installed.
    """
    prefix, separator, network = use.partition(":")
    if use in PROBLEMS:
        return load_class(PROBLEMS[use].location, Path.cwd())
    if not separator:
        raise ValueError(
            f"there is no problem {use!r}. {nearest(use, [*PROBLEMS, COMMAND])}; a class of your "
            "own is named package.module:Class or folder/file.py:Class, and a PyTorch network "
            "torch:folder/file.py:Class"
        )
    if prefix not in ADAPTERS:
        return load_class(use, Path.cwd())
    try:
        adapter = importlib.import_module(ADAPTERS[prefix])
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{use}: {error.name} is not installed; install it with: pip install {prefix}"
        ) from error
    return adapter.problem_of(load_class(network, Path.cwd()))


def plug_in_sources(use: str) -> list[Path]:
    """Return the source files that define a problem of the user's own; none for a built-in one.

    Parameters
    ----------
    use : str
        As for :func:`problem_class`.

    Returns
    -------
    list of Path
        The file of its class and of every problem that it derives from, the common base left out;
        of a network the file of its class and of the adapter.
    """
    if use in PROBLEMS:
        return []
    lineage = [c for c in problem_class(use).__mro__ if issubclass(c, Problem) and c is not Problem]
    return source_files(lineage)


def check_settings(
    place: str, cls: Any, settings: Mapping[str, Any], fixed: Mapping[str, Any]
) -> None:
    """Check the names of a problem's settings.

    Parameters
    ----------
    place : str
        Name of the problem in messages.
    cls : type
        Its class.
    settings, fixed : mapping of str to object
        Those that are given, and those that its name fixes.

    Raises
    ------
    ValueError
        If there is no such setting, or one without a default is missing.
    """
    supplied = {"name", "dataset", *fixed}
    parameters = parameter_types(cls, supplied)
    takes_any = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(cls).parameters.values())
    for key in settings:
        if key not in parameters and not takes_any:
            raise ValueError(f"{place} has no setting {key!r}. {nearest(key, parameters)}")
    for key in parameters:
        if key in required_parameters(cls) and key not in settings:
            raise ValueError(f"{place} needs the setting {key!r}")
