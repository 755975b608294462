"""Publish a finished study: what a reader and a checker need, small enough for a repository.

``python -m descent.paper.publish results/<study>/study.json --output docs/<study>`` writes a page,
the findings, the paper, the tables but the longest, the figures of all problems
and the provenance. Records are left out: their digests are in the provenance, and they can be made
again.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from descent.analysis.tables.columns import file_name
from descent.analysis.tables.columns import files as table_files
from descent.analysis.tables.study_tables import StudyTables
from descent.data.files import file_sha256
from descent.figures.study_figures import FIGURES, figures_of
from descent.foundation.atomic_files import write_atomically, write_json
from descent.foundation.command_line import fails_on, study_parser
from descent.paper.figures import first_shown
from descent.paper.typesetting import FILES
from descent.paper.typesetting import FOLDER as PAPER
from descent.reproducibility.provenance import FOLDER as PROVENANCE
from descent.reproducibility.verify_published import PUBLISHED, digests_of

_MEGABYTE = 1e6
#: Formats of a figure that a page can show.
_ON_A_PAGE = ("svg", "png")
#: The page of a publication, with places for its tables and figures.
_PAGE = Path(__file__).with_name("publication.md")


def files(tables: StudyTables) -> list[str]:
    """Return the files of a study that are published, below its folder."""
    csv = [
        file
        for folder in ("tables", "timing")
        for file in table_files(folder)
        if file.endswith(".csv")
    ]
    return [
        "findings.md",
        *(f"{PAPER}/{name}" for name in FILES),
        *csv,
        file_name("runs"),  # a row for each run: the paper counts them
        *(f"{stem}.{suffix}" for stem in _stems(tables) for suffix in (_suffix(tables), "txt")),
        *(f"{PROVENANCE}/{name}.json" for name in ("config", "manifest", "machines")),
    ]


def _stems(tables: StudyTables) -> list[str]:
    return [f"{FIGURES[name].folder}/{name}" for name in figures_of(tables.config)]


def _suffix(tables: StudyTables) -> str:
    return first_shown(tables.config, _ON_A_PAGE)


def page(tables: StudyTables) -> str:
    """Return the page of a publication, as Markdown."""
    listed = [file for file in files(tables) if file.startswith(("tables/", "timing/"))]
    return _PAGE.read_text(encoding="utf-8").format(
        study=tables.config["study"],
        tables="\n".join(f"- [`{file}`]({file})" for file in listed),
        figures="\n\n".join(_figures(tables)),
    )


def _figures(tables: StudyTables) -> Iterator[str]:
    for stem in _stems(tables):
        caption = (tables.folder / f"{stem}.txt").read_text(encoding="utf-8").strip()
        title = Path(stem).name.replace("_", " ")
        yield f"![{title}]({stem}.{_suffix(tables)})\n\n{caption}"


def publish(tables: StudyTables, folder: Path) -> float:
    """Write a publication and return its size in megabytes; files of an earlier one go.

    Parameters
    ----------
    tables : StudyTables
        A finished study, with its figures and its paper.
    folder : Path
        Where to write.

    Raises
    ------
    FileNotFoundError
        If a file of the study is missing.
    ValueError
        If the folder holds something else.
    """
    there = {name: tables.folder / name for name in files(tables)}
    for path in there.values():
        if not path.is_file():
            raise FileNotFoundError(f"{path} does not exist: snakemake publish makes it")
    size = sum(path.stat().st_size for path in there.values()) / _MEGABYTE
    earlier = folder.exists()
    if earlier and any(folder.iterdir()) and not (folder / PROVENANCE / "manifest.json").is_file():
        raise ValueError(f"{folder} must be empty or hold an earlier publication. It does not")
    new = folder.with_name(f".{folder.name}.new")  # whole, before the earlier one goes
    if new.exists():
        shutil.rmtree(new)
    for name, path in there.items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, new / name)
    write_atomically(new / "index.md", page(tables).encode())
    write_json(new / PUBLISHED, digests_of(new))
    if earlier:
        shutil.rmtree(folder)
    new.rename(folder)
    return size


@fails_on(FileNotFoundError, ValueError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Publish a study and print the size; exit code 1 if something of it is missing."""
    parser = study_parser("descent.paper.publish", __doc__)
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where to")
    given = parser.parse_args(arguments)
    size = publish(StudyTables(given.study), given.output)
    print(f"{given.output}: {size:.1f} MB. The pages index.md and findings.md go into mkdocs.yml.")
    print(f"SHA-256 of {PUBLISHED}, for the README: {file_sha256(given.output / PUBLISHED)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
