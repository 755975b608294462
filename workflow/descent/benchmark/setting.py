"""The settings of a benchmark: problem, dataset, size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Setting:
    """The settings of a benchmark.

    Attributes
    ----------
    quick : bool, default False
        Whether few rounds are measured.
    problem : mapping
        A problem's settings, with ``use``; empty for a benchmark without a problem.
    dataset : Path
        The folder of its prepared dataset.
    """

    quick: bool = False
    problem: Mapping[str, Any] = field(default_factory=dict)
    dataset: Path = Path()

    @property
    def rounds(self) -> int:
        """Rounds that count."""
        return 3 if self.quick else 7
