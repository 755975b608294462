"""Schedules from a config entry: a built-in one or a class of the user's own, and its warm-up."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from descent.foundation.class_loading import load_class
from descent.foundation.suggestions import nearest
from descent.optimizers.schedules import SCHEDULES, LinearWarmup, Schedule

_WARMUP = {
    "warmup_steps": "steps",
    "warmup_fraction": "fraction",
    "warmup_start_factor": "start_factor",
}


def schedule_class(use: object, folder: Path) -> type[Schedule]:
    """Return the class that the key ``use`` of a schedule names.

    Parameters
    ----------
    use : str
        As for :func:`load_schedule`.
    folder : Path
        What the path of a file is relative to.

    Raises
    ------
    ValueError
        If there is no such schedule, or the class is not one.
    """
    if use in SCHEDULES:
        return SCHEDULES[str(use)]
    if not isinstance(use, str) or ":" not in use:
        raise ValueError(f"no schedule {use!r}. {nearest(str(use), SCHEDULES)}")
    cls: Any = load_class(use, folder)
    is_one = issubclass(cls, Schedule) and dataclasses.is_dataclass(cls)
    if not is_one:
        raise ValueError(
            f"{use} must be a dataclass derived from descent.optimizers.schedules.Schedule. "
            f"Received: {cls!r}"
        )
    return cls  # type: ignore[no-any-return]


def load_schedule(mapping: Mapping[str, Any], folder: Path) -> Schedule:
    """Return the schedule that a config entry describes.

    Parameters
    ----------
    mapping : mapping
        ``use`` (a key of ``SCHEDULES``, or a class of the user's own, ``folder/file.py:Class`` or
        ``package.module:Class``), the schedule's own parameters and, for a linear warm-up before
        it, ``warmup_steps`` or ``warmup_fraction``, and ``warmup_start_factor``.
    folder : Path
        What the path of a file is relative to.

    Returns
    -------
    Schedule
        The schedule.

    Raises
    ------
    TypeError, ValueError
        If a key is unknown (the message has the nearest valid one), missing, or its value wrong.

    Examples
    --------
    >>> load_schedule({"use": "cosine", "total_steps": 1000}, Path())
    CosineDecay(total_steps=1000, floor=0.0)
    >>> load_schedule({"use": "step", "stepsize": 10}, Path())
    Traceback (most recent call last):
        ...
    ValueError: schedule step has no key 'stepsize'. Did you mean 'step_size'? \
Valid: use, step_size, gamma, warmup_steps, warmup_fraction, warmup_start_factor
    """
    if not isinstance(mapping, Mapping) or "use" not in mapping:
        raise ValueError(
            f"a schedule must be a mapping with the key 'use', one of {', '.join(SCHEDULES)}. "
            f"Received: {mapping!r}"
        )
    name = mapping["use"]
    cls = schedule_class(name, folder)
    own = {
        f.name: f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        for f in dataclasses.fields(cls)
    }
    for key in mapping:
        if key not in {"use", *own, *_WARMUP}:
            valid = nearest(str(key), ["use", *own, *_WARMUP])
            raise ValueError(f"schedule {name} has no key {key!r}. {valid}")
    if missing := [key for key, required in own.items() if required and key not in mapping]:
        raise ValueError(f"schedule {name} needs {', '.join(missing)}. Received: {dict(mapping)}")
    schedule = cls(**{key: mapping[key] for key in own if key in mapping})
    warmup = {_WARMUP[key]: mapping[key] for key in _WARMUP if key in mapping}
    if not warmup:
        return schedule
    if not warmup.keys() & {"steps", "fraction"}:
        raise ValueError("warmup_start_factor needs warmup_steps or warmup_fraction beside it")
    return LinearWarmup(**warmup, after=schedule)
