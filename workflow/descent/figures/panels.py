"""Panels, labels and legends of the figures of a study."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from descent.analysis.tables.formatting import metric_value, number
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import style
from descent.figures.drawing import Mark
from descent.foundation.wording import missing

#: Characters of a bold title in an inch.
_CHARACTERS_PER_INCH = 13.5
#: Characters of a panel's title in an inch.
_PLAIN_CHARACTERS_PER_INCH = 15.0
#: Inches that a character of a row's label takes, and the least that labels beside a panel take.
_LABEL_CHARACTER, _LEAST_LABELS = 0.06, 0.6
#: Characters in a line of a row's label.
ROW_LABEL = 18
#: Optimizers that a figure of lines names; with more the rest is grey.
MOST_NAMED = 8
#: Colour of the lines that are not named.
BACKGROUND = "#C4C4C4"
#: Height of a name at the end of a line, in inches, over the share of a figure that is panel.
_LINE_OF_NAMES = 0.11 / 0.6


def columns_for(panels: int) -> int:
    """Return the number of panels side by side on a page."""
    return {1: 1, 2: 2, 4: 2}.get(panels, 3)


def problem_panels(
    title: str,
    tables: StudyTables,
    problems: Sequence[str],
    subtitles: Mapping[str, str] | None = None,
    *,
    height: float = 2.0,
    extra: float = 0.6,
    most_columns: int = 3,
) -> tuple[Figure, dict[str, Axes]]:
    """Return a figure with a panel for each problem, page-wide for more than one.

    Parameters
    ----------
    title : str
        The question that the figure answers.
    tables : StudyTables
        The study.
    problems : sequence of str
        One makes a figure of a column's width.
    subtitles : mapping of str to str, optional
        A second line above the panel of each problem.
    height : float, default 2.0
        Of a row of panels whose titles have one line, in inches.
    extra : float, default 0.6
        For the title and a legend, in inches.
    most_columns : int, default 3
        Panels side by side at most.

    Returns
    -------
    figure : Figure
        The figure, with its title.
    axes : dict of str to Axes
        A panel for each problem, named above it.
    """
    width = style.COLUMN_WIDTH if len(problems) == 1 else style.PAGE_WIDTH
    columns = min(most_columns, columns_for(len(problems)))
    rows = -(-len(problems) // columns)
    titles, lines = panel_titles(tables, problems, width / columns, subtitles)
    figure = style.new_figure(width, rows * (height + 0.14 * (lines - 1)) + extra)
    # room for a tick label beyond the end of its axis
    figure.set_layout_engine("constrained", w_pad=0.06)
    grid = figure.subplots(rows, columns, squeeze=False)
    panels = dict(zip(problems, grid.flat, strict=False))
    for unused in list(grid.flat)[len(problems) :]:
        unused.remove()
    add_title(figure, title)
    for problem, axes in panels.items():
        axes.set_title(titles[problem], fontweight="normal")
    return figure, panels


def panel_titles(
    tables: StudyTables,
    problems: Sequence[str],
    width: float,
    subtitles: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], int]:
    """Return what is written above the panels of problems.

    Parameters
    ----------
    tables : StudyTables
        The study.
    problems : sequence of str
        The problems.
    width : float
        Of a panel with its labels, in inches.
    subtitles : mapping of str to str, optional
        A line of its own below the title of each problem.

    Returns
    -------
    titles : dict of str to str
        Display names, in as many lines as they take.
    lines : int
        The largest number of lines.
    """
    room = title_room(tables, width)
    titles = {}
    for problem in problems:
        parts = [tables.problem_titles[problem], *([subtitles[problem]] if subtitles else [])]
        titles[problem] = "\n".join(wrapped(part, room) for part in parts)
    return titles, max(title.count("\n") + 1 for title in titles.values())


def title_room(tables: StudyTables, width: float) -> int:
    """Return the number of characters in a line above a panel of some width, in inches."""
    longest = max(len(line) for label in row_titles(tables) for line in label.split("\n"))
    labels = max(_LEAST_LABELS, _LABEL_CHARACTER * longest + 0.15)
    return int((width - labels) * _PLAIN_CHARACTERS_PER_INCH)


def wrapped(text: str, width: int) -> str:
    """Return text in lines of at most ``width`` characters, broken after its comma if it has one.

    Parameters
    ----------
    text : str
        A title.
    width : int
        Characters in a line; a longer word is not broken.
    """
    if len(text) <= width:
        return text
    parts = text.replace(", ", ",\n", 1).split("\n")
    return "\n".join(
        line for part in parts for line in textwrap.wrap(part, width, break_long_words=False)
    )


def height_of_rows(tables: StudyTables) -> float:
    """Return the height of a row for each optimizer of a study, in inches."""
    labels = row_titles(tables)
    lines = max(label.count("\n") + 1 for label in labels)
    return len(labels) * max(0.19, 0.02 + 0.12 * lines)


def row_titles(tables: StudyTables) -> list[str]:
    """Return the display names of a study's optimizers in lines that fit beside a panel."""
    return [wrapped(title, ROW_LABEL) for title in tables.optimizer_titles.values()]


def add_title(figure: Figure, title: str) -> None:
    """Write the question above a figure, in as many lines as it takes."""
    width = int(figure.get_figwidth() * _CHARACTERS_PER_INCH)
    text = "\n".join(textwrap.wrap(title, width))
    figure.suptitle(text, x=0.01, ha="left", fontsize=8.5, fontweight="bold")


def named_optimizers(tables: StudyTables, problem: str | None = None) -> list[str]:
    """Return the optimizers that a figure of lines names, in the study's order.

    Parameters
    ----------
    tables : StudyTables
        The study.
    problem : str, optional
        Whose ranks count; by default those on all problems.

    Returns
    -------
    list of str
        All of few; of many the focus, the baseline, and those with the best mean ranks.
    """
    if len(tables.optimizers) <= MOST_NAMED:
        return list(tables.optimizers)
    board = tables.of("leaderboard", track=tables.track)
    ranks = board if problem is None else board[board["problem"] == problem]
    best = ranks.groupby("optimizer", sort=False)["rank"].mean().sort_values(kind="stable").index
    named = [*filter(None, (tables.config["focus"], tables.config["baseline"])), *best]
    chosen = list(dict.fromkeys(named))[:MOST_NAMED]
    return [name for name in tables.optimizers if name in chosen]


def name_lines(
    figure: Figure,
    drawn: Mapping[Axes, Sequence[Mark]],
    tables: StudyTables,
    problem: str | None,
    *,
    in_colour: bool = False,
    in_legend: bool = False,
    more: Sequence[Line2D] = (),
) -> list[Mark]:
    """Name the lines of a figure: at their ends in one panel, in a legend below several.

    Parameters
    ----------
    figure : Figure
        The figure, its panels drawn.
    drawn : mapping of Axes to sequence of Mark
        The lines of each panel; the last point of a mark is the end of its line.
    tables : StudyTables
        The study.
    problem : str or None
        Whose ranks tell which of many optimizers are named.
    in_colour : bool, default False
        Whether those without a name keep their colours; by default they are grey.
    in_legend : bool, default False
        Whether the names of one panel are in a legend too.
    more : sequence of Line2D, default ()
        Further entries of a legend, each with its label.

    Returns
    -------
    list of Mark
        All marks, with the names among their artists.
    """
    named = named_optimizers(tables, problem)
    in_legend |= len(drawn) > 1
    others = len(tables.optimizers) - len(named)
    for axes, marks in drawn.items():
        if not in_colour:
            to_the_background(mark for mark in marks if mark.optimizer not in named)
        if not in_legend:
            _name_ends(
                figure, axes, [m for m in marks if m.optimizer in named and m.points], tables
            )
    handles = [*more]
    if others and not in_colour:
        handles = [Line2D([], [], color=BACKGROUND, label=f"{others} others"), *handles]
    if in_legend:
        looks = style.palette(tables.optimizers)
        lines = [
            Line2D([], [], **looks[name].line, label=tables.optimizer_titles[name])
            for name in named
        ]
        handles = [*lines, *handles]
    if handles:
        _add_legend(figure, handles)
    return [mark for marks in drawn.values() for mark in marks]


def to_the_background(marks: Iterable[Mark]) -> None:
    """Draw lines thin and grey, behind all others."""
    for mark in marks:
        for artist in mark.artists:
            artist.set_zorder(1)
            artist.set(color=BACKGROUND)
            if isinstance(artist, Line2D):
                artist.set(marker="", linewidth=0.7, linestyle="-")


def _name_ends(figure: Figure, axes: Axes, marks: Sequence[Mark], tables: StudyTables) -> None:
    """Write the names right of a panel, each near the end of its line and below the one above."""
    looks = style.palette(tables.optimizers)
    within = axes.transData + axes.transAxes.inverted()
    ends = {m.optimizer: within.transform(m.points[-1][:2]).clip(0, 1) for m in marks}
    marks = sorted(marks, key=lambda mark: float(ends[mark.optimizer][1]))
    gap = _LINE_OF_NAMES / figure.get_figheight()
    heights: list[float] = []
    for mark in marks:
        heights.append(max(float(ends[mark.optimizer][1]), heights[-1] + gap if heights else 0))
    top = 1.0
    for i in reversed(range(len(heights))):
        heights[i] = min(heights[i], top)
        top = heights[i] - gap
    for mark, height in zip(marks, heights, strict=True):
        name = axes.annotate(
            style.shortened(tables.optimizer_titles[mark.optimizer], ROW_LABEL),
            xy=tuple(ends[mark.optimizer]),
            xytext=(1.05, height),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=6.5,
            color=looks[mark.optimizer].colour,
            arrowprops={
                "arrowstyle": "-",
                "relpos": (0.0, 0.5),
                "linewidth": 0.5,
                "color": looks[mark.optimizer].colour,
                "shrinkA": 0,
                "shrinkB": 1,
            },
        )
        mark.artists.append(name)


def _add_legend(figure: Figure, handles: Sequence[Line2D]) -> None:
    # in points: handle, gaps, and the longest label at seven points
    entry = 36 + 4.2 * max(len(str(handle.get_label())) for handle in handles)
    most = max(1, int((72 * figure.get_figwidth() - 10) / entry))
    rows = -(-len(handles) // most)
    columns = -(-len(handles) // rows)
    # the figure has room for two rows; more must not squeeze the panels
    figure.set_figheight(figure.get_figheight() + 0.16 * max(0, rows - 2))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.2)


def caption(
    tables: StudyTables,
    problem: str | None,
    opening: str,
    sentence: Callable[[str], str | None],
) -> str:
    """Return an opening, and a sentence on each problem of a figure about which there is one."""
    told = [(name, sentence(name)) for name in ([problem] if problem else tables.problems)]
    said = [f"{tables.problem_titles[name]}: {text}" for name, text in told if text]
    return " ".join([opening, *said])


def with_rates(tables: StudyTables, problem: str, track: str) -> dict[str, str]:
    """Return the display name of each optimizer with the learning rate of its evaluated runs."""
    board = tables.of("leaderboard", problem=problem, track=track)
    rates = dict(zip(board["optimizer"], board["learning_rate"], strict=True))
    return {
        name: f"{title}, learning rate {number(rates[name])}"
        for name, title in tables.optimizer_titles.items()
    }


def told(mean: Any, metric: str, low: Any = None, high: Any = None) -> str:
    """Return a value of a metric with its interval: ``97.21 % (97.10 to 97.32)``."""
    unit = " %" if metric.endswith("accuracy") and not missing(mean) else ""
    text = metric_value(mean, metric) + unit
    if missing(low) or missing(high):
        return text
    return f"{text} ({metric_value(low, metric)} to {metric_value(high, metric)})"


def curve(
    axes: Axes,
    look: style.Look,
    x: pd.Series[Any],
    mean: pd.Series[Any],
    interval: tuple[pd.Series[Any], pd.Series[Any]] | None = None,
    *,
    markers: int | None = None,
) -> list[Artist]:
    """Draw one optimizer's curve, with a band if there is an interval.

    Parameters
    ----------
    axes : Axes
        The panel.
    look : Look
        The optimizer's.
    x, mean : Series
        Its points.
    interval : pair of Series, optional
        The ends of the interval at each point.
    markers : int, optional
        About so many points have a marker; by default all.
    """
    every = max(1, len(x) // markers) if markers else 1
    artists: list[Artist] = [*axes.plot(x, mean, **look.line, markersize=3, markevery=every)]
    if interval is not None:
        artists.append(axes.fill_between(x, *interval, color=look.colour, alpha=0.15, linewidth=0))
    return artists


def divergence_mark() -> Line2D:
    """Return the legend's entry for runs that did not finish."""
    return Line2D([], [], color=style.INK, marker="x", linestyle="none", label="diverged")


def shown_name(metric: str) -> str:
    """Return the name of a metric in words: ``test accuracy``."""
    if metric == "distance":
        return "training loss - optimum"
    return metric.replace("_", " ").replace("train ", "training ")


def shown_quantity(metric: str) -> str:
    """Return what is drawn for a metric on a log scale: an error in percent for an accuracy."""
    return shown_name(metric).replace("accuracy", "error (%)")


def to_shown(value: Any, metric: str) -> Any:
    """Return a value of a metric as :func:`shown_quantity` draws it."""
    return 100 * (1 - value) if metric.endswith("accuracy") else value


def log_scale(axes: Axes, values: Iterable[float], *, axis: str = "y") -> None:
    """Put an axis on a log scale if all values are positive, with labels in plain numbers.

    Parameters
    ----------
    axes : Axes
        The panel.
    values : iterable of float
        What it shows; NaN is ignored.
    axis : {"x", "y"}, default "y"
        Which axis.
    """
    present = [v for v in values if not math.isnan(v)]
    if not present or min(present) <= 0:
        return
    of = axes.yaxis if axis == "y" else axes.xaxis
    (axes.set_yscale if axis == "y" else axes.set_xscale)("log")
    ratio = max(present) / min(present)
    if ratio < (1000 if axis == "y" else 50) and min(present) >= 1e-3:
        between = (
            (1.0, 2.0, 5.0)
            if ratio > (10 if axis == "y" else 4)
            else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
        )
        of.set_major_locator(LogLocator(subs=between))
        of.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    of.set_minor_formatter(NullFormatter())


def epochs_axis(axes: Axes, budget: float) -> None:
    """Label the horizontal axis with epochs, whole ones if the budget has at least two."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=budget >= 2))
    axes.set_xlabel("epochs")


def dot_heights(row: int, count: int) -> list[float]:
    """Return vertical positions of dots in a row, above and below its bar."""
    return [row + (-0.32, 0.22, -0.22, 0.32)[k % 4] for k in range(count)]


def row_labels(axes: Axes, titles: Sequence[str]) -> None:
    """Label the rows of a panel with optimizers, the first on top."""
    axes.set_yticks(range(len(titles)), [wrapped(title, ROW_LABEL) for title in titles])
    axes.set_ylim(len(titles) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)


def no_data(axes: Axes, why: str) -> None:
    """Write in a panel why it is empty."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=style.MUTED)
