"""The references of a paper: those of its optimizers, from their docstrings, and of its methods."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from descent.analysis.claims.claim import REFERENCES
from descent.optimizers.built_in import OPTIMIZERS


def of_rule(use: str) -> str | None:
    """Return the references of a built-in rule, as its docstring has them; None of any other.

    Parameters
    ----------
    use : str
        As in a config: ``rmsprop``.
    """
    if use not in OPTIMIZERS:
        return None
    described = inspect.cleandoc(OPTIMIZERS[use].__doc__ or "")
    _, found, text = described.partition("\nReferences\n----------\n")
    # The next section, if there is one, begins with a title that is underlined.
    lines = text.partition("\n\n")[0].split() if found else []
    return " ".join(lines) or None


class References:
    """A numbered list of references, in the order in which they were first asked for."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> str:
        """Return the number of a reference in brackets: ``[3]``."""
        return f"[{self._numbers.setdefault(text, len(self._numbers) + 1)}]"

    def work(self, key: str) -> str:
        """Return the number of a work of :data:`~descent.analysis.claims.claim.REFERENCES`."""
        return self.number(REFERENCES[key].text)

    def works(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the numbers of works by their keys."""
        return {key: self.work(key) for key in keys}

    def rule(self, use: str) -> str:
        """Return the number of a rule's reference; a dash if it is not built in."""
        text = of_rule(use)
        return self.number(text) if text else "-"

    def listed(self) -> list[str]:
        """Return the references, the first with the number one."""
        return list(self._numbers)
