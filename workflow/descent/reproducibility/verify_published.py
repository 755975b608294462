"""Verification of a published study: files that are here, compared with the published digests.

Run as ``python -m descent.reproducibility.verify_published results/<study>/study.json`` with
``--published FOLDER``. Every file of the publication must have the digest that ``published.json``
in it gives, whose own stands in the README. Then it reads the manifest of the study and compares
every file of it that is here, so that a sample of the runs can be checked before, or instead of,
all of them.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from descent.data.files import file_sha256
from descent.foundation.command_line import fails_on, study_parser
from descent.reproducibility.provenance import FOLDER
from descent.reproducibility.retraining import same_kind
from descent.training.machine import machine

#: Files of a publication's provenance.
MANIFEST = f"{FOLDER}/manifest.json"
MACHINES = f"{FOLDER}/machines.json"
#: The digests of all files of a publication.
PUBLISHED = "published.json"


def digests_of(published: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a publication but ``published.json``, by its place."""
    files = {path.relative_to(published).as_posix(): path for path in sorted(published.rglob("*"))}
    return {n: file_sha256(path) for n, path in files.items() if path.is_file() and n != PUBLISHED}


def altered(published: Path) -> list[str]:
    """Return the files of a publication that are missing, added or not as they were published."""
    there, listed = digests_of(published), _read(published / PUBLISHED)
    return sorted(n for n in there.keys() | listed.keys() if there.get(n) != listed.get(n))


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


def compare(folder: Path, published: Path) -> dict[str, bool]:
    """Return whether each published file that is here has the published bytes.

    Parameters
    ----------
    folder : Path
        The study's folder.
    published : Path
        The folder of the publication.
    """
    return {
        file: file_sha256(folder / file) == digest
        for file, digest in sorted(_manifest(published)["files"].items())
        if (folder / file).is_file()
    }


def made_on_this_kind_of_machine(published: Path) -> bool:
    """Return whether every run of a publication was made on a machine of this kind."""
    content = json.loads((published / MACHINES).read_text(encoding="utf-8"))
    here = {**machine(), "scipy": version("scipy")}
    return all(same_kind(kind, here) for kind in content["runs"])


def _manifest(published: Path) -> dict[str, Any]:
    return _read(published / MANIFEST)


def _read(path: Path) -> dict[str, Any]:
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
    parser.add_argument(
        "--stated-in", type=Path, metavar="FILE", help=f"text with the SHA-256 of {PUBLISHED}"
    )
    given = parser.parse_args(arguments)
    false = [f"{given.published / name} is not as published" for name in altered(given.published)]
    digest = file_sha256(given.published / PUBLISHED)
    if given.stated_in and digest not in given.stated_in.read_text(encoding="utf-8"):
        false.append(f"{given.stated_in} does not state {digest}, the SHA-256 of {PUBLISHED}")
    print(*false, sep="\n", end="\n" * bool(false))
    compared = compare(given.study.parent, given.published)
    different = [file for file, same in compared.items() if not same]
    same = compared.keys() - set(different)
    records = sum(file.startswith("runs/") for file in same)
    print(
        f"{len(same)} files here, {records} of them records of runs, have the bytes that "
        "were published."
    )
    for file in different:
        print(f"{file} has other bytes")
    if different and not made_on_this_kind_of_machine(given.published):
        print(
            "The study was published from a machine of another kind, where the last digits differ. "
            "Run the whole study, and compare the conclusions: `python -m "
            f"descent.benchmark.replication {given.study.parent} {given.published}`."
        )
        different = []
    return 1 if different or false else 0


if __name__ == "__main__":
    sys.exit(main())
