"""The paths of optimizers over a function's contours, and their distance to the minimum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from descent.arrays import Array
from descent.figures.panels import log_scale
from descent.figures.style import PAGE_WIDTH, new_figure, palette
from descent.problems.functions import Function
from descent.problems.trajectories import Path

#: Differences to the minimum below this are drawn at this value: they are rounding errors.
FLOOR = 1e-16
#: Width of a step that turns back, in points.
HAIRLINE = 0.25


def draw_contours(ax: Axes, function: Function, window: Array) -> None:
    """Draw contours, evenly spaced on a log scale above the minimum, and the minima as stars.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where.
    function : Function
        A function of two variables.
    window : ndarray of shape (2, 2)
        ``((x low, x high), (y low, y high))``.
    """
    x, y = (np.linspace(low, high, 481) for low, high in window)
    points = np.stack(np.meshgrid(x, y), axis=-1)
    above = function.value(points) - function.minimum
    low, high = np.quantile(above, (0.01, 1.0))
    levels = np.geomspace(max(low, high * 1e-6), high, 14)
    above = np.clip(above, levels[0], levels[-1])
    # the light half of the colour map, so that the paths stand out
    norm = LogNorm(levels[0], levels[-1] * 1e5)
    ax.contourf(x, y, above, levels=levels, norm=norm, cmap="Greys", antialiased=True)
    ax.contour(x, y, above, levels=levels, colors="#B0B0B0", linewidths=0.4)
    ax.plot(
        *function.minima.T, "*", color="white", markeredgecolor="black", markersize=9,
        markeredgewidth=0.8, linestyle="none", zorder=5, label="minimum",
    )  # fmt: skip
    ax.set(xlim=window[0], ylim=window[1], xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(visible=False)


def draw_paths(
    paths: Mapping[str, Path],
    titles: Mapping[str, str],
    function: Function,
    window: Array,
    title: str,
) -> Figure:
    """Draw contours with paths, and value and distance to the minimum by iteration.

    Parameters
    ----------
    paths : mapping of str to Path
        Paths from one start, by name of the optimizer.
    titles : mapping of str to str
        Display names of the optimizers.
    function : Function
        A function of two variables.
    window : ndarray of shape (2, 2)
        What of the plane is drawn.
    title : str
        Of the contours.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, as wide as a page.
    """
    looks = palette(paths)
    figure = new_figure(PAGE_WIDTH, 3.5)
    axes = figure.subplot_mosaic(
        [["plane", "value"], ["plane", "distance"]], width_ratios=(1.25, 1)
    )
    draw_contours(axes["plane"], function, window)
    axes["plane"].set_title(title)
    # the first path is the widest: where paths coincide, all of them are seen
    widths = np.linspace(2.0, 1.0, len(paths))
    for width, (name, path) in zip(widths, paths.items(), strict=True):
        look = looks[name]
        # markers at equal numbers of steps show the speed
        spacing = max(1, len(path.points) // 12)
        _draw_steps(axes["plane"], path.points, look.colour, width)
        axes["plane"].plot(
            *path.points[::spacing].T, markersize=3.5, linestyle="none", zorder=5, **look.point
        )
        axes["plane"].plot(
            [], [], markersize=3.5, linewidth=width, label=titles[name], **look.point
        )
        axes["plane"].plot(*path.points[-1:].T, markersize=6, zorder=6, **look.point)
        style: dict[str, Any] = {"color": look.colour, "linestyle": look.line_style}
        axes["value"].plot(np.maximum(path.values - function.minimum, FLOOR), **style)
        axes["distance"].plot(np.maximum(path.distances, FLOOR), **style)
    start = next(iter(paths.values())).points[0]
    axes["plane"].plot(
        *start, "o", color="black", markeredgecolor="white", markersize=5, zorder=7, label="start"
    )
    above = "value" if function.minimum == 0.0 else "value above the minimum"
    axes["value"].set_title(above.capitalize())
    axes["value"].tick_params(labelbottom=False)
    axes["distance"].set(xlabel="iteration", title="Distance to the minimum")
    for name in ("value", "distance"):
        log_scale(axes[name], np.concatenate([line.get_ydata() for line in axes[name].lines]))
    handles, labels = axes["plane"].get_legend_handles_labels()
    rows = -(-len(labels) // 6)
    figure.legend(handles, labels, loc="outside lower center", ncols=-(-len(labels) // rows))
    return figure


def _draw_steps(axes: Axes, points: Array, colour: str, width: float) -> None:
    """Draw the steps of a path; those that turn back are hairlines, and do not make a blot."""
    steps = np.diff(points, axis=0)
    turns = (steps[1:] * steps[:-1]).sum(axis=1) < 0.0
    turning = np.zeros(len(steps), dtype=bool)
    turning[1:] |= turns
    turning[:-1] |= turns
    axes.add_collection(
        LineCollection(
            list(np.stack([points[:-1], points[1:]], axis=1)),
            colors=colour,
            linewidths=np.where(turning, HAIRLINE, width),
            capstyle="round",
            zorder=2,
        )
    )


def describe_ends(paths: Mapping[str, Path], titles: Mapping[str, str], function: Function) -> str:
    """Return, for a caption, the final value of each path above the minimum."""
    parts = []
    for name, path in paths.items():
        if path.diverged:
            parts.append(f"{titles[name]} diverges after {len(path.points) - 1} steps")
        else:
            above = path.values[-1] - function.minimum
            parts.append(f"{titles[name]} ends {above:.2g} above the minimum")
    return "; ".join(parts)
