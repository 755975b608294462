"""The supplement of a paper: times, memory and machines, which differ from run to run.

``python -m descent.paper.times results/<study>/study.json`` writes ``times.pdf`` and ``times.json``
into ``results/<study>/paper``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from descent.analysis.tables.display import Align, ShownTable, of_texts
from descent.analysis.tables.formatting import number
from descent.analysis.tables.study_tables import StudyTables
from descent.figures.style import COLUMN_WIDTH, PAGE_WIDTH
from descent.foundation.command_line import fails_on, study_parser
from descent.paper.cells import table
from descent.paper.document import described
from descent.paper.figures import OF_TIMES, figures
from descent.paper.typesetting import FOLDER, typeset
from descent.reproducibility import provenance

#: What the table of machines shows, in this order.
_MACHINE = ("runs", "processor", "cores", "system", "python", "numpy", "scipy", "blas")
_SECONDS_IN_AN_HOUR = 3600


def times(tables: StudyTables) -> dict[str, Any]:
    """Return everything that the template of the supplement reads.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study, those of ``timing`` included.

    Returns
    -------
    dict
        Texts, tables, names of files; JSON can hold it.

    Raises
    ------
    FileNotFoundError
        If the study has no provenance.
    """
    cost = tables["cost"]
    training, evaluation = (
        float(cost[f"{part}_seconds"].sum()) for part in ("training", "evaluation")
    )
    starting = float((cost["startup_seconds"] * cost["runs"]).sum())
    machines = json.loads(
        provenance.file_of(tables.path, "machines.json").read_text(encoding="utf-8")
    )
    kinds = [[str(kind[name]) for name in _MACHINE] for kind in machines["runs"]]
    commit = machines["commit"]
    return {
        "study": tables.config["study"],
        "widths": {"column": COLUMN_WIDTH, "text": PAGE_WIDTH},
        "runs": f"{int(cost['runs'].sum()):,}",
        "hours": _hours(training + evaluation + starting),
        "training": _hours(training),
        "evaluation": _hours(evaluation),
        "steps": table(_by_problem(tables, "milliseconds_per_step", number), tables.optimizers),
        "shares": table(_shares(tables), tables.optimizers),
        "figures": [described(tables, figure) for figure in figures(tables.config, OF_TIMES)],
        "machines": table(of_texts(_MACHINE, kinds), ()),
        "commit": commit and commit.rstrip("+"),
        "changed": bool(commit) and commit.endswith("+"),
    }


def _hours(seconds: float) -> str:
    return f"{seconds / _SECONDS_IN_AN_HOUR:.2f}"


def _shares(tables: StudyTables) -> ShownTable:
    """Return the share of the update on each problem, and the memory of the largest run."""
    memory = tables["cost"].groupby("optimizer")["peak_memory_megabytes"].max()
    return _by_problem(
        tables,
        "optimizer_share",
        lambda share: number(100 * share, ".0f"),
        {"memory": [number(memory[name], ".0f") for name in tables.optimizers]},
    )


def _by_problem(
    tables: StudyTables,
    column: str,
    shown: Callable[[Any], str],
    more: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> ShownTable:
    """Return a column of ``cost``: rows of optimizers, columns of problems and more."""
    values = tables["cost"].set_index(["problem", "optimizer"])[column]
    by_column = {
        title: [shown(values[problem, name]) for name in tables.optimizers]
        for problem, title in tables.problem_titles.items()
    } | dict(more)
    columns: dict[str, Align] = {"optimizer": "left", **dict.fromkeys(by_column, "point")}
    rows = zip(tables.optimizer_titles.values(), *by_column.values(), strict=True)
    return of_texts(columns, rows, optimizers=tables.optimizers, sources=("cost",))


@fails_on(FileNotFoundError, ValueError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the supplement of a study; exit code 1 if a table or a figure is missing."""
    tables = StudyTables(study_parser("descent.paper.times", __doc__).parse_args(arguments).study)
    typeset("times", times(tables), tables.folder / FOLDER, root=tables.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
