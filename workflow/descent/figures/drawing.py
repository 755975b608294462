"""A figure with its caption and its numbers, and the command line that every figure shares.

``python -m descent.figures.<module> --output STEM`` writes ``STEM.pdf``, ``STEM.svg``,
``STEM.png``, the caption in ``STEM.txt`` and, where the figure has a table, ``STEM.csv``.
"""

from __future__ import annotations

import csv
import inspect
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from descent.figures.style import FORMATS, save_figure
from descent.foundation.atomic_files import write_atomically
from descent.foundation.command_line import command_parser, fails_on
from descent.study.origins import note


@dataclass(frozen=True)
class Table:
    """Numbers behind a figure.

    Attributes
    ----------
    columns : sequence of str
        Names of the columns.
    rows : sequence of sequence
        One sequence of cells a row.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Mark:
    """What one panel shows of one optimizer. The page highlights it and tells its numbers.

    Attributes
    ----------
    optimizer : str
        Name of its config entry.
    artists : list of Artist
        At least one.
    about : str
        What is true of all of its points.
    points : sequence of (float, float, str)
        In the coordinates of the panel's data: where a number is drawn, and the number in words.
    """

    optimizer: str
    artists: list[Artist]
    about: str = ""
    points: Sequence[tuple[float, float, str]] = ()


@dataclass(frozen=True)
class Drawing:
    """A figure with its caption and its numbers.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    caption : str
        The caption, with numbers from the figure.
    table : Table or None
        Numbers written to a file of the same name.
    marks : sequence of Mark
        What belongs to which optimizer.
    """

    figure: Figure
    caption: str
    table: Table | None = None
    marks: Sequence[Mark] = ()


def save_drawing(drawing: Drawing, stem: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write figure, caption and table.

    Parameters
    ----------
    drawing : Drawing
        What to write.
    stem : Path
        Path without suffix.
    formats : sequence of str, default ("pdf", "svg", "png")
        Of the figure.

    Returns
    -------
    list of Path
        The files written.
    """
    files = save_figure(drawing.figure, stem, formats)
    texts = {"txt": " ".join(drawing.caption.split()) + "\n"}
    if drawing.table is not None:
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(drawing.table.columns)
        writer.writerows(drawing.table.rows)
        texts["csv"] = lines.getvalue()
    for suffix, text in texts.items():
        file = stem.parent / f"{stem.name}.{suffix}"
        write_atomically(file, text.encode())
        files.append(file)
    return files


@fails_on(ValueError, FileNotFoundError)
def command(draw: Callable[..., Drawing], arguments: Sequence[str] | None = None) -> int:
    """Draw a figure with the options of the command line, and write it.

    Parameters
    ----------
    draw : callable
        Returns the drawing. A parameter ``dataset`` is given the prepared dataset's folder, a
        parameter ``settings`` the decoded JSON.
    arguments : sequence of str, optional
        The command line; by default the process's own.

    Returns
    -------
    int
        Exit code: 0, or 1 for a wrong setting, with a message on standard error.
    """
    module = getattr(inspect.getmodule(draw), "__spec__").name  # noqa: B009 - not `__main__`
    parser = command_parser(module, inspect.getdoc(draw))
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    wanted = inspect.signature(draw).parameters
    if "dataset" in wanted:
        parser.add_argument("--dataset", type=Path, required=True, help="prepared dataset's folder")
    if "settings" in wanted:
        parser.add_argument("--settings", type=json.loads, required=True, help="JSON")
        parser.add_argument("--study", type=Path, help="study.json of the study that has it")
    options = vars(parser.parse_args(arguments))
    stem, study = options.pop("output"), options.pop("study", None)
    files = save_drawing(draw(**options), stem)
    if study is not None:
        note(study.parent, module, files, [study])
    return 0
