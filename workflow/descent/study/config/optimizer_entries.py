"""Checks of the entries of ``optimizers`` against their rules, and their learning rates."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

from descent.foundation.suggestions import did_you_mean, listed, shown_value
from descent.optimizers import OPTIMIZERS
from descent.optimizers.loading import EntrantError, load_optimizer, with_settings
from descent.optimizers.schedule_loading import load_schedule
from descent.study.config.errors import ErrorList, Place
from descent.study.config.schema import as_number
from descent.study.config.settings import locate_message
from descent.study.grids import OPTIMIZER_KEYS, log_grid

#: Keys of an entry that say which rule it is, and are not numbers.
RULE_KEYS = ("use", "flavour", "schedule", "base")


def check_optimizers(config: dict[str, Any], errors: ErrorList, base_folder: Path) -> None:
    """Check the rule, the hyper-parameters and the learning rates of every optimizer.

    Parameters
    ----------
    config : dict
        The completed config; numbers in text are replaced and grids completed in place.
    errors : ErrorList
        Receives the errors.
    base_folder : Path
        Folder that the path of a plug-in is relative to.
    """
    tracks = () if errors.any_at("tracks") else tuple(config["tracks"])
    if "searched" in tracks and not errors.any_at("search") and not config["search"]["trials"]:
        errors.add(("search", "trials"), "must be at least 1 for the track `searched`")
    for name, entry in config["optimizers"].items():
        place = ("optimizers", name)
        if errors.any_at(*place):
            continue
        rule = check_rule(entry, place, errors, base_folder)
        if rule is None:
            continue
        if "learning_rate" in entry and tracks and "default" not in tracks:
            errors.add(
                (*place, "learning_rate"),
                "has no effect without the track `default`: the grid sets the learning rate. "
                f"Write learning_rates: [{entry['learning_rate']}]",
            )
        _check_search_space(entry, place, errors, base_folder)
        _check_other_hyperparameters(entry, place, errors, base_folder)
        if not errors.any_at("learning_rates"):
            centre = getattr(rule, "learning_rate_centre", None)
            _complete_grid(entry, centre, config["learning_rates"], place, errors)
    _check_grids_of_problems(config, errors)


def number_of(value: Any) -> Any:
    """Return the number that a text denotes, or the value itself."""
    number = as_number(value) if isinstance(value, str) else None
    return value if number is None else number


def _is_zero(rate: Any) -> bool:
    """Return whether a positive number is 0 in float32, the type of the parameters."""
    is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
    return is_number and 0 < rate < 1 and not np.float32(rate)


def _describe_zero(rate: float) -> str:
    return (
        f"must not be rounded to 0 in float32, in which parameters are trained. Received: {rate:g}"
    )


def _replace_numbers(entry: dict[str, Any]) -> None:
    for key in entry.keys() - {*RULE_KEYS, *OPTIMIZER_KEYS}:
        entry[key] = number_of(entry[key])
    if isinstance(entry.get("schedule"), dict):
        entry["schedule"] = {key: number_of(v) for key, v in entry["schedule"].items()}


def check_rule(entry: dict[str, Any], place: Place, errors: ErrorList, base_folder: Path) -> Any:
    """Return the rule of an entry, or None if errors were added.

    Parameters
    ----------
    entry : dict
        The entry; numbers in text are replaced in place.
    place : tuple of str
        Its place in the config.
    errors : ErrorList
        Receives the errors.
    base_folder : Path
        Folder that the path of a plug-in is relative to.

    Returns
    -------
    Optimizer or None
        The rule with the entry's hyper-parameters.
    """
    _replace_numbers(entry)
    rule = _rule(entry)
    _check_names(rule, place, errors)
    if _is_zero(rule.get("learning_rate")):
        errors.add((*place, "learning_rate"), _describe_zero(rule["learning_rate"]))
    if isinstance(rule.get("base"), dict):
        _check_base(rule["base"], (*place, "base"), errors, base_folder)
    if "schedule" in rule:
        try:
            load_schedule(rule["schedule"], base_folder)
        except (ValueError, TypeError) as error:
            errors.add((*place, "schedule"), str(error))
    if errors.any_at(*place):
        return None
    try:
        return load_optimizer(rule, folder=base_folder)
    except (EntrantError, ValueError, TypeError) as error:
        errors.add(*locate_message(str(error).removeprefix(f"{entry['use']}: "), entry, place))
    return None


def _check_names(rule: dict[str, Any], place: Place, errors: ErrorList) -> None:
    """Check that rule, hyper-parameters and flavour are there by these names."""
    use = rule["use"]
    if use in OPTIMIZERS:
        known = _hyperparameters(use)
        for key in rule:
            if key in {"use", "flavour", *known}:
                continue
            errors.add(
                (*place, key),
                f"{use} has no such hyper-parameter.{did_you_mean(key, known)} "
                f"Known: {listed(known)}",
            )
        flavours = OPTIMIZERS[use].flavours
        if "flavour" in rule and rule["flavour"] not in tuple(flavours):
            errors.add(
                (*place, "flavour"),
                f"{use} has no flavour {shown_value(rule['flavour'])}."
                f"{did_you_mean(rule['flavour'], flavours)} Known: {listed(flavours)}",
            )
    elif ":" not in use:
        errors.add(
            (*place, "use"),
            f"there is no rule {use!r}.{did_you_mean(use, OPTIMIZERS)} Known: "
            f"{listed(OPTIMIZERS)}; or folder/file.py:Class, package.module:Class, torch:Class, "
            "optax:function",
        )


def _check_base(entry: dict[str, Any], place: Place, errors: ErrorList, base_folder: Path) -> None:
    """Check the entry of the rule around which another one is."""
    if not isinstance(entry.get("use"), str):
        errors.add((*place, "use"), "missing: say which rule the base is")
        return
    for key in OPTIMIZER_KEYS:
        if key in entry:
            errors.add((*place, key), f"must stand beside `{place[-1]}`, not in it")
    check_rule(entry, place, errors, base_folder)


def _hyperparameters(use: str) -> list[str]:
    return [f.name for f in dataclasses.fields(OPTIMIZERS[use]) if f.init and f.name != "_"]


def _check_search_space(
    entry: dict[str, Any], place: Place, errors: ErrorList, base_folder: Path
) -> None:
    """Check the bounds of a random search by making the rule at both ends of each."""
    for name, space in entry.get("search_space", {}).items():
        here = (*place, "search_space", name)
        low, high, prior = space["low"], space["high"], space["prior"]
        if not low < high:
            errors.add((*here, "high"), f"must be greater than low, {low}. Received: {high}")
        elif prior == "log" and not low > 0:
            errors.add((*here, "low"), f"must be greater than 0 for a log prior. Received: {low}")
        elif name == "learning_rate" and _is_zero(low):
            errors.add((*here, "low"), _describe_zero(low))
        elif prior == "log_one_minus" and not high < 1:
            errors.add((*here, "high"), f"must be less than 1 for log_one_minus. Received: {high}")
        else:
            for bound in (low, high):
                try:
                    load_optimizer(with_settings(_rule(entry), {name: bound}), folder=base_folder)
                except (EntrantError, ValueError, TypeError) as error:
                    errors.add(here, str(error).removeprefix(f"{entry['use']}: "))
                    break


def _check_other_hyperparameters(
    entry: dict[str, Any], place: Place, errors: ErrorList, base_folder: Path
) -> None:
    """Check a grid of other hyper-parameters by making the rule with each value."""
    grid = entry.get("grid", {})
    for name, values in grid.items():
        here = (*place, "grid", name)
        if name == "learning_rate":
            errors.add(here, "the learning rates of the grid are the entry's learning_rates")
            continue
        if name in entry:
            errors.add(here, f"{name} has a value in the entry too: keep one of them")
            continue
        grid[name] = [number_of(value) for value in values]
        for value in grid[name]:
            try:
                load_optimizer(with_settings(_rule(entry), {name: value}), folder=base_folder)
            except (EntrantError, ValueError, TypeError) as error:
                errors.add(here, str(error).removeprefix(f"{entry['use']}: "))
                break


def _rule(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what defines the rule: the entry without the study's own keys."""
    return {key: value for key, value in entry.items() if key not in OPTIMIZER_KEYS}


def _complete_grid(
    entry: dict[str, Any],
    centre: float | None,
    study: dict[str, Any],
    place: Place,
    errors: ErrorList,
) -> None:
    """Replace an optimizer's grid by a complete one."""
    place = (*place, "learning_rates")
    given = entry.get("learning_rates", {})
    if isinstance(given, dict) and "centre" not in given and centre is None:
        errors.add(
            (*place, "centre"),
            f"missing: {entry['use']} has no learning_rate_centre",
        )
        return
    entry["learning_rates"] = _complete(given, {"centre": centre, **study})
    _check_grid(entry["learning_rates"], place, errors)


def _complete(given: Any, usual: dict[str, Any]) -> Any:
    if isinstance(given, list):
        return sorted(given)
    return {key: given.get(key, usual[key]) for key in ("centre", "decades", "points")}


def _check_grid(grid: Any, place: Place, errors: ErrorList) -> None:
    if isinstance(grid, list):
        twice = [rate for i, rate in enumerate(grid) if rate in grid[:i]]
        if twice:
            errors.add(place, f"has {shown_value(twice[0])} more than once")
        elif _is_zero(grid[0]):
            errors.add(place, _describe_zero(grid[0]))
        return
    rates = log_grid(grid["centre"], grid["decades"], grid["points"])
    if not (min(rates) > 0 and max(rates) < math.inf):
        errors.add(place, f"must be positive and finite throughout. Received: {shown_value(grid)}")
    elif _is_zero(min(rates)):
        errors.add(place, _describe_zero(min(rates)))
    elif len(set(rates)) < len(rates):
        errors.add(
            place,
            f"{grid['points']} points in {grid['decades']} decades are the same to three digits: "
            "take fewer points or more decades",
        )


def _check_grids_of_problems(config: dict[str, Any], errors: ErrorList) -> None:
    """Complete the grids of single problems."""
    optimizers = config["optimizers"]
    for problem, entry in config["problems"].items():
        place = ("problems", problem, "learning_rates")
        if errors.any_at(*place):
            continue
        for name, grid in entry.get("learning_rates", {}).items():
            if name not in optimizers:
                errors.add(
                    (*place, name),
                    f"there is no optimizer {name!r}.{did_you_mean(name, optimizers)} "
                    f"Optimizers in this config: {listed(optimizers)}",
                )
                continue
            usual = optimizers[name].get("learning_rates")
            if errors.any_at("optimizers", name) or errors.any_at("learning_rates"):
                continue
            if isinstance(usual, list):
                # a list has no centre: take the geometric mean of its ends, and the study's width
                centre = math.sqrt(usual[0] * usual[-1])
                usual = {"centre": centre, **config["learning_rates"]}
            entry["learning_rates"][name] = _complete(grid, usual)
            _check_grid(entry["learning_rates"][name], (*place, name), errors)
