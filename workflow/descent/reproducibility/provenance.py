"""The provenance of a study: everything needed to reproduce its results.

``python -m descent.reproducibility.provenance results/<study>/study.json`` writes into
``results/<study>/provenance``:

=================== ===================================================== ================
file                content                                               deterministic
=================== ===================================================== ================
``config.json``     the config, every default filled in                   yes
``manifest.json``   digests: source, data, records, choices, tables       yes
``source.tar.gz``   the workflow and the plug-ins that made the study     yes
``README.md``       the commands that reproduce it                        yes
``machines.json``   processors, BLAS and its threads, versions, commit    no
=================== ===================================================== ================
"""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import tarfile
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from descent.data.files import file_sha256
from descent.data.sources import own_files, source_of
from descent.foundation.atomic_files import write_atomically, write_json
from descent.foundation.command_line import study_parser
from descent.foundation.source_digest import PACKAGE, own_sources
from descent.study.origins import note
from descent.study.plan import Study, load_study
from descent.training.machine import machine

FOLDER = "provenance"
#: The project's folder, and the parts of it that make a study.
PROJECT = PACKAGE.parents[1]
SOURCES = (
    "Snakefile",
    "workflow",
    "profiles",
    "config",
    "environment.yml",
    "requirements.lock",
    "pyproject.toml",
    "LICENSE",
)
#: Packages whose versions can change a table or a figure.
PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "matplotlib",
    "seaborn",
    "snakemake",
)
#: What becomes the README.
README = Path(__file__).with_name("how_to_reproduce.md")


def file_of(study: Path, name: str) -> Path:
    """Return a file of the provenance of a study.

    Parameters
    ----------
    study : Path
        ``results/<study>/study.json``.
    name : str
        Its name: ``manifest.json``.

    Raises
    ------
    FileNotFoundError
        If it does not exist; the message says which command makes it.
    """
    path = study.parent / FOLDER / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist: python -m descent.reproducibility.provenance {study} makes it"
        )
    return path


def manifest(study: Study) -> dict[str, Any]:
    """Return the deterministic part of a study's provenance.

    Parameters
    ----------
    study : Study
        A study whose runs and tables exist.

    Returns
    -------
    dict
        ``seeds``; ``sources``: digest of the code by problem and optimizer; ``published`` and
        ``own_files``: SHA-256 of the data files; ``files``: SHA-256 of the prepared datasets'
        manifests, the optima, the records, the choices, the looks and the tables, by their place
        below the study's folder.
    """
    settings = study.config["datasets"].values()
    return {
        "study": study.name,
        "seeds": study.config["seeds"],
        "sources": {
            problem: {optimizer: study.source(problem, optimizer) for optimizer in study.optimizers}
            for problem in study.problems
        },
        "published": {
            file.name: file.sha256
            for file in sorted({file for entry in settings for file in source_of(entry).files})
        },
        "own_files": {
            # A file name need not be valid text.
            os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace"): file_sha256(path)
            for path in sorted({path for entry in settings for path in own_files(entry, Path())})
        },
        "files": {
            path.relative_to(study.folder).as_posix(): file_sha256(path)
            for path in traced_files(study)
        },
    }


def traced_files(study: Study) -> list[Path]:
    """Return the files of a study that its tables are made of, and the tables."""
    return [*study.files_behind_tables(), *sorted(study.folder.glob("tables/[!.]*"))]


def machines(study: Study) -> dict[str, Any]:
    """Return the machines and the package versions of a study.

    Parameters
    ----------
    study : Study
        A study whose runs exist.

    Returns
    -------
    dict
        ``runs``: each kind of machine with how many runs it made; ``here``: this machine;
        ``packages``: their versions here; ``commit``: of the repository, if it is one.
    """
    kinds: Counter[str] = Counter()
    for run in dict.fromkeys(study.runs()):
        costs = json.loads(study.costs_path(run).read_text(encoding="utf-8"))
        kinds[json.dumps(costs["machine"], sort_keys=True)] += 1
    return {
        "runs": [{"runs": count, **json.loads(kind)} for kind, count in kinds.most_common()],
        "here": machine(),
        "packages": {name: version(name) for name in PACKAGES},
        "commit": _commit(),
    }


def sources() -> dict[str, Path]:
    """Return the files of the workflow by their place in an archive.

    Where the package is installed without the workflow, its files are all that there is.
    """
    whole = (PROJECT / "Snakefile").is_file()
    root, names = (PROJECT, SOURCES) if whole else (PACKAGE.parent, (PACKAGE.name,))
    return {
        file.relative_to(root).as_posix(): file
        for name in names
        for file in ((root / name).rglob("*") if (root / name).is_dir() else [root / name])
        if file.is_file() and "__pycache__" not in file.parts
    }


def archive(files: Mapping[str, Path]) -> bytes:
    """Return files as a compressed archive, the same bytes for the same files.

    Parameters
    ----------
    files : mapping of str to Path
        By their place in the archive.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for place in sorted(files):
            member = tarfile.TarInfo(place)
            content = files[place].read_bytes()
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def plug_ins(study: Study) -> dict[str, Path]:
    """Return the files of a study that are not of this package, by their place in an archive.

    Those below the working directory keep their place, from which the config names them; others go
    to ``plugins``.
    """
    return {_place(path): path for path in own_sources(study.plug_ins())}


def _place(path: Path) -> str:
    here, path = Path.cwd(), path.resolve()
    if path.is_relative_to(here):
        return path.relative_to(here).as_posix()
    return ("plugins" / path.relative_to(path.anchor)).as_posix()


def _commit() -> str | None:
    """Return the commit of the code, with a plus sign if files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude", "*"],  # noqa: S607
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or None


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the provenance of a finished study."""
    parser = study_parser("descent.reproducibility.provenance", main.__doc__)
    given = parser.parse_args(arguments)
    study = load_study(given.study)
    folder = study.folder / FOLDER
    config = {key: value for key, value in study.config.items() if key != "grids"}
    write_json(folder / "config.json", config)
    write_json(folder / "manifest.json", manifest(study))
    write_json(folder / "machines.json", machines(study))
    write_atomically(folder / "source.tar.gz", archive(sources() | plug_ins(study)))
    write_atomically(folder / "README.md", README.read_bytes())
    code = "descent.reproducibility.provenance"
    note(study.folder, code, folder.glob("[!.]*"), traced_files(study))


if __name__ == "__main__":
    main()
