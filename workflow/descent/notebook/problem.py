"""The problem of a comparison: small ones by name, any entry of a config, a class or an object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from descent.data.dataset import load_dataset, save_dataset
from descent.data.prepare import prepare
from descent.data.sources import SOURCES
from descent.problems.base import Problem
from descent.problems.loading import as_read_by, load_problem, needs_dataset
from descent.study.titles import problem_titles

#: The forms in which a problem may be given.
Given: TypeAlias = str | Mapping[str, Any] | type[Problem] | Problem

#: Problems that are trained in a moment and need no download: their settings as in a config.
SMALL: Mapping[str, Mapping[str, Any]] = {
    "digits": {"use": "mlp", "hidden": [32], "mini_batch": 32},
    "reviews": {"use": "logistic_regression"},
}
#: The data of a problem that is given none, by kind.
DATASETS: Mapping[str, Mapping[str, Any]] = {
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
    given : Problem, class or None
        The class or problem that was given in place of an entry.
    """

    name: str
    title: str
    entry: Mapping[str, Any]
    dataset: Mapping[str, Any] | None
    given: type[Problem] | Problem | None = None

    @property
    def epochs(self) -> int:
        """The usual length of a run."""
        has_data = self.dataset is not None or isinstance(self.given, Problem)
        return EPOCHS if has_data else STEPS

    def problem(self, manifest: Path | None) -> Problem:
        """Return the problem on a part of its data.

        Parameters
        ----------
        manifest : Path or None
            Manifest of the part; None for a problem without data. It is prepared if it does not
            exist.
        """
        if isinstance(self.given, Problem):
            return self.given
        folder = None if manifest is None else manifest.parent
        if self.given is None:
            return load_problem(self.name, self.entry, folder)
        cls: Callable[..., Problem] = self.given
        if folder is None:
            return cls(self.name)
        return cls(self.name, as_read_by(cls, load_dataset(folder)))

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
        return Task(
            problem.name, problem.title or problem.name, {"use": problem.name}, None, problem
        )
    if inspect.isclass(problem) and issubclass(problem, Problem):
        name = problem.__name__
        return Task(name, problem.title or name, {"use": name}, _data(problem.dataset), problem)
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
    kind = needs_dataset(use)
    data = _data(kind) if named is None else _checked(named)
    name = problem if isinstance(problem, str) and problem in SMALL else use.rpartition(":")[2]
    about = {"use": use} if data is None else {"use": use, "dataset": "data"}
    (title,) = problem_titles({name: about}, {"data": data or {}}).values()
    return Task(name, title, entry, data)


def _data(kind: str | None) -> Mapping[str, Any] | None:
    return None if kind is None else DATASETS[kind]


def _checked(dataset: Any) -> Mapping[str, Any]:
    entry = {"use": dataset} if isinstance(dataset, str) else dataset
    if not isinstance(entry, Mapping):
        raise TypeError(f"dataset must be an entry as in a config. Received: {dataset!r}")
    if (source := SOURCES.get(entry.get("use", ""))) is not None and source.files:
        raise ValueError(
            f"dataset must need no download; a study can use such data. Received: {entry['use']}"
        )
    return entry
