"""Write the page: ``python -m descent.report results/<study>/study.json --output FILE``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from descent.analysis.tables.study_tables import StudyTables
from descent.foundation.atomic_files import write_atomically
from descent.foundation.command_line import fails_on, study_parser
from descent.report.page import page
from descent.study.origins import note


@fails_on(FileNotFoundError, ValueError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page of a study; exit code 1 if a table is missing or a chart cannot be drawn."""
    parser = study_parser("descent.report", __doc__)
    parser.add_argument("--output", type=Path, required=True, help="the HTML file")
    given = parser.parse_args(arguments)
    tables = StudyTables(given.study)
    text = page(tables, Path(os.path.relpath(tables.folder, given.output.parent)))
    write_atomically(given.output, text.encode())
    note(tables.folder, "descent.report.page", [given.output])
    return 0


if __name__ == "__main__":
    sys.exit(main())
