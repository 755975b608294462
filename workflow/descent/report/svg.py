"""A figure as the page embeds it: its marks named, its text as text, its colours the page's."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Mapping

from matplotlib.figure import Figure

from descent.figures.drawing import Drawing, Mark
from descent.figures.style import svg_with_text


class PageDrawings:
    """The drawings of one page, which share a style sheet.

    Parameters
    ----------
    colours : mapping of str to str
        The page's colour in place of each of the figures': ``{"#ffffff": "var(--paper)"}``.
    """

    def __init__(self, colours: Mapping[str, str]) -> None:
        self._colours = {colour.lower(): other for colour, other in colours.items()}
        self._classes: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    @property
    def style_sheet(self) -> str:
        """The rules of all drawings so far."""
        return "\n".join(f".{name} {{ {rule} }}" for rule, name in self._classes.items())

    def svg(self, drawing: Drawing) -> str:
        """Return a figure as an element of the page, without its title.

        Each group of a mark has the name of its optimizer as ``data-optimizers``; the first of
        them also what a tooltip says: ``data-about``, and ``data-points`` as JSON.
        """
        figure = drawing.figure
        figure.suptitle("")
        for axes in figure.axes:
            axes.set_title("")
        for i, mark in enumerate(drawing.marks):
            for artist in mark.artists:
                artist.set_gid(f"mark-{i}")
        text = svg_with_text(figure)
        text = text[text.index("<svg") :]
        text = re.sub(r"(?s)<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>", "", text)
        text = re.sub(r'(<svg )[^>]*(viewBox="[^"]*")[^>]*>', r'\1\2 aria-hidden="true">', text)
        text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text).replace("xlink:href", "href")
        text = re.sub(r' (d|x|y|viewBox|transform)="([^"]*)"', _shorter, text)
        text = re.sub(r">\s+<", "><", text)
        text = re.sub(r"\s+", " ", text)
        text = re.sub(r'<([^<>]*) style="([^"]*)"', self._with_class, text)
        used = set(re.findall(r'="(?:url\()?#(\w+)', text))
        text = re.sub(r' id="(?!mark-)(\w+)[^"]*"', lambda of: of[0] if of[1] in used else "", text)
        text = re.sub(r'((?:id="|#))([mp][0-9a-f]{10})\b', self._with_short_id, text)
        text = text.replace("<g/>", "")
        text = _until_stable(r"<g>((?:(?!</?g\b).)*)</g>", r"\1", text)
        text = _until_stable(
            r'(<g id="mark-(\d+)">(?:(?!</?g\b).)*)</g><g id="mark-\2">', r"\1", text
        )
        for i, mark in enumerate(drawing.marks):
            group = f'<g id="mark-{i}">'
            named = f'<g data-optimizers="{html.escape(mark.optimizer)}"'
            text = text.replace(group, f"{named}{_told(mark)}>", 1).replace(group, f"{named}>")
        return text

    def _with_short_id(self, found: re.Match[str]) -> str:
        # the same shape has the same one in every drawing
        return found[1] + self._ids.setdefault(found[2], f"i{len(self._ids)}")

    def _with_class(self, found: re.Match[str]) -> str:
        rule = re.sub(r"font-family: [^;]*; ?", "", found[2])
        # matplotlib leaves out black, which is the colour of an optimizer; the shape of a marker
        # is filled where it is used
        if "fill:" not in rule and not found[1].startswith("path id"):
            rule += "; fill: #000000"
        rule = re.sub(r"#[0-9a-f]{6}", lambda c: self._colours.get(c[0], c[0]), rule)
        name = self._classes.setdefault(rule, f"s{len(self._classes)}")
        return f'<{found[1]} class="{name}"'


def _shorter(attribute: re.Match[str]) -> str:
    """Return an attribute with as many digits of each length as are seen; markers are small."""

    def rounded(number: re.Match[str]) -> str:
        value = float(number[0])
        return f"{round(value, 1 if abs(value) >= 10 else 2):g}"

    lengths = re.sub(r"-?\d+\.\d+", rounded, attribute[2])
    lengths = re.sub(r"\s*([MLCQz])\s*", r"\1", lengths)
    return f' {attribute[1]}="{lengths}"'


def _until_stable(pattern: str, replacement: str, text: str) -> str:
    """Replace a pattern again and again, as long as there is one."""
    while (shorter := re.sub(pattern, replacement, text)) != text:
        text = shorter
    return text


def _told(mark: Mark) -> str:
    """Return the attributes with what a tooltip says of a mark, and where."""
    if not mark.points:
        return ""
    axes = mark.artists[0].axes
    if axes is None or not isinstance(axes.figure, Figure):
        raise TypeError(f"a mark must be drawn in a panel. Received: {mark}")
    figure = axes.figure
    width, height = figure.get_size_inches() * 72
    to_figure = axes.transData - figure.transFigure
    places = to_figure.transform([(x, y) for x, y, _ in mark.points])
    points = [
        [round(x * width), round((1 - y) * height), said]
        for (x, y), (_, _, said) in zip(places.tolist(), mark.points, strict=True)
        if math.isfinite(x + y)
    ]
    told = json.dumps(points, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    told = html.escape(told, quote=False).replace("'", "&#39;")
    return f" data-about=\"{html.escape(mark.about)}\" data-points='{told}'"
