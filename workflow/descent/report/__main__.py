"""Write the page: ``python -m descent.report results/<study>/study.json --output FILE``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from descent.analysis.study_tables import StudyTables
from descent.records import write_atomically
from descent.report.page import page


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page of a study; exit code 1 if a table or a figure is missing."""
    parser = argparse.ArgumentParser(prog="python -m descent.report", description=__doc__)
    parser.add_argument("study", type=Path, help="results/<study>/study.json")
    parser.add_argument("--output", type=Path, required=True, help="the HTML file")
    given = parser.parse_args(arguments)
    tables = StudyTables(given.study)
    try:
        text = page(tables, Path(os.path.relpath(tables.folder, given.output.parent)))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    given.output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(given.output, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
