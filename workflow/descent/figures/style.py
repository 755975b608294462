"""The style of all figures: sizes, fonts, a look for each optimizer, and export.

Colours are those of Okabe and Ito, extended by Tol's muted scheme; fifteen colours cannot
be distinguished by everyone, so each optimizer also has its own marker and line style.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.style
from matplotlib.figure import Figure

from descent.foundation.atomic_files import replaced_whole

#: Width of a journal's column, in inches.
COLUMN_WIDTH = 3.4
#: Width of a journal's page, in inches.
PAGE_WIDTH = 7.0
#: Resolution of a PNG.
DOTS_PER_INCH = 200
#: Formats of every figure.
FORMATS = ("pdf", "svg", "png")

#: Colours that no optimizer has.
INK = "#222222"
MUTED = "#8A8A8A"
GOOD = "#009E73"
BAD = "#D55E00"

LineStyle = Literal["-"] | tuple[float, tuple[float, ...]]

_SOLID: LineStyle = "-"
_DASHED: LineStyle = (0.0, (5.0, 2.0))
_DOTTED: LineStyle = (0.0, (1.2, 1.4))
_DASH_DOT: LineStyle = (0.0, (5.0, 1.6, 1.2, 1.6))


@dataclass(frozen=True)
class Look:
    """How one optimizer is drawn, in every figure.

    Attributes
    ----------
    colour : str
        Hexadecimal sRGB.
    marker : str
        Matplotlib's marker.
    line_style : str or tuple
        Matplotlib's line style.
    """

    colour: str
    marker: str
    line_style: LineStyle

    @property
    def line(self) -> dict[str, Any]:
        """What matplotlib is told to draw a line with markers."""
        return {"color": self.colour, "linestyle": self.line_style, "marker": self.marker}

    @property
    def point(self) -> dict[str, Any]:
        """What matplotlib is told to draw a marker, with a white edge.

        A letter has none, since little of it would be left.
        """
        edge = self.colour if self.marker.startswith("$") else "white"
        return {
            "color": self.colour, "marker": self.marker, "markeredgecolor": edge,
            "markeredgewidth": 0.4,
        }  # fmt: skip


#: Inches that a panel must have across and up: a row or two of bars are low.
LEAST_PANEL = (0.5, 0.1)

#: Optimizers that look the same in every study. The first seven have Okabe and Ito's colours, the
#: others Tol's muted ones.
LOOKS: dict[str, Look] = {
    "sgd": Look("#000000", "o", _SOLID),
    "momentum": Look("#56B4E9", "s", _SOLID),
    "nesterov": Look("#009E73", "^", _DASHED),
    "adagrad": Look("#E69F00", "D", _SOLID),
    "adadelta": Look("#CC79A7", "v", _DASHED),
    "rmsprop": Look("#D55E00", "P", _SOLID),
    "adam": Look("#0072B2", "X", _SOLID),
    "amsgrad": Look("#332288", "<", _DASHED),
    "adamax": Look("#44AA99", ">", _DOTTED),
    "nadam": Look("#999933", "p", _DASHED),
    "adamw": Look("#882255", "h", _DASH_DOT),
    "radam": Look("#CC6677", "*", _DOTTED),
    "lion": Look("#AA4499", "d", _DASH_DOT),
    "adabelief": Look("#117733", "H", _DOTTED),
    "yogi": Look("#7F7F7F", "8", _DASH_DOT),
    "lamb": Look("#1B4F72", "$L$", _SOLID),
    "lars": Look("#7B3F00", "$R$", _DASHED),
    "adafactor": Look("#00796B", "$F$", _SOLID),
    "adan": Look("#C0392B", "$N$", _DASHED),
    "ademamix": Look("#8E24AA", "$E$", _DASH_DOT),
    "prodigy": Look("#5D6D1E", "$P$", _SOLID),
    "muon": Look("#0B5345", "$M$", _SOLID),
    "soap": Look("#6C3483", "$S$", _DASHED),
    "schedule_free_sgd": Look("#515A5A", "$u$", _DOTTED),
    "schedule_free_adamw": Look("#943126", "$w$", _DASH_DOT),
    "lbfgs": Look("#1F618D", "$B$", _DASHED),
    "sam": Look("#9A7D0A", r"$\flat$", _SOLID),
    "lookahead": Look("#A04000", r"$\gg$", _DASH_DOT),
    "rprop": Look("#B03A76", r"$\pm$", _DOTTED),
}

#: Colours of all other optimizers, in the order in which a study names them.
_ENTRANTS = (
    "#6A3D9A", "#B8860B", "#4D9221", "#8C510A", "#2166AC", "#C51B7D", "#35978F", "#67001F",
)  # fmt: skip
_ENTRANT_LINES = (_SOLID, _DASHED, _DOTTED, _DASH_DOT)
#: Which of the lines a colour has first.
_FIRST_LINE = (0, 1, 2, 3, 2, 1, 0, 3)


def _entrant(place: int) -> Look:
    """Return the look of one entrant: a letter or two of its own, a colour and line of few."""
    again, letter = divmod(place, len(ascii_lowercase))
    first = ascii_lowercase[again - 1] if again else ""
    round_, colour = divmod(place, len(_ENTRANTS))
    # From the second round on a colour has another line than it had before.
    line = _ENTRANT_LINES[(_FIRST_LINE[colour] + round_) % len(_ENTRANT_LINES)]
    return Look(_ENTRANTS[colour], f"${first}{ascii_lowercase[letter]}$", line)


def shortened(name: str, length: int) -> str:
    """Return a name in at most so many characters: its beginning and its end, which tell it apart.

    Parameters
    ----------
    name : str
        The name.
    length : int
        Largest number of characters, >= 3.
    """
    if len(name) <= length:
        return name
    end = (length - 1) // 2
    return f"{name[: length - 1 - end]}…{name[len(name) - end :]}"


def palette(names: Iterable[str]) -> dict[str, Look]:
    """Return how each optimizer of a study is drawn.

    Parameters
    ----------
    names : iterable of str
        The study's optimizers, in the study's order.

    Returns
    -------
    dict of str to Look
        An optimizer of ``LOOKS`` looks as it does everywhere; any other gets the next of the
        remaining looks, in the study's order.
    """
    looks: dict[str, Look] = {}
    entrants = 0
    for name in dict.fromkeys(names):
        if name in LOOKS:
            looks[name] = LOOKS[name]
        else:
            looks[name] = _entrant(entrants)
            entrants += 1
    return looks


def apply_style() -> None:
    """Set matplotlib's defaults to the project's, independent of a user's ``matplotlibrc``."""
    mpl.style.use(["default", _STYLE])
    mpl.rcParams.update(_EXPORT)


def new_figure(width: float = COLUMN_WIDTH, height: float = 2.4) -> Figure:
    """Return an empty figure in the project's style, with constrained layout.

    Parameters
    ----------
    width, height : float
        In inches; a figure is printed at the size it is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        A figure outside pyplot, which needs no closing.
    """
    apply_style()
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, stem: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write a figure in several formats, the same bytes on every run.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write. It is laid out once; its layout is frozen after that.
    stem : Path
        Path without the suffix; its folder is made if it does not exist.
    formats : sequence of str, default ("pdf", "svg", "png")
        Suffixes.

    Returns
    -------
    list of Path
        The files, in the order of ``formats``.

    Raises
    ------
    ValueError
        If a format is not one of pdf, svg, png, or texts leave no room for a panel.
    """
    for suffix in formats:
        if suffix not in FORMATS:
            raise ValueError(f"a figure's format must be one of {FORMATS}. Received: {suffix!r}")
    files = [stem.parent / f"{stem.name}.{suffix}" for suffix in formats]
    _lay_out(figure, stem)
    with mpl.rc_context(_EXPORT):
        # None, and not "none", which leaves an engine that has each file drawn twice.
        figure.set_layout_engine(None)
        for suffix, file in zip(formats, files, strict=True):
            with replaced_whole(file) as temporary:
                figure.savefig(temporary, format=suffix, metadata=_METADATA[suffix])
    return files


def svg_with_text(figure: Figure) -> str:
    """Return a figure as SVG whose texts are texts, for a reader that has fonts.

    It is laid out, as by :func:`save_figure`.
    """
    _lay_out(figure, Path("chart"))
    drawn = io.StringIO()
    with mpl.rc_context({**_EXPORT, "svg.fonttype": "none"}):
        figure.set_layout_engine(None)
        figure.savefig(drawn, format="svg", metadata=_METADATA["svg"], transparent=True)
    return drawn.getvalue()


def _lay_out(figure: Figure, stem: Path) -> None:
    """Lay a figure out, or raise where its texts leave no room for a panel."""
    advice = "Give problems and optimizers shorter names"
    engine = figure.get_layout_engine()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "constrained_layout not applied")
        try:
            if engine is not None:
                engine.execute(figure)
        except UserWarning as warning:
            raise ValueError(
                f"{stem.name} cannot be laid out: its texts leave no room. {advice}"
            ) from warning
    width, height = figure.get_size_inches()
    for axes in figure.get_axes():
        if axes.axison and axes.get_label() != "<colorbar>":
            place = axes.get_position()
            across, up = place.width * width, place.height * height
            if across < LEAST_PANEL[0] or up < LEAST_PANEL[1]:
                raise ValueError(
                    f"{stem.name} cannot be laid out: its texts leave {across:.2f} by {up:.2f} "
                    f"inches for a panel. {advice}"
                )


#: Sizes, fonts and lines.
_STYLE = Path(__file__).with_name("style.mplstyle")

_EXPORT: dict[Any, Any] = {
    "svg.hashsalt": "descent",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "savefig.dpi": DOTS_PER_INCH,
    # A figure is given its layout engine; none is added when it has been laid out.
    "figure.constrained_layout.use": False,
    "figure.autolayout": False,
}

# without values that differ between runs or machines
_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}
