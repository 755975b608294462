"""Typeset the paper: ``python -m descent.paper results/<study>/study.json --configfile FILE``.

It writes ``paper.pdf``, ``paper.json`` (every number of it), the templates and ``claims.csv`` into
``results/<study>/paper``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from descent.analysis.claims.table import as_csv, assess_all
from descent.analysis.tables.study_tables import StudyTables
from descent.foundation.atomic_files import write_atomically
from descent.foundation.command_line import fails_on, study_parser
from descent.paper.document import document
from descent.paper.typesetting import FILES, FOLDER, typeset
from descent.study.origins import note


@fails_on(FileNotFoundError, ValueError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the paper of a study; exit code 1 if a table or a figure is missing."""
    parser = study_parser("descent.paper", __doc__)
    parser.add_argument(
        "--configfile",
        nargs="+",
        metavar="FILE",
        help="config files of the study, as the paper names them "
        "(default: its provenance/config.json)",
    )
    given = parser.parse_args(arguments)
    tables = StudyTables(given.study)
    named = given.configfile or [f"results/{tables.config['study']}/provenance/config.json"]
    folder = tables.folder / FOLDER
    write_atomically(folder / "claims.csv", as_csv(assess_all(tables)).encode())
    typeset(document(tables, named), folder, root=tables.folder)
    code = ["descent.paper.__main__", "descent.analysis.claims.assess"]
    note(tables.folder, code, [folder / file for file in FILES])
    return 0


if __name__ == "__main__":
    sys.exit(main())
