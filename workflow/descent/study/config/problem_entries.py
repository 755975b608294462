"""Checks of the entries of ``problems`` against their classes and datasets."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.characters import ALPHABET
from descent.data.dataset import Dataset
from descent.data.labelled_vectors import PARTS, dense_dataset
from descent.data.sources import SOURCES
from descent.foundation.command_template import COMMAND
from descent.foundation.signatures import parameter_types
from descent.foundation.suggestions import listed, nearest, shown_value
from descent.problems.base import Problem
from descent.problems.built_in import PROBLEMS
from descent.problems.loading import check_settings, entry_of, make_problem, problem_class
from descent.study.config.errors import ErrorList, Place
from descent.study.config.settings import convert_settings, locate_message
from descent.study.plan import PROBLEM_KEYS

#: Largest count of examples, units, starts or steps in a setting.
LARGEST_COUNT = 10**6
#: Largest length of a run in characters.
LARGEST_LENGTH = 10**12


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
        if errors.any_at(*place) or entry["use"] == COMMAND:
            continue
        if "epochs" not in entry:
            errors.add((*place, "epochs"), "missing")
            continue
        try:
            cls, kind = problem_class(entry["use"]), entry_of(entry["use"]).dataset
        except Exception as error:  # noqa: BLE001 - a user's class may raise any error
            errors.add((*place, "use"), _describe_error(error))
            continue
        if not (inspect.isclass(cls) and issubclass(cls, Problem)):
            errors.add((*place, "use"), f"{entry['use']} is not a descent.problems.Problem")
            continue
        _check_dataset(entry, kind, config["datasets"], place, errors)
        settings = {key: value for key, value in entry.items() if key not in PROBLEM_KEYS}
        settings = convert_settings(settings, parameter_types(cls), place, errors)
        entry.update(settings)
        if not errors.any_at(*place):
            _check_settings(name, cls, settings, place, errors)
        if "target" in entry:
            _check_target(cls, entry["use"], entry["target"]["metric"], (*place, "target"), errors)


def _check_dataset(
    entry: dict[str, Any],
    kind: str | None,
    datasets: dict[str, Any],
    place: Place,
    errors: ErrorList,
) -> None:
    use, name, place = entry["use"], entry.get("dataset"), (*place, "dataset")
    if kind is None:
        if name is not None:
            errors.add(place, f"{use} needs no data. Received: {name}")
        return
    kinds = {other: _kind_of(dataset) for other, dataset in datasets.items()}
    of_kind = [other for other, its in kinds.items() if its in {kind, None}]
    if name is None:
        missing = f"missing: {use} learns from {kind} data"
        errors.add(place, f"{missing}. Datasets of that kind: {listed(of_kind)}")
    elif name not in datasets:
        errors.add(place, f"there is no dataset {name!r}. {nearest(name, datasets)}")
    elif name not in of_kind:
        wrong = f"{use} learns from {kind} data, and {name} is {kinds[name]}"
        if (kinds[name], kind) == ("reviews", "characters"):
            wrong += ", which `unit: character` changes"
        errors.add(place, f"{wrong}. Datasets of that kind: {listed(of_kind)}")


def _kind_of(dataset: Any) -> str | None:
    """Return the kind of data of an entry, or None for an unknown source."""
    use = dataset.get("use") if isinstance(dataset, dict) else None
    return SOURCES[use].kind_of(dataset) if isinstance(use, str) and use in SOURCES else None


def _check_settings(
    name: str, cls: Any, settings: dict[str, Any], place: Place, errors: ErrorList
) -> None:
    """Check the names of settings, and their values by making a built-in problem on tiny data."""
    use = settings["use"]
    for key, value in settings.items():
        counts = [n for n in (value if isinstance(value, list) else [value]) if isinstance(n, int)]
        most = LARGEST_LENGTH if key == "tokens" else LARGEST_COUNT
        if counts and max(counts) > most:
            largest = f"must be at most {most:,}. Received: {shown_value(value)}"
            errors.add((*place, key), largest)
            return
    try:
        if use in PROBLEMS:
            fixed, kind = PROBLEMS[use].fixed, PROBLEMS[use].dataset
        else:
            fixed, kind = {}, None
        given = {key: value for key, value in settings.items() if key != "use"}
        check_settings(use, cls, given, {**fixed, "optimum": None})  # the workflow computes it
        if use in PROBLEMS:
            make_problem(name, settings, None if kind is None else _TINY[kind]())
    except (ValueError, TypeError) as error:
        errors.add(*locate_message(str(error), settings, place))
    except MemoryError:
        errors.add(place, f"{use} of this size does not fit into memory")


def _tiny_vectors() -> Dataset:
    """Return two vectors of two classes in every part."""
    parts = {part: (np.eye(2), np.arange(2)) for part in PARTS}
    return dense_dataset(parts, classes=2, standardize="none", about={})


def _tiny_reviews() -> Dataset:
    """Return two reviews of one sentence of one word each, both in every part."""
    rows: dict[str, NDArray[Any]] = {
        "data": np.ones(2, dtype=np.float32),
        "indices": np.arange(2, dtype=np.int32),
        "indptr": np.arange(3, dtype=np.int32),
    }
    arrays = {f"{name}_{part}": a for name in ("sentence", "bag") for part, a in rows.items()}
    arrays |= {f"{part}_reviews": np.arange(2, dtype=np.int32) for part in PARTS}
    arrays |= {
        "review_offsets": np.arange(3, dtype=np.int32),
        "labels": np.arange(2, dtype=np.uint8),
        "vocabulary": np.array(["bad", "good"]),
    }
    about = {"kind": "reviews", "classes": 2, "vocabulary_size": 2, "fold": 0}
    return Dataset(arrays, about, "tiny")


def _tiny_characters() -> Dataset:
    """Return texts of one character, longer than any context and without any memory."""
    text = np.broadcast_to(np.uint8(1), 2 * LARGEST_COUNT)
    about = {"kind": "characters", "alphabet": ALPHABET}
    return Dataset({f"{part}_characters": text for part in PARTS}, about, "tiny")


#: Data by their kind on which settings are checked before any data are there.
_TINY = {"dense": _tiny_vectors, "reviews": _tiny_reviews, "characters": _tiny_characters}


def _check_target(cls: Any, use: str, metric: str, place: Place, errors: ErrorList) -> None:
    known = [f"{split}_{m}" for split in cls.splits for m in cls.metrics]
    if metric not in known:
        hint = nearest(metric, known)
        errors.add((*place, "metric"), f"{use} has no metric {shown_value(metric)}. {hint}")


def _describe_error(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"
