"""Checks of problems that are commands, and of what they compare: names and grids."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from descent.foundation.command_template import (
    COMMAND,
    OF_EVERY_RUN,
    OF_SCHEDULE,
    filled,
    placeholders,
    values_of,
    with_hyperparameters,
)
from descent.foundation.suggestions import listed, nearest, shown_value
from descent.study.config.errors import ErrorList, Place
from descent.study.config.settings import convert_settings
from descent.study.grids import OPTIMIZER_KEYS
from descent.study.measures import HIGHER_IS_BETTER, LOWER_IS_BETTER
from descent.study.plan import PROBLEM_KEYS

#: Types of the settings of a command; all others are placeholders.
TYPES = {"run": str, "files": list[str], "metric": str, "steps": int}
USUAL_METRIC = "test_loss"
#: A metric that a study can compare: tuning chooses by the same one on the validation split.
METRIC = re.compile(rf"(test|validation)_(\w*_)?({'|'.join(LOWER_IS_BETTER + HIGHER_IS_BETTER)})")


def usual_tracks(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config that names no tracks with those of commands, if it has such optimizers.

    A command has no learning rate of its own, so without one in its entry the track ``default``
    has none.
    """
    optimizers = config.get("optimizers")
    if "tracks" in config or not isinstance(optimizers, dict):
        return config
    entries = [entry for entry in optimizers.values() if isinstance(entry, dict)]
    lacks = any(e.get("use") == COMMAND and "learning_rate" not in e for e in entries)
    return {**config, "tracks": ["tuned"]} if lacks else config


def complete_commands(config: dict[str, Any], errors: ErrorList) -> None:
    """Complete the entries of commands in place: ``epochs`` is the number of steps."""
    for name, entry in config["problems"].items():
        place = ("problems", name)
        if entry.get("use") != COMMAND or errors.any_at(*place):
            continue
        entry.update(convert_settings(entry, TYPES, place, errors))
        if "steps" in entry:
            entry["epochs"] = entry.pop("steps")
        entry.setdefault("metric", USUAL_METRIC)
        missing = {"run": "the command", "epochs": "the length of a run"} | {
            "files": "the files whose change trains the runs again, as in files: [train.py]"
        }
        for key in [key for key in missing if key not in entry]:
            shown = "steps" if key == "epochs" else key
            errors.add((*place, shown), f"missing: {missing[key]}")
        if not errors.any_at(*place) and entry["epochs"] < 1:
            errors.add((*place, "steps"), f"must be at least 1. Received: {entry['epochs']}")
    for name, entry in config["optimizers"].items():
        if entry.get("use") == COMMAND:
            entry.setdefault("optimizer", name)


def hands_over_schedule(config: dict[str, Any]) -> bool:
    """Return whether a command of a config is told the study's schedule, or a part of it."""
    return any(
        f"{{{name}}}" in str(entry.get("run"))
        for entry in config["problems"].values()
        for name in OF_SCHEDULE
    )


def check_commands(config: dict[str, Any], errors: ErrorList, base_folder: Path) -> None:
    """Check the commands of a study and the placeholders that its optimizers give values to.

    Parameters
    ----------
    config : dict
        The completed config.
    errors : ErrorList
        Receives the errors.
    base_folder : Path
        Folder that paths are relative to.
    """
    problems, optimizers = config["problems"], config["optimizers"]
    for optimizer, entry in optimizers.items():
        for problem, its in problems.items():
            if (entry.get("use") == COMMAND) != (its.get("use") == COMMAND):
                errors.add(
                    ("optimizers", optimizer, "use"),
                    f"{optimizer} ({entry.get('use')}) cannot train {problem} ({its.get('use')}): "
                    f"`use: {COMMAND}` stands in all problems and all optimizers of a study, or in "
                    "none",
                )
                return
    commands = {name: entry for name, entry in problems.items() if entry.get("use") == COMMAND}
    if commands and not errors.any_at("optimizers"):
        for name, entry in commands.items():
            place = ("problems", name)
            if not errors.any_at(*place):
                _check_problem(entry, place, errors, base_folder)
            if not errors.any_at(*place):
                _check_placeholders(name, entry, config, errors)


def check_values(entry: dict[str, Any], place: Place, errors: ErrorList) -> None:
    """Check that what an entry of a command sets is text or a number."""
    for key, value in entry.items():
        if key not in {*OPTIMIZER_KEYS, "schedule"} and not isinstance(value, str | int | float):
            must = "must be text, a number, or true or false"
            errors.add((*place, key), f"{must}. Received: {shown_value(value)}")


def _check_problem(
    entry: dict[str, Any], place: Place, errors: ErrorList, base_folder: Path
) -> None:
    """Check the metric, the files and the keys of a command."""
    metric, goal = entry["metric"], f"validation_{entry['metric'].partition('_')[2]}"
    if not METRIC.fullmatch(metric):
        errors.add(
            (*place, "metric"),
            "must begin with test_ or validation_ and end with one of "
            f"{listed(LOWER_IS_BETTER)} (lower is better), {listed(HIGHER_IS_BETTER)} (higher is "
            f"better). Received: {shown_value(metric)}",
        )
    elif "target" in entry and entry["target"]["metric"] != goal:
        errors.add((*place, "target", "metric"), f"must be {goal}, of which there is a curve")
    for key, usual in (("dataset", None), ("evaluations_per_epoch", 1)):
        if entry.get(key, usual) != usual:
            errors.add((*place, key), "has no effect on a command")
    if errors.any_at(*place):
        return
    try:
        words = filled(entry["run"], dict.fromkeys(placeholders(entry["run"]), ""))
    except ValueError as error:
        errors.add((*place, "run"), f"{error}. Received: {shown_value(entry['run'])}")
        return
    _check_settings(entry, place, errors)
    _check_files(words, entry, place, errors, base_folder)


def _check_files(
    words: list[str], entry: dict[str, Any], place: Place, errors: ErrorList, base_folder: Path
) -> None:
    """Check that the files of a command exist, and that its script is among them."""
    for file in entry["files"]:
        if not (base_folder / file).is_file():
            errors.add((*place, "files"), f"there is no file {file}")
    for word in words:
        if word.endswith(".py") and (base_folder / word).is_file() and word not in entry["files"]:
            errors.add((*place, "files"), f"lacks {word}: a change of it would train nothing again")


def _check_settings(entry: dict[str, Any], place: Place, errors: ErrorList) -> None:
    """Check that what the entry of a command sets is a value, and is used."""
    check_values(settings_of(entry), place, errors)
    for key in settings_of(entry):
        if key not in placeholders(entry["run"]):
            hint = nearest(key, placeholders(entry["run"]))
            errors.add((*place, key), f"has no effect: `run` has no {{{key}}}. {hint}")


def settings_of(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a command that are placeholders."""
    return {k: v for k, v in entry.items() if k not in {*PROBLEM_KEYS, *TYPES, "use"}}


def _check_placeholders(
    problem: str, entry: dict[str, Any], config: dict[str, Any], errors: ErrorList
) -> None:
    """Check that each placeholder has a value, and that what is tuned and compared is one."""
    place, names = ("problems", problem, "run"), placeholders(entry["run"])
    needed: list[tuple[Place, str, str]] = []
    needed += [(place, "learning_rate", "is tuned"), (place, "seed", "differs from run to run")]
    needed += [(("schedules",), "schedule", "is compared")] if config["schedules"] else []
    for where, name, why in needed:
        if name not in names:
            errors.add(where, f"`run` of {problem} lacks {{{name}}}, which {why}")
    commands: dict[tuple[str, ...], str] = {}
    for optimizer, rule in config["optimizers"].items():
        if "schedule" in rule and not set(OF_SCHEDULE) & set(names):
            text = f"has no effect: `run` of {problem} has no {{schedule}}"
            errors.add(("optimizers", optimizer, "schedule"), text)
        tuned = {**rule.get("grid", {}), **rule.get("search_space", {})}
        for key in tuned:
            if key.removeprefix("schedule.") not in names:
                at = "grid" if key in rule.get("grid", {}) else "search_space"
                text = f"has no effect: `run` of {problem} has no {{{key}}}. {nearest(key, names)}"
                errors.add(("optimizers", optimizer, at, key), text)
        own = {key: value for key, value in rule.items() if key not in OPTIMIZER_KEYS}
        own = with_hyperparameters(own, {key: str(value) for key, value in tuned.items()})
        of_run = dict.fromkeys(("learning_rate", "seed", "output", "folder"), 0)
        values = values_of(settings_of(entry), own, steps=1, **of_run)
        for name in dict.fromkeys(names):
            if name not in values:
                hint = nearest(name, sorted({*values, *OF_EVERY_RUN, *OF_SCHEDULE}))
                errors.add(place, f"{{{name}}} has no value for {optimizer}. {hint}")
                return
        other = commands.setdefault(tuple(filled(entry["run"], values)), optimizer)
        if other != optimizer:
            text = f"is the same for {other} and {optimizer}: put what they differ by into it"
            errors.add(place, f"{text}, as {{optimizer}} or {{schedule}}")
