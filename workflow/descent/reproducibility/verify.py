"""Verification that the code reproduces the results of a study.

Run as ``python -m descent.reproducibility.verify results/<study>``.

Four checks, each reported in a paragraph of its own:

1. The files have the SHA-256 in the study's manifest.
2. The tables are those that the records give.
3. Training a sample of the runs again gives the same records: bit for bit on the kind of machine
   that made them, within a tolerance elsewhere. If not bit for bit, the number of stable digits of
   each table is reported.
4. The tables are those of the reference, if there is one.

The exit code is 0 if all checks pass.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from descent.analysis.results import load_results
from descent.analysis.tables.build import build, write
from descent.analysis.tables.study_tables import read_table
from descent.data.dataset import is_as_prepared, load_dataset
from descent.foundation.command_line import command_parser, fails_on
from descent.reproducibility.provenance import FOLDER, manifest, traced_files
from descent.reproducibility.retraining import compare, relative_difference, same_kind, sample
from descent.study.data_in_use import changed_data
from descent.study.plan import Study, load_study
from descent.training.machine import machine

#: Largest relative difference between machines of different kinds.
TOLERANCE = 0.05
#: Tables of a reference.
REFERENCE = ("tables/leaderboard.csv", "tables/tuned.csv")
#: Digits of the numbers in the tables.
ALL_DIGITS = 10


def changed_files(study: Study) -> list[str]:
    """Return the files that differ from the study's manifest, each with the fault.

    Of a dataset the arrays are read too, and the files that it was prepared from.

    Parameters
    ----------
    study : Study
        A study with a manifest.
    """
    path = study.folder / FOLDER / "manifest.json"
    if not path.is_file():
        return [f"{path} does not exist: the files cannot be checked"]
    expected: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["files"]
    present = {p.relative_to(study.folder).as_posix(): p for p in traced_files(study)}
    missing = [name for name in expected if not (study.folder / name).is_file()]
    if missing:
        return [f"{name} is missing" for name in missing]
    found: dict[str, str] = manifest(study)["files"]
    return [
        f"{name} is not the file that was made"
        for name, digest in expected.items()
        if found.get(name) != digest
    ] + [
        *(f"{name} is not in the manifest" for name in present.keys() - expected.keys()),
        *changed_data(study),
        *(
            f"{folder.relative_to(study.folder).as_posix()} holds other arrays than were prepared"
            for folder in sorted(path.parent for path in study.folder.glob("data/*/*/dataset.json"))
            if not is_as_prepared(load_dataset(folder))
        ),
    ]


def changed_tables(study: Study) -> list[str]:
    """Return the tables that differ from those that the records give.

    Parameters
    ----------
    study : Study
        A finished study.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = write(build(load_results(study)), study, Path(folder))
        names = [path.relative_to(folder) for path in made]
        return [
            name.as_posix()
            for name in names
            if not (study.folder / name).is_file()
            or (study.folder / name).read_bytes() != (folder / name).read_bytes()
        ]


def stable_digits(
    before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, str, int]]:
    """Yield for each table its least stable column and the number of its stable digits.

    Parameters
    ----------
    before, after : mapping of str to DataFrame
        The tables from the original records, and from those with the runs that were trained again.

    Yields
    ------
    table, column : str
        Names.
    digits : int
        Significant digits that agree in every row, at most ten; 0 if text or the number of
        rows differs.
    """
    for name, table in before.items():
        other = after[name]
        if table.shape != other.shape:
            yield name, "rows", 0
            continue
        digits = {c: column_digits(table[c], other[c]) for c in table.columns}
        worst = min(digits, key=lambda c: digits[c], default="")
        if worst:
            yield name, worst, digits[worst]


def column_digits(a: pd.Series[Any], b: pd.Series[Any]) -> int:
    """Return the number of significant digits in which two columns agree, at most ten."""
    digits = ALL_DIGITS
    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        if isinstance(x, float) and isinstance(y, float):
            if x != y and not (math.isnan(x) and math.isnan(y)):
                apart = relative_difference(x, y)
                digits = (
                    min(digits, max(0, math.floor(-math.log10(apart)))) if apart < math.inf else 0
                )
        elif x != y:
            return 0
    return digits


def against_reference(study: Study, reference: Path, tolerance: float) -> list[str]:
    """Return the differences between a study's tables and a reference.

    Parameters
    ----------
    study : Study
        A finished study.
    reference : Path
        Folder that :func:`keep_reference` wrote.
    tolerance : float
        Largest relative difference, if the reference is of another kind of machine.
    """
    kept = json.loads((reference / "machine.json").read_text(encoding="utf-8"))
    allowed = 0.0 if same_kind(kept, machine()) else tolerance
    found: list[str] = []
    for name in REFERENCE:
        ours, theirs = (
            read_table(Path(name).stem, file)
            for file in (study.folder / name, reference / Path(name).name)
        )
        if list(ours.columns) != list(theirs.columns) or len(ours) != len(theirs):
            found.append(f"{name} has different rows or columns")
            continue
        for column in ours:
            for row, (x, y) in enumerate(
                zip(ours[column].tolist(), theirs[column].tolist(), strict=True)
            ):
                numbers = isinstance(x, int | float) and isinstance(y, int | float)
                both_missing = numbers and math.isnan(x) and math.isnan(y)
                if not both_missing and (
                    not relative_difference(x, y) <= allowed if numbers else x != y
                ):
                    found.append(f"{name}, row {row + 1}, {column}: {x} instead of {y}")
    return found


def keep_reference(study: Study, reference: Path) -> None:
    """Keep a study's small tables as a reference for later.

    Parameters
    ----------
    study : Study
        A finished study.
    reference : Path
        The folder to write.
    """
    reference.mkdir(parents=True, exist_ok=True)
    for name in REFERENCE:
        shutil.copyfile(study.folder / name, reference / Path(name).name)
    text = json.dumps(machine(), indent=1) + "\n"
    (reference / "machine.json").write_text(text, encoding="utf-8")


def verify(
    study: Study,
    *,
    count: int,
    seed: int,
    tolerance: float = TOLERANCE,
    reference: Path | None = None,
) -> bool:
    """Run the four checks and report them on standard output.

    Parameters
    ----------
    study : Study
        A finished study.
    count : int
        Number of runs to train again.
    seed : int
        Seed of the sample.
    tolerance : float, default 0.05
        Largest relative difference between machines of different kinds.
    reference : Path, optional
        Folder of reference tables.

    Returns
    -------
    bool
        Whether all checks pass.
    """
    files = changed_files(study)
    _report("files", files, "every file matches the manifest")
    tables = changed_tables(study)
    _report("tables", tables, "every table matches the records")
    runs = _verify_runs(study, count, seed, tolerance)
    differences = against_reference(study, reference, tolerance) if reference else []
    if reference:
        _report("reference", differences, f"the tables match {reference}")
    return runs and not (files or tables or differences)


def _verify_runs(study: Study, count: int, seed: int, tolerance: float) -> bool:
    chosen = sample(study, count, seed)
    total = len(set(study.runs()))
    print(f"runs: {len(chosen)} of {total} trained again (seed {seed})")
    comparisons = []
    for run in chosen:
        c = compare(study, run)
        comparisons.append(c)
        kind = "this kind of machine" if c.same_kind else "another kind of machine"
        verdict = "same bytes" if c.same_bytes else f"differs by {c.difference:.2g}, relative"
        if not c.is_within(tolerance):
            verdict = f"NOT THE SAME: {verdict}"
        print(f"  {' '.join(map(str, run))}: {verdict} (made on {kind})")
    if all(c.same_bytes for c in comparisons):
        print("digits: all stable in every table, for this sample")
    else:
        results = load_results(study)
        retrained = replace(
            results, records=results.records | {c.run: c.record for c in comparisons}
        )
        print("digits that are stable, by the least stable column of each table:")
        for table, column, digits in stable_digits(build(results), build(retrained)):
            print(f"  {table}: {digits if digits < ALL_DIGITS else 'all'} ({column})")
    return bool(comparisons) and all(c.is_within(tolerance) for c in comparisons)


def _report(subject: str, faults: Sequence[str], otherwise: str) -> None:
    print(f"{subject}: {'NOT THE SAME' if faults else otherwise}")
    for fault in faults[:20]:
        print(f"  {fault}")
    if len(faults) > 20:
        print(f"  and {len(faults) - 20} more")


@fails_on(FileNotFoundError, ValueError, RuntimeError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the results of a study; exit code 1 if a check fails."""
    parser = command_parser("descent.reproducibility.verify", main.__doc__)
    parser.add_argument("folder", type=Path, help="results/<study>")
    parser.add_argument("--sample", type=int, default=8, help="runs to train again (default: 8)")
    parser.add_argument("--seed", type=int, default=0, help="which runs (default: 0)")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="between machines")
    parser.add_argument("--reference", type=Path, help="folder of reference tables")
    parser.add_argument(
        "--keep-reference", type=Path, metavar="FOLDER", help="write reference tables, and no more"
    )
    given = parser.parse_args(arguments)
    study = load_study(given.folder / "study.json")
    if given.keep_reference:
        keep_reference(study, given.keep_reference)
        return 0
    same = verify(
        study,
        count=given.sample,
        seed=given.seed,
        tolerance=given.tolerance,
        reference=given.reference,
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
