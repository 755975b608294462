"""Tidy tables of a study, the same bytes on every run.

Run as ``python -m descent.analysis.tables.build results/<study>/study.json``. What each column
means is in :mod:`descent.analysis.tables.columns`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from descent.analysis.results import Results, load_results
from descent.analysis.study_warnings import check_results
from descent.analysis.tables import (
    across_problems,
    comparisons,
    display,
    runs,
    speed_up,
    target,
    tuning,
    tuning_gains,
    typeset,
)
from descent.analysis.tables.columns import TABLES, file_name
from descent.analysis.tables.values import Row
from descent.foundation.atomic_files import write_atomically
from descent.foundation.command_line import fails_on, study_parser
from descent.study.origins import note
from descent.study.plan import Study, load_study


def build(results: Results) -> dict[str, pd.DataFrame]:
    """Return all deterministic tables of a study.

    Parameters
    ----------
    results : Results
        What the study found.

    Returns
    -------
    dict of str to DataFrame
        Every table of :mod:`descent.analysis.tables.columns` but ``cost``, with its columns.
    """
    judged = comparisons.judge(results)
    learning_rates = tuning.learning_rates(results)
    rows: dict[str, list[Row]] = {
        "seeds": runs.seeds(results),
        "runs": [runs.run_row(results, run, record) for run, record in results.records.items()],
        "curves": [
            row for run, record in results.records.items() for row in runs.curve(run, record)
        ],
        "learning_curves": list(runs.learning_curves(results)),
        "metric_curves": list(runs.metric_curves(results)),
        "tuned": tuning.tuned(results),
        "leaderboard": comparisons.leaderboard(results, judged),
        "comparisons": comparisons.comparisons(judged),
        "tuning_gains": tuning_gains.tuning_gains(results),
        "resolution": comparisons.resolution(judged),
        "steps_to_target": target.steps_to_target(results),
        "gradients_to_target": target.gradients_to_target(results),
        "horizons": speed_up.horizons(results),
        "speed_up": speed_up.speed_up(results),
        "learning_rates": learning_rates,
        "sensitivity": tuning.sensitivity(results, learning_rates),
        "tuning_budget": tuning.tuning_budget(results),
    }
    rows["across_problems"] = across_problems.across_problems(results, rows["leaderboard"])
    rows["warnings"] = check_results(results, rows)
    return {name: frame(name, rows[name]) for name in TABLES if name in rows}


def frame(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Return rows as the named table, with its columns in their order."""
    columns = list(TABLES[name].columns)
    # Every cell by name: a truth that a row lacks is None here and when it is read, not NaN.
    cells = [[row.get(column) for column in columns] for row in rows]
    table = pd.DataFrame(cells, columns=columns).astype(TABLES[name].text_types)
    # a column of None alone would have no type that Parquet can keep
    empty = [c for c in columns if table[c].dtype == object and table[c].isna().all()]
    return table.astype(dict.fromkeys(empty, "float64"))


def write(tables: Mapping[str, pd.DataFrame], study: Study, folder: Path) -> list[Path]:
    """Write the tables of a study; those for print have display names.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By name.
    study : Study
        The study.
    folder : Path
        Where to write: ``study.folder``, or one to compare with it.

    Returns
    -------
    list of Path
        The files.
    """
    written = []
    for name, table in tables.items():
        path = folder / file_name(name)
        if path.suffix == ".parquet":
            content: bytes = table.to_parquet(index=False, compression="zstd")
        else:
            content = table.to_csv(index=False, float_format="%.10g", lineterminator="\n").encode()
        files = {path: content}
        if TABLES[name].typeset:
            shown = display.typeset_table(name, table, study.problem_titles, study.optimizer_titles)
            files[path.with_suffix(".tex")] = typeset.latex(shown).encode()
            files[path.with_suffix(".md")] = typeset.markdown(shown).encode()
        for file, data in files.items():
            write_atomically(file, data)
        written += list(files)
    return written


@fails_on(FileNotFoundError, ValueError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Write all tables of a study but its costs; exit code 1 if its runs may not be compared."""
    parser = study_parser("descent.analysis.tables.build", __doc__)
    study = load_study(parser.parse_args(arguments).study)
    written = write(build(load_results(study)), study, study.folder)
    note(study.folder, "descent.analysis.tables.build", written, study.files_behind_tables())
    return 0


if __name__ == "__main__":
    sys.exit(main())
