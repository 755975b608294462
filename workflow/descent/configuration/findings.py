"""What is wrong with a config, in sentences: where, what, the nearest valid name, what came."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any, TypeAlias

#: Keys and indices from the top of the config down to a value.
Place: TypeAlias = tuple[str | int, ...]

#: At most so many problems are listed: a reader mends those and runs again.
LISTED = 10

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxdict, _SHORT.maxlist = 2, 3, 4
_SHORT.maxstring = _SHORT.maxother = 60


class ConfigError(ValueError):
    """A config that cannot be used.

    Parameters
    ----------
    source : str
        The file, or where else it is from.
    problems : sequence of str
        One sentence or two for each thing that is wrong.

    Attributes
    ----------
    problems : list of str
        All of them; the message lists the first ten.
    """

    def __init__(self, source: str, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        first, *others = self.problems
        if not others:
            super().__init__(f"{source}: {first}")
            return
        lines = [f"{source}: {len(self.problems)} problems"]
        lines += [f"- {problem}" for problem in self.problems[:LISTED]]
        if len(self.problems) > LISTED:
            lines.append(f"- and {len(self.problems) - LISTED} more")
        super().__init__("\n".join(lines))


class Findings:
    """A collection of what is wrong, in the order in which it is found.

    Parameters
    ----------
    source : str
        The file, or where else the config is from.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: list[tuple[Place, str]] = []

    def add(self, place: Place, sentence: str) -> None:
        """Note what is wrong at a place; the same twice is noted once."""
        if (place, sentence) not in self._found:
            self._found.append((place, sentence))

    def any_at(self, *place: str | int) -> bool:
        """Return whether anything is wrong at a place, above it or below it."""
        return any(
            found[: len(place)] == place or place[: len(found)] == found for found, _ in self._found
        )

    def raise_if_any(self) -> None:
        """Raise a :class:`ConfigError` with everything that was noted, if something was."""
        if self._found:
            raise ConfigError(
                self.source,
                [f"{spell(place)}: {text}" if place else text for place, text in self._found],
            )


def spell(place: Place) -> str:
    """Return a place as a reader writes it: ``optimizers.adam.learning_rates[2]``."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{shown_name(part)}" if text else shown_name(part)
    return text


def shown_name(name: str) -> str:
    """Return a name as it is, or quoted where a terminal would not show it as it is."""
    return name if name.isprintable() and name and len(name) <= 80 else shown_value(name)


def shown_value(value: Any) -> str:
    """Return a value for a message, on one line and not too long."""
    return _SHORT.repr(value)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean x?`` with the nearest known name, or nothing if none is near."""
    by_lower_case = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(str(name)[:100].lower(), by_lower_case, n=1)
    return f" Did you mean {shown_name(by_lower_case[near[0]])}?" if near else ""


def listed(names: Iterable[str]) -> str:
    """Return names with commas between them, or ``none``."""
    return ", ".join(map(shown_name, names)) or "none"
