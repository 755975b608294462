"""Checks of the entries of ``optimizers`` against their rules, and their learning rates."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

from descent.foundation.command_template import COMMAND
from descent.foundation.suggestions import listed, nearest, shown_value
from descent.foundation.value_types import denoted
from descent.optimizers.loading import load_optimizer, with_settings
from descent.optimizers.schedule_loading import load_schedule
from descent.study.config.command_entries import check_values, hands_over_schedule
from descent.study.config.errors import ErrorList, Place
from descent.study.config.settings import locate_message
from descent.study.grids import OPTIMIZER_KEYS, log_grid
from descent.study.plan import with_schedule
from descent.study.titles import optimizer_title

#: How much higher the best learning rate lies under a schedule than at a constant rate.
SCHEDULE_FACTOR = 3.0
#: Keys of an entry that say which rule it is, and are not numbers.
RULE_KEYS = ("use", "flavour")


class _Command:
    """Stands for the rule of a command, of which nothing is known."""

    own_schedule = None
    learning_rate_centre = None


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
    _check_schedules(config, errors, base_folder)
    if "searched" in tracks and not errors.any_at("search") and not config["search"]["trials"]:
        errors.add(("search", "trials"), "must be at least 1 for the track `searched`")
    queue = list(config["optimizers"].items())
    for name, entry in queue:
        place = ("optimizers", name)
        if errors.any_at(*place):
            continue
        rule = check_rule(entry, place, errors, base_folder)
        if rule is None:
            continue
        if "schedule" not in entry and (entry["use"] != COMMAND or hands_over_schedule(config)):
            if rule.own_schedule is None:
                queue += _add_other_schedules(name, config, errors)
            entry["schedule"] = dict(rule.own_schedule or config["schedule"])
        if "learning_rate" in entry and tracks and "default" not in tracks:
            errors.add(
                (*place, "learning_rate"),
                "has no effect without the track `default`: the grid sets the learning rate. "
                f"Write learning_rates: [{entry['learning_rate']}]",
            )
        _check_search_space(entry, place, errors, base_folder)
        _check_other_hyperparameters(entry, place, errors, base_folder)
        if not errors.any_at("learning_rates"):
            _complete_learning_rates(entry, rule, place, config, errors)
    _complete_grids_of_problems(config, errors)


def _complete_learning_rates(
    entry: dict[str, Any], rule: Any, place: Place, config: dict[str, Any], errors: ErrorList
) -> None:
    """Complete the grid of an optimizer, and check that it has room for all other values."""
    given = entry.get("learning_rates", {})
    centre = _centre(rule, entry, config)
    if isinstance(given, dict) and given.get("centre", centre) is None:
        missing = f"missing: {entry['use']} has no learning_rate_centre"
        errors.add((*place, "learning_rates", "centre"), missing)
        return
    usual = {"centre": centre, **config["learning_rates"]}
    rates = _complete_grid(given, usual, (*place, "learning_rates"), errors)
    entry["learning_rates"] = rates
    many = math.prod(map(len, entry.get("grid", {}).values()))
    fewest = len(rates) if isinstance(rates, list) else rates["points"]
    if many > fewest:
        errors.add(
            (*place, "grid"),
            f"has {many} combinations of values for {fewest} learning rates, each of which is "
            "tried with one: take fewer values or more learning rates",
        )


def _centre(rule: Any, entry: dict[str, Any], config: dict[str, Any]) -> float | None:
    """Return the middle of the usual grid, higher under a schedule of the study that decays."""
    centre: float | None = getattr(rule, "learning_rate_centre", None)
    schedule = entry.get("schedule", {})
    of_study = schedule in (config["schedule"], *config["schedules"])
    if (
        centre
        and schedule
        and of_study
        and rule.own_schedule is None
        and schedule["use"] != "constant"
    ):
        return SCHEDULE_FACTOR * centre
    return centre


def _add_other_schedules(
    name: str, config: dict[str, Any], errors: ErrorList
) -> list[tuple[str, dict[str, Any]]]:
    """Add and return the entries of an optimizer with the study's other schedules."""
    made, entry = [], config["optimizers"][name]
    for schedule in () if errors.any_at("schedules") else config["schedules"][1:]:
        other = with_schedule(name, schedule)
        if other in config["optimizers"]:
            taken = f"`schedules` makes an entry of this name of {name}: choose another name"
            errors.add(("optimizers", other), taken)
            continue
        title = f"{entry.get('title', optimizer_title(name))}, {other.removeprefix(f'{name}-')}"
        added = {**copy.deepcopy(entry), "title": title, "schedule": dict(schedule)}
        config["optimizers"][other] = added
        made.append((other, added))
        for problem in config["problems"].values():
            grids = problem.get("learning_rates")
            if isinstance(grids, dict) and name in grids:
                grids[other] = copy.deepcopy(grids[name])
    return made


def _check_schedules(config: dict[str, Any], errors: ErrorList, base_folder: Path) -> None:
    """Check the schedules of the study; numbers in text and names are replaced in place."""
    if errors.any_at("schedule") or errors.any_at("schedules"):
        return
    schedules = config["schedules"]
    if schedules:
        warm_up = {key: v for key, v in config["schedule"].items() if key.startswith("warmup_")}
        for i, schedule in enumerate(schedules):
            schedules[i] = {"use": schedule, **warm_up} if isinstance(schedule, str) else schedule
        config["schedule"] = dict(schedules[0])
        names = [with_schedule("", schedule) for schedule in schedules]
        if len(set(names)) < len(names):
            errors.add(("schedules",), f"must differ in `use`. Received: {listed(names)}")
    places: list[tuple[Place, Any]] = [
        (("schedules", i), schedule) for i, schedule in enumerate(schedules)
    ]
    for place, schedule in places or [(("schedule",), config["schedule"])]:
        _replace_numbers(schedule)
        try:
            load_schedule(schedule, base_folder)
        except (ValueError, TypeError) as error:
            errors.add(*locate_message(str(error), schedule, place))


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
    return _load(entry, {}, place, errors, base_folder)


def _replace_numbers(entry: dict[str, Any]) -> None:
    for key in entry.keys() - {*RULE_KEYS, *OPTIMIZER_KEYS}:
        entry[key] = denoted(entry[key])
    for inner in (entry.get("schedule"), entry.get("base")):
        if isinstance(inner, dict):
            _replace_numbers(inner)


def _load(
    entry: dict[str, Any],
    settings: dict[str, Any],
    place: Place,
    errors: ErrorList,
    base_folder: Path,
) -> Any:
    """Return the rule of an entry with some settings replaced, or None if an error was added."""
    rule = {key: value for key, value in entry.items() if key not in OPTIMIZER_KEYS}
    if entry["use"] == COMMAND:
        check_values(rule, place, errors)
        return None if errors.any_at(*place) else _Command()
    try:
        return load_optimizer(with_settings(rule, settings), folder=base_folder)
    except (ValueError, TypeError) as error:
        message = str(error).removeprefix(f"{entry['use']}: ")
        errors.add(*locate_message(message, {} if settings else entry, place))
    return None


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
        elif prior == "log_one_minus" and not high < 1:
            errors.add((*here, "high"), f"must be less than 1 for log_one_minus. Received: {high}")
        else:
            _check_values(entry, name, [low, high], here, errors, base_folder)


def _check_other_hyperparameters(
    entry: dict[str, Any], place: Place, errors: ErrorList, base_folder: Path
) -> None:
    """Check a grid of other hyper-parameters by making the rule with each value."""
    grid = entry.get("grid", {})
    for name, values in grid.items():
        here = (*place, "grid", name)
        if name == "learning_rate":
            errors.add(here, "the learning rates of the grid are the entry's learning_rates")
        elif name in entry:
            errors.add(here, f"{name} has a value in the entry too: keep one of them")
        else:
            grid[name] = [denoted(value) for value in values]
            _check_values(entry, name, grid[name], here, errors, base_folder)


def _check_values(
    entry: dict[str, Any],
    name: str,
    values: list[Any],
    place: Place,
    errors: ErrorList,
    base_folder: Path,
) -> None:
    """Add an error for the first of some values of a setting with which there is no rule."""
    for value in values:
        if _load(entry, {name: value}, place, errors, base_folder) is None:
            return


def _complete_grid(given: Any, usual: dict[str, Any], place: Place, errors: ErrorList) -> Any:
    """Return a grid of learning rates, what it lacks taken from another, and check it."""
    if isinstance(given, list):
        rates = sorted(given)
        twice = [rate for i, rate in enumerate(rates) if rate in rates[:i]]
        if twice:
            errors.add(place, f"has {shown_value(twice[0])} more than once")
        return rates
    grid = {key: given.get(key, usual[key]) for key in ("centre", "decades", "points")}
    rates = log_grid(**grid)
    if not (min(rates) > 0 and max(rates) < math.inf):
        errors.add(place, f"must be positive and finite throughout. Received: {shown_value(grid)}")
    elif len(set(rates)) < len(rates):
        errors.add(
            place,
            f"{grid['points']} points in {grid['decades']} decades are the same to three digits: "
            "take fewer points or more decades",
        )
    return grid


def _complete_grids_of_problems(config: dict[str, Any], errors: ErrorList) -> None:
    """Complete the grids of single problems."""
    optimizers = config["optimizers"]
    for problem, entry in config["problems"].items():
        place = ("problems", problem, "learning_rates")
        if errors.any_at(*place):
            continue
        for name, grid in entry.get("learning_rates", {}).items():
            if name not in optimizers:
                hint = nearest(name, optimizers)
                errors.add((*place, name), f"there is no optimizer {name!r}. {hint}")
                continue
            if errors.any_at("optimizers", name) or errors.any_at("learning_rates"):
                continue
            usual = optimizers[name]["learning_rates"]
            if isinstance(usual, list):
                # a list has no centre: take the geometric mean of its ends, and the study's width
                centre = math.sqrt(usual[0] * usual[-1])
                usual = {"centre": centre, **config["learning_rates"]}
            entry["learning_rates"][name] = _complete_grid(grid, usual, (*place, name), errors)
