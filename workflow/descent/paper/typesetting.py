"""Typesetting: templates and a JSON document become a PDF, the same bytes on every run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from descent.foundation.atomic_files import write_atomically

#: Where the paper of a study is, below the study's folder.
FOLDER = "paper"
#: The folder of the templates.
TEMPLATES = Path(__file__).resolve().parent
#: The words of a paper, which import its looks.
WORDS, LOOKS = "paper.typ", "layout.typ"


#: What is made, but for the templates, which an author may change.
FILES = ("paper.pdf", "paper.json", "claims.csv")


def typeset(document: Mapping[str, Any], folder: Path, *, root: Path) -> None:
    """Write the templates, their document and the PDF beside each other.

    Only the fonts that the typesetter brings are used, and no date, so the bytes depend on the
    document, the figures and the version of the typesetter alone.

    Parameters
    ----------
    document : mapping
        What the template reads.
    folder : Path
        Where to write; made if it does not exist.
    root : Path
        The folder that holds ``folder`` and whatever the template shows.

    Raises
    ------
    ValueError
        If the template cannot be typeset: the typesetter's message.
    """
    import typst  # noqa: PLC0415 - the workflow's plan needs no typesetter

    for name in (WORDS, LOOKS):
        write_atomically(folder / name, (TEMPLATES / name).read_bytes())
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    write_atomically(folder / "paper.json", f"{text}\n".encode())
    words = folder / WORDS
    try:
        pdf = typst.compile(words, root=root, ignore_system_fonts=True, format="pdf")
    except typst.TypstError as error:
        raise ValueError(f"{words} cannot be typeset: {error.diagnostic}") from error
    write_atomically(folder / "paper.pdf", pdf)
