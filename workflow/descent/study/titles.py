"""Display names: what figures, tables and pages call the optimizers and problems of a study.

A title is for readers alone: it enters neither the job of a run nor its identity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from descent.data.sources import SOURCES
from descent.foundation.command_template import COMMAND
from descent.optimizers import OPTIMIZERS
from descent.problems.loading import entry_of

Entries = Mapping[str, Mapping[str, Any]]


def optimizer_title(name: str) -> str:
    """Return the default title of an optimizer.

    Parameters
    ----------
    name : str
        Name of the config entry.

    Returns
    -------
    str
        The title or class name of the built-in rule of that name (``RMSprop``), or the name with
        blanks for underscores.
    """
    return (
        OPTIMIZERS[name].title or OPTIMIZERS[name].__name__ if name in OPTIMIZERS else _words(name)
    )


def optimizer_titles(optimizers: Entries) -> dict[str, str]:
    """Return the title of each optimizer.

    Parameters
    ----------
    optimizers : mapping of str to mapping
        Config entries by name.

    Returns
    -------
    dict of str to str
        The entry's ``title``, or :func:`optimizer_title`.
    """
    return {name: entry.get("title", optimizer_title(name)) for name, entry in optimizers.items()}


def problem_titles(problems: Entries, datasets: Entries) -> dict[str, str]:
    """Return the title of each problem.

    Parameters
    ----------
    problems, datasets : mapping of str to mapping
        Config entries by name.

    Returns
    -------
    dict of str to str
        The entry's ``title``; by default dataset and model (``MNIST, multilayer perceptron``), or
        the name with blanks for underscores, if the problem's class has no title or several
        entries would have the same.
    """
    usual = {name: _usual_title(entry, datasets) for name, entry in problems.items()}
    number = Counter(usual.values())
    defaults = {
        name: title if title and number[title] == 1 else _words(name)
        for name, title in usual.items()
    }
    return {name: entry.get("title", defaults[name]) for name, entry in problems.items()}


def rung_title(title: str, ladder: Mapping[str, Any]) -> str:
    """Return a title with the setting and the value of a rung: ``..., mini batch 16``."""
    return f"{title}, {_words(ladder['setting'])} {ladder['value']:,}"


def capitalized(text: str) -> str:
    """Return text with a capital first letter; the others stay as they are."""
    return text[:1].upper() + text[1:]


def _usual_title(problem: Mapping[str, Any], datasets: Entries) -> str | None:
    model = None if problem["use"] == COMMAND else entry_of(problem["use"]).title
    dataset = problem.get("dataset")
    if model is not None and "ladder" in problem:
        model = rung_title(model, problem["ladder"])
    if model is None or dataset is None:
        return model and capitalized(model)
    return f"{SOURCES[datasets[dataset]['use']].title or _words(dataset)}, {model}"


def _words(name: str) -> str:
    return name.replace("_", " ")
