"""Errors in a config, each with its place, the nearest valid name and the received value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from descent.foundation.suggestions import shown_name

#: Keys and indices from the top of the config down to a value.
Place: TypeAlias = tuple[str | int, ...]

#: Largest number of errors in a message.
LISTED = 10


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


class ErrorList:
    """The errors of a config, in the order in which they are found.

    Parameters
    ----------
    source : str
        The file, or where else the config is from.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: list[tuple[Place, str]] = []

    def add(self, place: Place, sentence: str) -> None:
        """Add an error at a place; the same error is added once."""
        if (place, sentence) not in self._found:
            self._found.append((place, sentence))

    def any_at(self, *place: str | int) -> bool:
        """Return whether there is an error at a place, above it or below it."""
        return any(
            found[: len(place)] == place or place[: len(found)] == found for found, _ in self._found
        )

    def raise_if_any(self) -> None:
        """Raise a :class:`ConfigError` with all errors, if there are any."""
        if self._found:
            raise ConfigError(
                self.source,
                [
                    f"{format_place(place)}: {text}" if place else text
                    for place, text in self._found
                ],
            )


def format_place(place: Place) -> str:
    """Return a place in the notation of a message: ``optimizers.adam.learning_rates[2]``."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{shown_name(part)}" if text else shown_name(part)
    return text
