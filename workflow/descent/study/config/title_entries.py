"""Titles of problems and optimizers: defaults filled in, and no two the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from descent.study.config.errors import ErrorList, Place
from descent.study.titles import optimizer_titles, problem_titles


def complete_titles(config: dict[str, Any], errors: ErrorList) -> None:
    """Give every problem and every optimizer its title.

    Parameters
    ----------
    config : dict
        The completed config; titles are added in place.
    errors : ErrorList
        Receives titles that two entries share; entries with other errors get no titles.
    """
    problems, optimizers = config["problems"], config["optimizers"]
    if not (errors.any_at("datasets") or errors.any_at("problems")):
        _complete(problems, problem_titles(problems, config["datasets"]), ("problems",), errors)
    if not errors.any_at("optimizers"):
        _complete(optimizers, optimizer_titles(optimizers), ("optimizers",), errors)


def _complete(
    entries: dict[str, Any], titles: Mapping[str, str], place: Place, errors: ErrorList
) -> None:
    owners: dict[str, str] = {}
    for name, title in titles.items():
        owner = owners.setdefault(title, name)
        if owner != name:
            # name the entry whose title the config sets: a default cannot be wrong
            chosen, other = (name, owner) if "title" in entries[name] else (owner, name)
            errors.add(
                (*place, chosen, "title"),
                f"must differ from the title of {other}. Received: {title!r}",
            )
    for name, title in titles.items():
        entries[name] = {"use": entries[name]["use"], "title": title, **entries[name]}
