"""The benchmark in one figure: epochs, steps, and straight lines.

``python -m descent.benchmark.figure results/benchmark --output results/benchmark/benchmark``
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from descent.benchmark.rows import OURS, PRODUCTS, Row, fastest
from descent.benchmark.table import EPOCHS, read_all
from descent.figures.style import MUTED, PAGE_WIDTH, new_figure, save_figure
from descent.foundation.command_line import command_parser
from descent.study.titles import optimizer_title

#: How each candidate is drawn.
COLOURS = {
    OURS: "#0072B2",
    PRODUCTS: MUTED,
    "memory traffic alone": MUTED,
    "PyTorch, default": "#D55E00",
    "PyTorch, fastest": "#E69F00",
    "scikit-learn": "#009E73",
}


def draw(rows: Sequence[Row]) -> Figure:
    """Return the figure.

    Parameters
    ----------
    rows : sequence of Row
        Of all measurements; a panel without its rows says so.
    """
    figure = new_figure(PAGE_WIDTH, 6.4)
    grid = figure.add_gridspec(3, 6, height_ratios=(1.0, 1.0, 1.0))
    _epochs(figure.add_subplot(grid[0, :]), rows)
    _steps(figure.add_subplot(grid[1, :]), rows)
    panels = (
        ("study_cost", "a run of no length", "runs of a study", "ms of a core, a run"),
        ("step_growth", "parameters", "parameters", "µs a step"),
        ("step_growth", "mini-batch", "examples in a mini-batch", "µs a step"),
    )
    for i, (measurement, case, x, y) in enumerate(panels):
        ax = figure.add_subplot(grid[2, 2 * i : 2 * i + 2])
        points = [r for r in rows if (r.measurement, r.case) == (measurement, case)]
        _line(ax, points, grows=measurement == "step_growth")
        ax.set(xlabel=x, ylabel=y)
    return figure


def _epochs(ax: Any, rows: Sequence[Row]) -> None:
    """Draw each epoch as multiples of the products alone."""
    bars: list[tuple[str, dict[str, float]]] = []
    for measurement in EPOCHS:
        for case in dict.fromkeys(r.case for r in rows if r.measurement == measurement):
            of = {
                r.candidate: r.value
                for r in rows
                if (r.measurement, r.case) == (measurement, case) and r.value is not None
            }
            if (floor := fastest(of, PRODUCTS)) is not None:
                of["PyTorch, fastest"] = fastest(of, "PyTorch") or np.nan
                of["PyTorch, default"] = fastest(of, "PyTorch, default") or np.nan
                label = f"{measurement.removesuffix('_epoch')}\n{optimizer_title(case)}"
                bars.append((label, {name: value / floor for name, value in of.items()}))
    names = (OURS, "PyTorch, default", "PyTorch, fastest", "scikit-learn")
    _bars(ax, bars, names)
    ax.axhline(1.0, color=MUTED, linewidth=1.0)
    ax.set_yscale("log")
    ax.set(ylabel="time of an epoch /\nproducts alone", title="An epoch")


def _steps(ax: Any, rows: Sequence[Row]) -> None:
    """Draw a step of every rule at the greatest length that was measured."""
    of = [r for r in rows if r.measurement == "optimizer_step" and r.size is not None]
    largest = max((r.size for r in of if r.size is not None), default=0.0)
    bars: list[tuple[str, dict[str, float]]] = []
    for case in dict.fromkeys(r.case for r in of if r.size == largest):
        values = {r.candidate: r.value for r in of if r.case == case and r.value is not None}
        values["PyTorch, fastest"] = fastest(values, "PyTorch") or np.nan
        bars.append((optimizer_title(case.partition(",")[0]), values))
    names = ("memory traffic alone", OURS, "PyTorch, default", "PyTorch, fastest")
    _bars(ax, bars, names)
    ax.tick_params(axis="x", labelrotation=90)
    ax.set_yscale("log")  # Muon multiplies matrices
    ax.margins(x=0.01)
    ax.set(ylabel=f"ns a parameter,\n{largest:,.0f} of them", title="A step")


def _bars(ax: Any, bars: Sequence[tuple[str, dict[str, float]]], names: Sequence[str]) -> None:
    """Draw groups of bars; missing measurements are left empty."""
    width = 0.8 / len(names)
    x = np.arange(len(bars))
    for i, name in enumerate(names):
        heights = [values.get(name, np.nan) for _, values in bars]
        ax.bar(x + (i + 0.5) * width - 0.4, heights, width, color=COLOURS[name], label=name)
    ax.set_xticks(x, [label for label, _ in bars])
    ax.grid(visible=False, axis="x")
    ax.legend(ncols=len(names), loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)


def _line(ax: Any, points: Sequence[Row], *, grows: bool) -> None:
    """Draw cost against size; ``grows``: with the straight line through it, else from zero on."""
    measured = [(r.size, r.value) for r in points if r.size is not None and r.value is not None]
    if not measured:
        ax.text(0.5, 0.5, "not measured", ha="center", va="center", transform=ax.transAxes)
        return
    x, y = (np.array(column, float) for column in zip(*sorted(measured), strict=True))
    ax.plot(x, y, "o", color=COLOURS[OURS])
    ax.set(xlim=(0.0, 1.05 * x.max()), ylim=(0.0, 1.15 * y.max()))
    ax.ticklabel_format(axis="x", scilimits=(-3, 5))
    if grows and len(x) > 1:
        # fit the relative error: otherwise the largest size would determine the line
        slope, start = np.polyfit(x, y, 1, w=1.0 / y)
        ax.plot(x, start + slope * x, "-", color=MUTED, zorder=1)
        each = f"{slope:.2f} µs" if slope >= 1.0 else f"{1e3 * slope:.2f} ns"
        ax.set_title(f"{start:.0f} µs + {each} each")
    else:
        ax.set_title("A run's cost")


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the figure and write it in all formats."""
    parser = command_parser("descent.benchmark.figure", __doc__)
    parser.add_argument("folder", type=Path, help="where the CSV files are")
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    options = parser.parse_args(arguments)
    save_figure(draw(read_all(options.folder)), options.output)


if __name__ == "__main__":
    main()
