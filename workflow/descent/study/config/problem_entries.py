"""Checks of the entries of ``problems`` against their classes and datasets."""

from __future__ import annotations

import inspect
from typing import Any

from descent.data.sources import SOURCES
from descent.foundation.signatures import parameter_types, required_parameters
from descent.foundation.suggestions import did_you_mean, listed, shown_value
from descent.problems.base import Problem
from descent.problems.built_in import PROBLEMS
from descent.problems.loading import needs_dataset, problem_class, takes_any_setting
from descent.study.config.errors import ErrorList, Place
from descent.study.config.miniatures import miniature
from descent.study.config.settings import check_settings, locate_message
from descent.study.plan import PROBLEM_KEYS

#: Parameters of a problem that the workflow supplies.
SUPPLIED = ("name", "dataset", "optimum")

#: Largest count of examples, units, starts or steps in a setting.
LARGEST_COUNT = 10**6


def check_problems(config: dict[str, Any], errors: ErrorList) -> None:
    """Check the class, the settings, the dataset and the target of every problem.

    Parameters
    ----------
    config : dict
        The completed config; numbers in text are replaced in place.
    errors : ErrorList
        Receives the errors.
    """
    for name, entry in config["problems"].items():
        place = ("problems", name)
        if errors.any_at(*place):
            continue
        use = entry["use"]
        if use not in PROBLEMS and ":" not in use:
            errors.add(
                (*place, "use"),
                f"there is no problem {use!r}.{did_you_mean(use, PROBLEMS)} "
                f"Known: {listed(PROBLEMS)}; or folder/file.py:Class, package.module:Class, "
                "torch:folder/file.py:Class",
            )
            continue
        try:
            cls, kind = problem_class(use), needs_dataset(use)
        except Exception as error:  # noqa: BLE001 - a user's class may raise any error
            errors.add((*place, "use"), f"{use} cannot be loaded: {_describe_error(error)}")
            continue
        if not (inspect.isclass(cls) and issubclass(cls, Problem)):
            errors.add((*place, "use"), f"{use} is not a descent.problems.Problem")
            continue
        _check_dataset(use, entry, kind, config["datasets"], place, errors)
        fixed = PROBLEMS[use].fixed if use in PROBLEMS else {}
        supplied = {*SUPPLIED, *fixed, *PROBLEM_KEYS}
        settings = {key: v for key, v in entry.items() if key not in {"use", *PROBLEM_KEYS}}
        any_type = dict.fromkeys(settings, Any) if takes_any_setting(cls) else {}
        entry.update(
            check_settings(
                settings,
                any_type | parameter_types(cls, supplied),
                required_parameters(cls) - supplied,
                use,
                place,
                errors,
            )
        )
        if use in PROBLEMS and not errors.any_at(*place):
            _construct(name, use, entry, place, errors)
        if "target" in entry:
            _check_target(cls, use, entry["target"]["metric"], (*place, "target"), errors)


def _check_dataset(
    use: str,
    entry: dict[str, Any],
    kind: str | None,
    datasets: dict[str, Any],
    place: Place,
    errors: ErrorList,
) -> None:
    name = entry.get("dataset")
    if kind is None:
        if name is not None:
            errors.add((*place, "dataset"), f"{use} needs no data. Received: {name}")
        return
    of_kind = [other for other, d in datasets.items() if _kind_of(d) in {kind, None}]
    if name is None:
        errors.add(
            (*place, "dataset"),
            f"missing: {use} learns from {kind} data. Datasets of that kind: {listed(of_kind)}",
        )
    elif name not in datasets:
        errors.add(
            (*place, "dataset"),
            f"there is no dataset {name!r}.{did_you_mean(name, datasets)} "
            f"Datasets in this config: {listed(datasets)}",
        )
    elif name not in of_kind:
        errors.add(
            (*place, "dataset"),
            f"{use} learns from {kind} data, and {name} is {_kind_of(datasets[name])}. "
            f"Datasets of that kind: {listed(of_kind)}",
        )


def _kind_of(dataset: Any) -> str | None:
    """Return the kind of data of an entry, or None for an unknown source."""
    use = dataset.get("use") if isinstance(dataset, dict) else None
    return SOURCES[use].kind if isinstance(use, str) and use in SOURCES else None


def _construct(name: str, use: str, entry: dict[str, Any], place: Place, errors: ErrorList) -> None:
    """Construct the problem on a miniature dataset, so that it checks its settings."""
    kind = PROBLEMS[use].dataset
    data = () if kind is None else (miniature(kind),)
    settings = {key: v for key, v in entry.items() if key not in {"use", *PROBLEM_KEYS}}
    for key, value in settings.items():
        counts = [
            n for n in [value, *(value if isinstance(value, list) else ())] if isinstance(n, int)
        ]
        if counts and max(counts) > LARGEST_COUNT:
            largest = f"at most {LARGEST_COUNT:,}. Received: {shown_value(value)}"
            errors.add((*place, key), f"must be {largest}")
            return
    try:
        problem_class(use)(name, *data, **settings, **PROBLEMS[use].fixed)
    except (ValueError, TypeError) as error:
        errors.add(*locate_message(str(error), entry, place))
    except MemoryError:
        errors.add(place, f"{use} of this size does not fit into memory")


def _check_target(cls: Any, use: str, metric: str, place: Place, errors: ErrorList) -> None:
    known = [f"{split}_{m}" for split in cls.splits for m in cls.metrics]
    if metric not in known:
        errors.add(
            (*place, "metric"),
            f"{use} has no metric {shown_value(metric)}.{did_you_mean(metric, known)} "
            f"Known: {listed(known)}",
        )


def _describe_error(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"
