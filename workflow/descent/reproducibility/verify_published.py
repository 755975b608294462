"""Verification of a published study: files that are here, compared with the published digests.

Run as ``python -m descent.reproducibility.verify_published results/<study>/study.json`` with
``--published FOLDER``. It reads the manifest of the publication and compares every file of it that
is here, so that a sample of the runs can be checked before, or instead of, all of them.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from descent.data.files import file_sha256
from descent.foundation.command_line import fails_on, study_parser
from descent.reproducibility.provenance import FOLDER
from descent.reproducibility.retraining import KIND, NOT_USED
from descent.training.machine import machine

#: Files of a publication's provenance.
MANIFEST = f"{FOLDER}/manifest.json"
MACHINES = f"{FOLDER}/machines.json"


class Compared(NamedTuple):
    """The files of a publication that are here: those with the published bytes, and the others."""

    same: list[str]
    different: list[str]


def sample_of_records(published: Path, count: int, seed: int) -> list[str]:
    """Return some records of a published study, below the study's folder.

    Parameters
    ----------
    published : Path
        The folder of the publication.
    count : int
        Number of records; all if there are fewer.
    seed : int
        Seed of the sample.
    """
    records = [file for file in sorted(_manifest(published)["files"]) if file.startswith("runs/")]
    return sorted(random.Random(seed).sample(records, min(count, len(records))))


def compare(folder: Path, published: Path) -> Compared:
    """Compare the files of a study that are here with the digests that were published.

    Parameters
    ----------
    folder : Path
        The study's folder.
    published : Path
        The folder of the publication.
    """
    there = {
        file: digest
        for file, digest in _manifest(published)["files"].items()
        if (folder / file).is_file()
    }
    same = [file for file, digest in there.items() if file_sha256(folder / file) == digest]
    return Compared(same, sorted(set(there) - set(same)))


def made_on_this_kind_of_machine(published: Path) -> bool:
    """Return whether every run of a publication was made on a machine of this kind.

    This process is not one of its runs: its number of BLAS threads may be another, and some runs
    have not used SciPy.
    """
    content = json.loads((published / MACHINES).read_text(encoding="utf-8"))
    here = _facts({**machine(), "scipy": version("scipy")})
    return all(_facts(kind) <= here for kind in content["runs"])


def _facts(kind: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return the facts that decide the bytes of a run, except the number of threads."""
    known = {name: kind.get(name, "unknown") for name in KIND}
    known["blas"] = known["blas"].partition(" threads=")[0]
    return {(name, value) for name, value in known.items() if value != NOT_USED}


def _manifest(published: Path) -> dict[str, Any]:
    path = published / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: the folder holds no published study")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


@fails_on(FileNotFoundError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Print what differs; exit code 1 if a file does on a machine of the same kind."""
    parser = study_parser("descent.reproducibility.verify_published", __doc__)
    parser.add_argument(
        "--published",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="folder of the published study",
    )
    given = parser.parse_args(arguments)
    compared = compare(given.study.parent, given.published)
    records = sum(file.startswith("runs/") for file in compared.same)
    print(
        f"{len(compared.same)} files here, {records} of them records of runs, have the bytes that "
        "were published."
    )
    for file in compared.different:
        print(f"{file} has other bytes")
    if compared.different and not made_on_this_kind_of_machine(given.published):
        print(
            "The study was published from a machine of another kind, where the last digits differ. "
            "Run the whole study and `snakemake verify`: it compares the tables within a tolerance."
        )
        return 0
    return 1 if compared.different else 0


if __name__ == "__main__":
    sys.exit(main())
