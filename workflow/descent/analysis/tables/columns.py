"""Every table of a study and every column of it: name, unit, meaning, read from ``columns.yaml``.

``docs/tables.md`` is made from there:
``python -m descent.analysis.tables.columns --output docs/tables.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml

from descent.foundation.command_line import command_parser

DECLARED = Path(__file__).with_name("columns.yaml")


class Column(NamedTuple):
    """Unit and meaning of a column."""

    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes
    ----------
    row : str
        What a row is.
    columns : dict of str to Column
        By name.
    suffix, folder : str
        Of the file, below the study's folder.
    typeset : bool
        Whether it is written as LaTeX and Markdown too.
    """

    row: str
    columns: dict[str, Column]
    suffix: str = "csv"
    folder: str = "tables"
    typeset: bool = False

    @property
    def text_types(self) -> dict[str, str]:
        """The type that pandas gives the columns of text."""
        return {name: "str" for name, column in self.columns.items() if column.unit == "text"}


def _declared() -> dict[str, Table]:
    # The loader in C takes a quarter of the time, at the start of many jobs.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(DECLARED.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    del content["shared"]
    for entry in content.values():
        entry["columns"] = {name: Column(*column) for name, column in entry["columns"].items()}
    return {name: Table(**entry) for name, entry in content.items()}


TABLES = _declared()


def file_name(table: str) -> str:
    """Return a table's place below the study's folder: ``tables/leaderboard.csv``."""
    return f"{TABLES[table].folder}/{table}.{TABLES[table].suffix}"


def files(folder: str = "tables") -> list[str]:
    """Return every file that the tables of one folder are written to.

    Parameters
    ----------
    folder : {"tables", "timing"}
        ``tables`` are the same bytes on every run; ``timing`` are not.
    """
    return [
        f"{folder}/{name}.{suffix}"
        for name, table in TABLES.items()
        if table.folder == folder
        for suffix in (table.suffix, *(("tex", "md") if table.typeset else ()))
    ]


def markdown() -> str:
    """Return the text of ``docs/tables.md``."""
    lines = [
        "# Tables of a study",
        "",
        "This page is written from `workflow/descent/analysis/tables/columns.yaml` by",
        "`python -m descent.analysis.tables.columns --output docs/tables.md`.",
        "",
        "All tables are below `results/<study>/`. Tables in `tables/` have the same bytes on every",
        "run; tables in `timing/` depend on the speed of the machine. An empty cell means that the",
        "value does not exist. Accuracies are fractions. Tables marked *typeset* are also written",
        "as LaTeX (for `booktabs`) and Markdown, with the columns for a paper.",
    ]
    for table_name, table in TABLES.items():
        also = " (*typeset*)" if table.typeset else ""
        lines += [
            "",
            f"## `{file_name(table_name)}`{also}",
            "",
            f"One row: {table.row[0].lower()}{table.row[1:]}",
            "",
        ]
        lines += ["| column | unit | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | {c.unit} | {c.meaning} |" for name, c in table.columns.items()]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write ``docs/tables.md``."""
    parser = command_parser("descent.analysis.tables.columns", __doc__)
    parser.add_argument("--output", type=Path, required=True, help="the Markdown file")
    parser.parse_args(arguments).output.write_text(markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
