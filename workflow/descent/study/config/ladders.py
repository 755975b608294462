"""Ladders: a problem with a list of values of one setting becomes a problem for each value."""

from __future__ import annotations

import copy
from typing import Any

from descent.foundation.command_template import COMMAND
from descent.foundation.signatures import parameter_types
from descent.foundation.suggestions import listed, shown_value
from descent.foundation.value_types import fit
from descent.problems.loading import problem_class
from descent.study.config.command_entries import settings_of
from descent.study.config.errors import ErrorList
from descent.study.titles import rung_title


def expand_ladders(config: dict[str, Any], errors: ErrorList) -> None:
    """Replace each problem that has a list for a setting of one number by its rungs.

    Parameters
    ----------
    config : dict
        The completed config; ``problems`` is replaced. A rung, ``<name>-<setting>-<value>``, says
        under ``ladder`` of which entry, setting and value it is.
    errors : ErrorList
        Receives ladders of two settings, of a value twice, and names that are taken.
    """
    given, problems = config["problems"], {}
    for name, entry in given.items():
        for rung, its_entry in _rungs(name, entry, errors).items():
            if rung in problems or (rung != name and rung in given):
                errors.add(("problems", name), f"its list makes {rung}, which there is already")
            problems[rung] = its_entry
    config["problems"] = problems


def _rungs(name: str, entry: dict[str, Any], errors: ErrorList) -> dict[str, Any]:
    """Return the entries that an entry stands for: itself, if it has no list."""
    lists = _lists_of_numbers(entry)
    if not lists:
        return {name: entry}
    (setting, values), *others = lists.items()
    if others:
        two = f"{setting} and {listed(other for other, _ in others)}"
        errors.add(("problems", name), f"{two} are lists: a ladder has one setting")
    if len(set(values)) < max(2, len(values)):
        must = f"must be a number, or different ones. Received: {shown_value(values)}"
        errors.add(("problems", name, setting), must)
    rungs = {}
    for value in values:
        rung = copy.deepcopy(entry) | {setting: value}
        rung["ladder"] = {"of": name, "setting": setting, "value": value}
        if isinstance(entry.get("title"), str):
            rung["title"] = rung_title(entry["title"], rung["ladder"])
        rungs[f"{name}-{setting}-{value}"] = rung
    return rungs


def _lists_of_numbers(entry: dict[str, Any]) -> dict[str, list[float]]:
    """Return the values of those settings that take each number of a list, and not the list."""
    try:
        types = (
            dict.fromkeys(settings_of(entry), float)
            if entry["use"] == COMMAND
            else parameter_types(problem_class(entry["use"]))
        )
    except Exception:  # noqa: BLE001 - the check of the problem reports it
        return {}
    lists = {}
    for key, given in entry.items():
        if isinstance(given, list) and key in types and not fit(given, types[key])[0]:
            fits = [fit(value, types[key]) for value in given]
            if fits and all(fitting and isinstance(v, int | float) for fitting, v in fits):
                lists[key] = [value for _, value in fits]
    return lists
