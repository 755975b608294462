"""Verification that the code reproduces the results of a study.

Run as ``python -m descent.reproducibility.verify results/<study>``.

Four checks, each reported in a paragraph of its own; nothing is made or changed before:

1. The files are what the plan gives today, as their jobs left them.
2. The choices and the looks are those that the records give.
3. The tables are those that the records give.
4. Training a sample of the runs again gives the same records: bit for bit on the kind of machine
   that made them, within a tolerance elsewhere. Whatever record is there may be drawn.

The exit code is 0 if all checks pass.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from descent.analysis.look import decide
from descent.analysis.results import load_results
from descent.analysis.tables.build import build, write
from descent.data.dataset import is_as_prepared, load_dataset
from descent.foundation.command_line import command_parser, fails_on
from descent.reproducibility.retraining import compare, sample
from descent.study.origins import outdated
from descent.study.plan import Study, load_study
from descent.study.tuning import screen_runs

#: Largest relative difference between machines of different kinds.
TOLERANCE = 0.05
#: What is shown of a study, below its folder; of a paper not the templates, which authors change.
SHOWN = (
    *("tables/*", "timing/**/*", "figures/**/*", "*.md", "report/*", "provenance/*"),
    *(f"paper/*.{suffix}" for suffix in ("pdf", "json", "csv")),
)


def changed_files(study: Study) -> list[str]:
    """Return the files that are not what the study's plan gives or not as they were made.

    Of a dataset, the arrays and the files that it was prepared from are read too.

    Parameters
    ----------
    study : Study
        The plan.
    """
    shown = (path for pattern in SHOWN for path in study.folder.glob(pattern) if path.is_file())
    prepared = sorted(path.parent for path in study.folder.glob("data/*/*/dataset.json"))
    faults = {
        "is missing": [path for path in study.files_behind_tables() if not path.is_file()],
        "is not what the plan gives": outdated(study, shown),
        "holds other arrays than were prepared": [
            folder for folder in prepared if not is_as_prepared(load_dataset(folder))
        ],
    }
    return [
        f"{path.relative_to(study.folder).as_posix()} {fault}"
        for fault, paths in faults.items()
        for path in paths
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


def _verify_runs(study: Study, count: int, seed: int) -> bool:
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
        if not c.is_within(TOLERANCE):
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
    given = parser.parse_args(arguments)
    study = (
        Study(given.config, given.folder)
        if given.config
        else load_study(given.folder / "study.json")
    )
    good = _report("files", changed_files(study), "every file is what the plan gives")
    good &= _report("choices", changed_choices(study), "every choice matches the records")
    good &= _report("tables", changed_tables(study), "every table matches the records")
    good &= _verify_runs(study, given.sample, given.seed)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
