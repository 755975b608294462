"""Figures embedded in the page, as wide as in print, with their captions."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from descent.figures.style import COLUMN_WIDTH, DOTS_PER_INCH
from descent.report.figures import PageFigure

#: A larger drawing (contours have many points) is shown as PNG, if there is one.
LARGEST_SVG = 300_000

_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True)
class Picture:
    """A figure in the page.

    Attributes
    ----------
    figure : PageFigure
        Which figure.
    source : str or None
        Its content as a data URL; None if it is only linked.
    inches : float
        Width in print.
    caption : str
        Its caption.
    """

    figure: PageFigure
    source: str | None
    inches: float
    caption: str


def picture(figure: PageFigure, folder: Path) -> Picture:
    """Return a figure as the page shows it.

    Parameters
    ----------
    figure : PageFigure
        Which.
    folder : Path
        The study's.

    Returns
    -------
    Picture
        The SVG, or the PNG if the SVG is not there or larger than ``LARGEST_SVG``; nothing of a
        figure that the page only links.

    Raises
    ------
    FileNotFoundError
        If one of its files is not there.
    """
    found: dict[str, bytes] = {}
    for file in figure.files:
        path = folder / file
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} does not exist: snakemake --cores 1 figures makes it, with the study's "
                "--configfile"
            )
        found[path.suffix[1:]] = path.read_bytes()
    caption = found.pop("txt").decode().strip()
    suffix = next(iter(found), None)
    if suffix == "svg" and len(found["svg"]) > LARGEST_SVG and "png" in found:
        suffix = "png"
    if suffix is None or not figure.embedded:
        return Picture(figure, None, COLUMN_WIDTH, caption)
    content = found[suffix]
    inches = _svg_width(content) if suffix == "svg" else _png_width(content)
    source = f"data:{_TYPES[suffix]};base64,{base64.b64encode(content).decode()}"
    return Picture(figure, source, inches, caption)


def _svg_width(content: bytes) -> float:
    points = re.search(rb'<svg [^>]*\bwidth="([\d.]+)pt"', content)
    return float(points[1]) / 72 if points else COLUMN_WIDTH


def _png_width(content: bytes) -> float:
    return int.from_bytes(content[16:20], "big") / DOTS_PER_INCH  # the header comes first
