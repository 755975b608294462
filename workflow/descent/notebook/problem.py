"""The problem of a comparison: small ones by name, any entry of a config, a class or an object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, cast

from descent.data.dataset import load_dataset, save_dataset
from descent.data.prepare import prepare
from descent.data.sources import SOURCES
from descent.problems.base import Problem
from descent.problems.loading import as_read_by, entry_of, load_problem
from descent.study.titles import problem_titles

#: The forms in which a problem may be given.
Given: TypeAlias = str | Mapping[str, Any] | type[Problem] | Problem

#: Problems that are trained in a moment and need no download: their settings as in a config.
SMALL: Mapping[str, Mapping[str, Any]] = {
    "digits": {"use": "mlp", "hidden": [32], "mini_batch": 32},
    "reviews": {"use": "logistic_regression"},
}
#: The data of a problem that is given none, by kind.
DATASETS: Mapping[str | None, Mapping[str, Any]] = {
    "dense": {"use": "digits"},
    "reviews": {"use": "generated_reviews", "seed": 0, "reviews": 200},
}
#: Epochs of a problem with data, and steps of any other, unless told otherwise.
EPOCHS, STEPS = 10, 200


@dataclass(frozen=True)
class Task:
    """A problem, and what a study has to know about it.

    Attributes
    ----------
    name, title : str
        Name, which keys the random streams, and display name.
    entry : mapping of str to object
        ``use`` and the settings of the problem.
    dataset : mapping of str to object or None
        The entry of its dataset.
    load : callable
        Returns the problem, given the folder of a part of its data, or None if it has no dataset.
    epochs : int
        The usual length of a run.
    """

    name: str
    title: str
    entry: Mapping[str, Any]
    dataset: Mapping[str, Any] | None
    load: Callable[[Path | None], Problem]
    epochs: int

    def prepare(self, folder: Path, fold: int) -> None:
        """Prepare a part of the data, in a folder of its own."""
        assert self.dataset is not None
        save_dataset(prepare(self.dataset, Path(), fold=fold, base_folder=Path.cwd()), folder)


def task_of(problem: Given) -> Task:
    """Return the task of a problem that is given in any form.

    Parameters
    ----------
    problem : str, mapping, class or Problem
        See :func:`descent.notebook.comparison.compare`.

    Raises
    ------
    ValueError
        If there is no such problem, or its data would have to be downloaded.
    TypeError
        If it has none of these forms.
    """
    if isinstance(problem, Problem):
        name, title = problem.name, problem.title or problem.name
        return Task(name, title, {"use": name}, None, lambda _: problem, EPOCHS)
    if inspect.isclass(problem) and issubclass(problem, Problem):
        name, cls = problem.__name__, cast("Callable[..., Problem]", problem)
        data = DATASETS.get(problem.dataset)

        def load(folder: Path | None) -> Problem:
            return cls(name, *([as_read_by(cls, load_dataset(folder))] if folder else []))

        return Task(name, problem.title or name, {"use": name}, data, load, _epochs(data))
    if isinstance(problem, str):
        entry = dict(SMALL.get(problem, {"use": problem}))
    elif isinstance(problem, Mapping):
        entry = dict(problem)
    else:
        raise TypeError(
            "problem must be a name such as 'digits', an entry as in a config, a class or a "
            f"Problem. Received: {problem!r}"
        )
    named = entry.pop("dataset", None)
    use = str(entry.get("use"))
    kind = entry_of(use).dataset
    data = DATASETS.get(kind) if named is None else _checked(named)
    name = problem if isinstance(problem, str) and problem in SMALL else use.rpartition(":")[2]
    about = {"use": use} if data is None else {"use": use, "dataset": "data"}
    (title,) = problem_titles({name: about}, {"data": data or {}}).values()
    return Task(name, title, entry, data, partial(load_problem, name, entry), _epochs(data))


def _epochs(dataset: Mapping[str, Any] | None) -> int:
    return STEPS if dataset is None else EPOCHS


def _checked(dataset: Any) -> Mapping[str, Any]:
    entry = {"use": dataset} if isinstance(dataset, str) else dataset
    if not isinstance(entry, Mapping):
        raise TypeError(f"dataset must be an entry as in a config. Received: {dataset!r}")
    if (source := SOURCES.get(entry.get("use", ""))) is not None and source.files:
        raise ValueError(
            f"dataset must need no download; a study can use such data. Received: {entry['use']}"
        )
    return entry
