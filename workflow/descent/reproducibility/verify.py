"""Whether the results of a study are what its code makes.

Run as ``python -m descent.reproducibility.verify results/<study>``.

Four questions, each answered by its own paragraph:

1. Are the files what the study's manifest says?
2. Are the tables what the records make?
3. Does training again give the same records? For a sample of the runs, bit for bit on the kind of
   machine that made them, within a tolerance elsewhere; and if not bit for bit, how many digits of
   each table that leaves.
4. Are the tables those of the reference, if there is one?

The exit code is 0 if all answers are yes.
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
from descent.reproducibility.retraining import compare, kind_of_machine, relative_difference, sample
from descent.study.data_in_use import changed_data
from descent.study.plan import Study, load_study
from descent.training.machine import machine

#: Largest relative difference that another kind of machine may make.
TOLERANCE = 0.05
#: Tables that a reference keeps.
REFERENCE = ("tables/leaderboard.csv", "tables/tuned.csv")
#: Numbers are written with so many digits.
ALL_DIGITS = 10


def changed_files(study: Study) -> list[str]:
    """Return the files that are not what the study's manifest says, each with what is wrong.

    Of a dataset the arrays are read too, and the files that it was prepared from.

    Parameters
    ----------
    study : Study
        A study with a manifest.
    """
    path = study.folder / FOLDER / "manifest.json"
    if not path.is_file():
        return [f"{path} does not exist: nothing can be said of the files"]
    said: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["files"]
    there = {p.relative_to(study.folder).as_posix(): p for p in traced_files(study)}
    missing = [name for name in said if not (study.folder / name).is_file()]
    if missing:
        return [f"{name} is gone" for name in missing]
    found: dict[str, str] = manifest(study)["files"]
    return [
        f"{name} is not the file that was made" for name in said if found.get(name) != said[name]
    ] + [
        *(f"{name} is not in the manifest" for name in there.keys() - said.keys()),
        *changed_data(study),
        *(
            f"{folder.relative_to(study.folder).as_posix()} holds other arrays than were prepared"
            for folder in sorted(path.parent for path in study.folder.glob("data/*/*/dataset.json"))
            if not is_as_prepared(load_dataset(folder))
        ),
    ]


def changed_tables(study: Study) -> list[str]:
    """Return the tables that are not what the records make.

    Parameters
    ----------
    study : Study
        A finished study.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = write(build(load_results(study)), Path(folder))
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
    """Yield for each table its least stable column and how many digits of it are stable.

    Parameters
    ----------
    before, after : mapping of str to DataFrame
        The tables from the records as they are, and with runs trained again in their place.

    Yields
    ------
    table, column : str
        Names.
    digits : int
        Significant digits that agree in every row, at most ten; 0 if an entry that is no number
        differs, or the rows do.
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
    """Return in how many significant digits two columns agree, at most ten."""
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
    """Return where a study's tables are not those of a reference.

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
    allowed = 0.0 if kind_of_machine(kept) == kind_of_machine(machine()) else tolerance
    found: list[str] = []
    for name in REFERENCE:
        ours, theirs = (
            read_table(Path(name).stem, file)
            for file in (study.folder / name, reference / Path(name).name)
        )
        if list(ours.columns) != list(theirs.columns) or len(ours) != len(theirs):
            found.append(f"{name} has other rows or columns")
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
    """Answer the four questions on standard output.

    Parameters
    ----------
    study : Study
        A finished study.
    count : int
        How many runs to train again.
    seed : int
        Which.
    tolerance : float, default 0.05
        Largest relative difference between machines of two kinds.
    reference : Path, optional
        Folder of reference tables.

    Returns
    -------
    bool
        Whether all answers are yes.
    """
    files = changed_files(study)
    _say("files", files, "every file is what the manifest says")
    tables = changed_tables(study)
    _say("tables", tables, "every table is what the records make")
    runs = _verify_runs(study, count, seed, tolerance)
    differences = against_reference(study, reference, tolerance) if reference else []
    if reference:
        _say("reference", differences, f"the tables are those in {reference}")
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
        if not c.holds(tolerance):
            verdict = f"NOT THE SAME: {verdict}"
        print(f"  {' '.join(map(str, run))}: {verdict} (made on {kind})")
    if all(c.same_bytes for c in comparisons):
        print("digits: all of them are stable in every table, as far as this sample tells")
    else:
        results = load_results(study)
        anew = replace(results, records=results.records | {c.run: c.record for c in comparisons})
        print("digits that are stable, by the least stable column of each table:")
        for table, column, digits in stable_digits(build(results), build(anew)):
            print(f"  {table}: {digits if digits < ALL_DIGITS else 'all'} ({column})")
    return bool(comparisons) and all(c.holds(tolerance) for c in comparisons)


def _say(subject: str, faults: Sequence[str], otherwise: str) -> None:
    print(f"{subject}: {'NOT THE SAME' if faults else otherwise}")
    for fault in faults[:20]:
        print(f"  {fault}")
    if len(faults) > 20:
        print(f"  and {len(faults) - 20} more")


@fails_on(FileNotFoundError, ValueError, RuntimeError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the results of a study; return 1 if they are not what its code makes."""
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
