"""Sortable tables of the page: the cells of the typeset tables with their sort keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from descent.analysis.tables.columns import file_name
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import SHOWN, missing

#: Headers of numeric columns, and the columns of the table. Other columns are sorted as text.
NUMBERS = {
    "mean": "mean",
    "95 % interval": "low",
    "unfinished": "unfinished",
    "learning rate": "learning_rate",
    "on target": "target_reached",
    "epochs to target": "median_epochs_to_target",
    "difference": "difference",
    "interval": "low",
    "margin": "margin",
    "seeds": "seeds",
    "on other data": "low_other_data",
    "best": "best",
    "best learning rate": "best_learning_rate",
    "worst finite": "worst",
    "robust decades": "robust_decades",
    "competitive decades": "competitive_decades",
    "unfinished (%)": "divergence_rate",
    "trials": "trials",
    "expected best": "expected_best",
    "rank": "rank",
}
#: Values of the row's metric, of which an accuracy is shown in percent.
_METRIC = (
    "mean",
    "low",
    "low_other_data",
    "difference",
    "margin",
    "best",
    "worst",
    "expected_best",
)
#: What a reader chooses rows by.
CHOICES = ("problem", "track", "optimizer", "verdict", "trials")


@dataclass(frozen=True)
class Cell:
    """The text of a cell, and the number that it is sorted by; None sorts last."""

    text: str
    number: float | None = None


@dataclass(frozen=True)
class Row:
    """The cells of a row by header, and whether it is of an optimizer that may be the best."""

    cells: dict[str, Cell]
    first: bool


@dataclass(frozen=True)
class SortableTable:
    """A table of the page.

    Attributes
    ----------
    name : str
        The table's.
    file : str
        The whole of it, below the study's folder.
    headers : dict of str to bool
        Each header, and whether its column is numeric.
    rows : list of Row
        In the table's order.
    choices : dict of str to list of str
        Columns that rows can be chosen by, and their values.
    """

    name: str
    file: str
    headers: dict[str, bool]
    rows: list[Row]
    choices: dict[str, list[str]]


def sortable_table(tables: StudyTables, name: str) -> SortableTable:
    """Return a table of a study as the page shows it.

    Parameters
    ----------
    tables : StudyTables
        The study's tables.
    name : str
        One of ``SHOWN`` in :mod:`descent.analysis.tables.typeset`.

    Returns
    -------
    SortableTable
        All of its rows.

    Raises
    ------
    FileNotFoundError
        If the table is not there.
    """
    rows = []
    for record in tables.titled(name).to_dict("records"):
        row = {str(column): value for column, value in record.items()}
        cells = {}
        for header, text in SHOWN[name].items():
            cells[header] = Cell(text(row), _number(row, NUMBERS.get(header)))
        rows.append(Row(cells, bool(row.get("contender"))))
    headers = {header: header in NUMBERS for header in SHOWN[name]}
    values = {
        header: list(dict.fromkeys(row.cells[header].text for row in rows))
        for header in CHOICES
        if header in headers
    }
    choices = {header: found for header, found in values.items() if len(found) > 1}
    return SortableTable(name, file_name(name), headers, rows, choices)


def _number(row: Mapping[str, Any], column: str | None) -> float | None:
    """Return the number that a cell shows, on the scale that it is shown on."""
    if column is None or missing(row[column]):
        return None
    percent = column in _METRIC and row["metric"].endswith("accuracy")
    return float(row[column]) * (100 if percent else 1)
