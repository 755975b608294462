"""Commands with placeholders, as a config gives them: ``python train.py --seed {seed}``.

The text is split into words once, as a shell would, before any value is put in. No shell runs it,
so a value is one word or part of one, whatever characters it has.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

#: The ``use`` of problems that are commands, and of what they compare.
COMMAND = "command"
#: Placeholders that have a value in every run.
OF_EVERY_RUN = ("optimizer", "learning_rate", "seed", "steps", "output", "folder")
#: Those that hand the study's schedule over.
OF_SCHEDULE = ("schedule", "warmup_fraction", "warmup_steps")


def placeholders(run: str) -> list[str]:
    """Return the names of the placeholders of a command, in their order.

    Raises
    ------
    ValueError
        If a quotation or a brace is not closed, or braces hold anything but a name.
    """
    return [name for word in shlex.split(run) for _, name in _parts(word) if name is not None]


def is_told_the_schedule(entry: Mapping[str, Any]) -> bool:
    """Return whether the study's schedule is handed to what trains a problem.

    Parameters
    ----------
    entry : mapping
        The problem's entry. A command that is not told has a schedule of its own, or none.
    """
    return entry.get("use") != COMMAND or "schedule" in placeholders(entry["run"])


def filled(run: str, values: Mapping[str, Any]) -> list[str]:
    """Return the words of a command with the value of each placeholder.

    Parameters
    ----------
    run : str
        The command; ``{{`` is a brace.
    values : mapping of str to object
        A text, a number or a truth value for each placeholder.
    """
    return [
        "".join(text + ("" if name is None else _spelled(values[name])) for text, name in parts)
        for parts in map(_parts, shlex.split(run))
    ]


def values_of(
    settings: Mapping[str, Any], entry: Mapping[str, Any], *, steps: int, **of_run: Any
) -> dict[str, Any]:
    """Return the values of the placeholders of a run.

    Parameters
    ----------
    settings : mapping of str to object
        The settings of the problem; those of the optimizer go before them.
    entry : mapping of str to object
        The optimizer's entry, with the hyper-parameters of the run; ``schedule`` is the mapping of
        its settings.
    steps : int
        Length of the run.
    **of_run
        Further values of the run, which go before all others.
    """
    schedule = dict(entry.get("schedule") or {})
    name, fraction = schedule.pop("use", "constant"), schedule.get("warmup_fraction", 0)
    warmup_steps = schedule.get("warmup_steps", round(fraction * steps))
    if "warmup_steps" in schedule:
        fraction = warmup_steps / steps
    warm_up = {"warmup_fraction": fraction, "warmup_steps": warmup_steps}
    given = {**settings, **schedule, **entry, **warm_up}
    values = {key: value for key, value in given.items() if isinstance(value, str | int | float)}
    return {**values, "schedule": name, "steps": steps, **of_run}


def with_hyperparameters(entry: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the values of a candidate, of which ``schedule.x`` is the schedule's."""
    inside = {
        key.removeprefix("schedule."): value
        for key, value in settings.items()
        if key.startswith("schedule.")
    }
    own = {key: value for key, value in settings.items() if not key.startswith("schedule.")}
    return {**entry, **own} | ({"schedule": {**entry["schedule"], **inside}} if inside else {})


def _parts(word: str) -> Iterator[tuple[str, str | None]]:
    """Yield the pieces of a word: a text, and the placeholder behind it."""
    for text, name, form, conversion in Formatter().parse(word):
        if name is not None and (not name.isidentifier() or form or conversion):
            raise ValueError(
                f"{{{name}}} is no placeholder, which is a name in braces; a brace itself is "
                "written twice: {{ or }}"
            )
        yield text, name


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
