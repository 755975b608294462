"""A map of the plane for each optimizer: the minimum that each start reaches, and how soon.

``python -m descent.figures.function_map --settings JSON --output STEM``; the settings are those of
:meth:`descent.study.function_settings.FunctionSettings.read`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb

from descent.arrays import Array
from descent.figures.drawing import Drawing, Table, command
from descent.figures.panels import shade_legend
from descent.figures.style import PAGE_WIDTH, new_figure
from descent.problems.functions import Function
from descent.problems.trajectories import DIVERGED, Arrivals, arrivals, parameters_at
from descent.study.function_settings import FunctionSettings

#: One colour a minimum, then: did not arrive, diverged.
MINIMA = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
NOT_ARRIVED = "#D9D9D9"
LOST = "#222222"
ARRIVAL_COLUMNS = ("starts", "success_rate", "median_steps", "diverged")


def run_all(s: FunctionSettings) -> dict[str, Arrivals]:
    """Return, for each optimizer, the arrivals of a start at every point of the map."""
    x, y = (np.linspace(low, high, s.resolution) for low, high in s.window)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    problem = s.problem(s.name, len(points))
    theta = parameters_at(problem, points)
    return {
        name: arrivals(rule, problem, theta, s.iterations) for name, rule in s.optimizers.items()
    }


def arrival_cells(run: Arrivals) -> tuple[int, float, float, float]:
    """Return the numbers of ``ARRIVAL_COLUMNS``."""
    lost = float(np.mean(run.basin == DIVERGED))
    return len(run.steps), run.success_rate, run.median_steps, lost


def colours(run: Arrivals, iterations: int) -> Array:
    """Return the colour of each start, shape (count, 3): paler where it arrived later."""
    table = np.array([to_rgb(c) for c in (*MINIMA, LOST, NOT_ARRIVED)])
    # basins count from 0 within MINIMA; DIVERGED and NOWHERE, -2 and -1, are the last two
    image = table[np.where(run.basin >= 0, run.basin % len(MINIMA), run.basin)]
    arrived = np.isfinite(run.steps) & (run.basin >= 0)
    # on a log scale: full colour at the first step, palest at the last
    late = np.log1p(run.steps[arrived]) / math.log1p(iterations)
    pale = 0.75 * np.clip((late - 0.4) / 0.6, 0.0, 1.0)[:, None]
    image[arrived] = (1.0 - pale) * image[arrived] + pale
    return image


def draw(settings: Mapping[str, Any]) -> Drawing:
    """Draw a map of starts, coloured by the minimum they end at, for each optimizer."""
    s = FunctionSettings.read(settings)
    s.check_plane()
    function, runs = s.function, run_all(s)
    columns = min(len(runs), 3)
    rows = -(-len(runs) // columns)
    figure = new_figure(PAGE_WIDTH, 0.7 + rows * (PAGE_WIDTH / 3))
    axes = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True)).ravel()
    (x0, x1), (y0, y1) = s.window
    for ax, (name, run) in zip(axes, runs.items(), strict=False):
        image = colours(run, s.iterations).reshape(s.resolution, s.resolution, 3)
        ax.imshow(
            image, origin="lower", extent=(x0, x1, y0, y1), aspect="auto", interpolation="nearest"
        )
        ax.plot(
            *function.minima.T, "*", color="white", markeredgecolor="black", markersize=8,
            markeredgewidth=0.7,
        )  # fmt: skip
        ax.set_title(f"{s.titles[name]}: {100 * run.success_rate:.1f} %")
        ax.grid(visible=False)
    for ax in axes[len(runs) :]:
        ax.set_axis_off()
    for ax in axes[max(0, len(runs) - columns) : len(runs)]:  # nothing below these
        ax.tick_params(labelbottom=True)
        ax.set_xlabel("$x_1$ of the start")
    for ax in axes[::columns]:
        ax.set_ylabel("$x_2$ of the start")
    shade_legend(figure, _legend(function, runs), columns=3)
    title = s.title(s.name)
    shares = ", ".join(
        f"{s.titles[name]} {100 * run.success_rate:.1f} %" for name, run in runs.items()
    )
    caption = f"""
        {title}: result of {s.iterations:,} iterations from each of
        {s.resolution} x {s.resolution} starts. The colour is that of the minimum (star) that the
        start reaches to within {s.tolerance:g} of the least value; paler means later. Grey: it
        does not arrive; black: it diverges. Share of the starts that arrive: {shares}.
        """
    ends = [(name, *arrival_cells(run)) for name, run in runs.items()]
    table = Table(("optimizer", *ARRIVAL_COLUMNS), ends)
    return Drawing(figure, caption, table)


def _legend(function: Function, runs: Mapping[str, Arrivals]) -> dict[str, str]:
    """Return the colour of each end of a start, by what it means."""
    points = (f"arrives at ({x:.3g}, {y:.3g})" for x, y in function.minima)
    shades = dict(zip(points, itertools.cycle(MINIMA)))
    shades["does not arrive"] = NOT_ARRIVED
    if any(np.any(run.basin == DIVERGED) for run in runs.values()):
        shades["diverges"] = LOST
    return shades


if __name__ == "__main__":
    raise SystemExit(command(draw))
