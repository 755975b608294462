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


@dataclass(frozen=True)
class Cell:
    """The text of a cell, and the number that it is sorted by; None sorts last."""

    text: str
    number: float | None = None


@dataclass(frozen=True)
class Row:
    """A row of a table of the page.

    Attributes
    ----------
    cells : dict of str to Cell
        By header.
    keys : dict of str to str
        The names of its problem and track, by which the page chooses rows.
    optimizers : list of str
        The names of its optimizers, by which the page highlights rows.
    """

    cells: dict[str, Cell]
    keys: dict[str, str]
    optimizers: list[str]


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
    """

    name: str
    file: str
    headers: dict[str, bool]
    rows: list[Row]


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
    titled = tables.titled(name).to_dict("records")
    for record, named in zip(titled, tables[name].to_dict("records"), strict=True):
        row = {str(column): value for column, value in record.items()}
        cells = {}
        for header, text in SHOWN[name].items():
            cells[header] = Cell(text(row), _number(row, NUMBERS.get(header)))
        keys: dict[str, str] = {
            key: str(named[key]) for key in ("problem", "track") if key in named
        }
        optimizers = [str(named[key]) for key in ("optimizer", "rival") if key in named]
        rows.append(Row(cells, keys, optimizers))
    headers = {header: header in NUMBERS for header in SHOWN[name]}
    return SortableTable(name, file_name(name), headers, rows)


def _number(row: Mapping[str, Any], column: str | None) -> float | None:
    """Return the number that a cell shows, on the scale that it is shown on."""
    if column is None or missing(row[column]):
        return None
    percent = column in _METRIC and row["metric"].endswith("accuracy")
    return float(row[column]) * (100 if percent else 1)
