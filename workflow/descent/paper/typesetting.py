"""Typesetting: a template and a JSON document become a PDF, the same bytes on every run."""

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
#: What every template imports.
LAYOUT = "layout.typ"


def typeset(template: str, document: Mapping[str, Any], folder: Path, *, root: Path) -> list[Path]:
    """Write a template, its document and the PDF beside each other.

    Only the fonts that the typesetter brings are used, and no date, so the bytes depend on the
    document, the figures and the version of the typesetter alone.

    Parameters
    ----------
    template : str
        Name of a template without suffix: ``paper``. The files have its name.
    document : mapping
        What the template reads.
    folder : Path
        Where to write; made if it does not exist.
    root : Path
        The folder that holds ``folder`` and whatever the template shows.

    Returns
    -------
    list of Path
        The PDF, the document, the template, the layout.

    Raises
    ------
    ValueError
        If the template cannot be typeset: the typesetter's message.
    """
    pdf, content, source, layout = (
        folder / name for name in (f"{template}.pdf", f"{template}.json", f"{template}.typ", LAYOUT)
    )
    for file in (source, layout):
        write_atomically(file, (TEMPLATES / file.name).read_bytes())
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    write_atomically(content, f"{text}\n".encode())
    write_atomically(pdf, _compiled(source, root))
    return [pdf, content, source, layout]


def _compiled(source: Path, root: Path) -> bytes:
    import typst  # noqa: PLC0415 - the workflow's plan needs no typesetter

    try:
        return typst.compile(source, root=root, ignore_system_fonts=True, format="pdf")
    except typst.TypstError as error:
        raise ValueError(f"{source} cannot be typeset: {error.diagnostic}") from error
