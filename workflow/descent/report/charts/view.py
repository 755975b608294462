"""What the page shows in one place: a chart, or the sentence that says why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt


@dataclass(frozen=True)
class View:
    """A chart of one problem, track and measure.

    Attributes
    ----------
    title : str
        What it shows.
    chart : altair.LayerChart or None
        None if there is nothing to draw.
    note : str
        How to read it, or why there is nothing to draw.
    table : str
        The file with its numbers, below the study's folder.
    figure : str or None
        The figure for print that shows the same, below the study's folder and without suffix.
    data : mapping of str to sequence of mapping
        The rows that the chart names.
    """

    title: str
    chart: alt.LayerChart | None
    note: str
    table: str
    figure: str | None = None
    data: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """Return it as the page's script reads it."""
        return {
            "title": self.title,
            "note": self.note,
            "table": self.table,
            "figure": self.figure,
            "spec": None if self.chart is None else self._specification(self.chart),
        }

    def _specification(self, chart: alt.LayerChart) -> dict[str, Any]:
        """Return the chart as Vega-Lite, without what is the same for every chart of the page."""
        spec: dict[str, Any] = chart.to_dict(validate=False)
        del spec["config"], spec["$schema"]
        # not through Altair, which would copy every row again and again
        return spec | {"datasets": self.data}
