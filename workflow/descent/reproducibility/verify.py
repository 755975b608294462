"""Verification that the code reproduces the results of a study.

Run as ``python -m descent.reproducibility.verify results/<study>``.

Five checks, each reported in a paragraph of its own; nothing is made or changed before:

1. The files are what the plan gives today, as their jobs left them, and have the SHA-256 in the
   study's manifest.
2. The choices and the looks are those that the records give.
3. The tables are those that the records give.
4. Training a sample of the runs again gives the same records: bit for bit on the kind of machine
   that made them, within a tolerance elsewhere. Whatever record is there may be drawn.
5. The tables are those of the reference, if there is one.

The exit code is 0 if all checks pass.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from descent.analysis.look import decide
from descent.analysis.results import load_results
from descent.analysis.tables.build import build, write
from descent.analysis.tables.study_tables import read_table
from descent.data.dataset import is_as_prepared, load_dataset
from descent.data.files import file_sha256
from descent.foundation.command_line import command_parser, fails_on
from descent.reproducibility.provenance import FOLDER
from descent.reproducibility.retraining import compare, relative_difference, same_kind, sample
from descent.study.data_in_use import changed_data
from descent.study.origins import outdated
from descent.study.plan import Study, load_study
from descent.study.tuning import screen_runs
from descent.training.machine import machine

#: Largest relative difference between machines of different kinds.
TOLERANCE = 0.05
#: What is shown of a study, below its folder; of a paper not the templates, which authors change.
SHOWN = (
    *("tables/*", "timing/**/*", "figures/**/*", "*.md", "report/*", "provenance/*"),
    *(f"paper/*.{suffix}" for suffix in ("pdf", "json", "csv")),
)
#: Tables of a reference.
REFERENCE = ("tables/leaderboard.csv", "tables/tuned.csv")


def changed_files(study: Study) -> list[str]:
    """Return the files that are not what the study's plan and its manifest say, with the fault.

    For a dataset, the arrays and the files that it was prepared from are read too.

    Parameters
    ----------
    study : Study
        A study with a manifest.
    """
    path = study.folder / FOLDER / "manifest.json"
    if not path.is_file():
        return [f"{path} does not exist: the files cannot be checked"]
    expected: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["files"]
    if missing := [name for name in expected if not (study.folder / name).is_file()]:
        return [f"{name} is missing" for name in missing]
    shown = (path for pattern in SHOWN for path in study.folder.glob(pattern) if path.is_file())
    others = [path.relative_to(study.folder).as_posix() for path in outdated(study, shown)]
    altered = [n for n, digest in expected.items() if file_sha256(study.folder / n) != digest]
    return [
        *(f"{name} is not the file that was made" for name in altered),
        *(f"{name} is not what the plan gives" for name in others if name not in altered),
        *changed_data(study),
        *(
            f"{folder.relative_to(study.folder).as_posix()} holds other arrays than were prepared"
            for folder in sorted(path.parent for path in study.folder.glob("data/*/*/dataset.json"))
            if not is_as_prepared(load_dataset(folder))
        ),
    ]


def changed_choices(study: Study) -> list[str]:
    """Return the choices and looks that differ from those that the records give.

    Parameters
    ----------
    study : Study
        A finished study.
    """
    given = {
        path: screen_runs(study, path.parts[-3], path.parts[-2], path.stem)
        for path in study.tuned_paths()
    }
    given |= {path: decide(study, path.parts[-2], path.stem) for path in study.look_paths()}
    return [
        path.relative_to(study.folder).as_posix()
        for path, content in given.items()
        if json.loads(path.read_text(encoding="utf-8")) != content
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


def differences(a: pd.Series[Any], b: pd.Series[Any]) -> list[float]:
    """Return the relative difference of each row of two columns; infinite if text differs."""

    def difference(x: Any, y: Any) -> float:
        x, y = (None if pd.isna(value) else value for value in (x, y))
        if isinstance(x, str) or isinstance(y, str):
            return 0.0 if x == y else math.inf
        return relative_difference(x, y)

    return [difference(x, y) for x, y in zip(a.tolist(), b.tolist(), strict=True)]


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
        found += [
            f"{name}, row {row + 1}, {c}: {ours[c].iloc[row]} instead of {theirs[c].iloc[row]}"
            for c in ours
            for row, apart in enumerate(differences(ours[c], theirs[c]))
            if apart > allowed
        ]
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


def _verify_runs(study: Study, count: int, seed: int, tolerance: float) -> bool:
    chosen = sample(study, count, seed)
    total = len(set(study.runs()))
    print(f"runs: {len(chosen)} of {total} trained again (seed {seed})")
    planned = set(study.record_paths(study.runs()))
    if foreign := set(study.folder.glob("runs/*/*/*/*.json")) - planned:
        print(
            f"  {len(foreign)} records are of no run of the plan, and in no table: {min(foreign)}"
        )
    same = True
    for run in chosen:
        c = compare(study, run)
        kind = "this kind of machine" if c.same_kind else "another kind of machine"
        verdict = "same bytes" if c.same_bytes else f"differs by {c.difference:.2g}, relative"
        if not c.is_within(tolerance):
            same, verdict = False, f"NOT THE SAME: {verdict}"
        print(f"  {' '.join(map(str, run))}: {verdict} (made on {kind})")
    return bool(chosen) and same


def _report(subject: str, faults: Sequence[str], otherwise: str) -> bool:
    print(f"{subject}: {'NOT THE SAME' if faults else otherwise}")
    for fault in faults[:20]:
        print(f"  {fault}")
    if len(faults) > 20:
        print(f"  and {len(faults) - 20} more")
    return not faults


@fails_on(FileNotFoundError, ValueError, RuntimeError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the results of a study; exit code 1 if a check fails."""
    parser = command_parser("descent.reproducibility.verify", main.__doc__)
    parser.add_argument("folder", type=Path, help="results/<study>")
    parser.add_argument("--config", type=json.loads, help="the plan that it must be of, as JSON")
    parser.add_argument("--sample", type=int, default=8, help="runs to train again (default: 8)")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the sample of runs (default: 0)"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=TOLERANCE,
        help="largest relative difference between machines of different kinds (default: 0.05)",
    )
    parser.add_argument("--reference", type=Path, help="folder of reference tables")
    parser.add_argument(
        "--keep-reference", type=Path, metavar="FOLDER", help="only write reference tables"
    )
    given = parser.parse_args(arguments)
    study = (
        Study(given.config, given.folder)
        if given.config
        else load_study(given.folder / "study.json")
    )
    if given.keep_reference:
        keep_reference(study, given.keep_reference)
        return 0
    good = _report("files", changed_files(study), "every file is that of the plan and the manifest")
    good &= _report("choices", changed_choices(study), "every choice matches the records")
    good &= _report("tables", changed_tables(study), "every table matches the records")
    good &= _verify_runs(study, given.sample, given.seed, given.tolerance)
    if given.reference:
        reference = against_reference(study, given.reference, given.tolerance)
        good &= _report("reference", reference, f"the tables match {given.reference}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
