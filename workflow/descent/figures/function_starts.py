"""The share of random starts that arrive, by iteration: with the original axes, and rotated.

``python -m descent.figures.function_starts --settings JSON --output STEM``; the settings are those
of :meth:`descent.study.function_settings.FunctionSettings.read`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.ticker import PercentFormatter

from descent.figures.drawing import Drawing, Table, command
from descent.figures.function_map import ARRIVAL_COLUMNS, arrival_cells
from descent.figures.panels import wrapped
from descent.figures.style import PAGE_WIDTH, new_figure, palette
from descent.foundation.seeding import generator
from descent.problems.trajectories import Arrivals, arrivals
from descent.study.function_settings import FunctionSettings

#: Whether the starts are rotated: left and right panels.
HALVES = (False, True)
#: Characters in a line above a panel.
_TITLE = 40
COLUMNS = ("function", "optimizer", "rotated", *ARRIVAL_COLUMNS)


def run_all(s: FunctionSettings) -> dict[tuple[str, str, bool], Arrivals]:
    """Return the arrivals for each function, optimizer, and whether it is rotated.

    All optimizers have the same starts and the same rotations, and both panels the same starts.
    """
    runs = {}
    for label in s.functions:
        for rotated in HALVES:
            problem = s.problem(label, s.starts, rotations=rotated)
            theta = problem.init(generator(label, 0, "starts"))
            for name, rule in s.optimizers.items():
                runs[label, name, rotated] = arrivals(rule, problem, theta, s.iterations)
    return runs


def draw(settings: Mapping[str, Any]) -> Drawing:
    """Draw the share of starts that have arrived by each iteration, not rotated and rotated."""
    s = FunctionSettings.read(settings)
    runs = run_all(s)
    looks = palette(s.optimizers)
    titles = {function: wrapped(s.title(function), _TITLE) for function in s.functions}
    lines = sum(title.count("\n") + 1 for title in titles.values())
    figure = new_figure(PAGE_WIDTH, 0.6 + 1.46 * len(s.functions) + 0.14 * lines)
    axes = figure.subplots(len(s.functions), 2, sharex=True, sharey=True, squeeze=False)
    steps = np.arange(s.iterations + 1)
    for row, function in zip(axes, s.functions, strict=True):
        row[0].set(title=titles[function], ylabel="starts arrived")
        row[1].set_title("the same, randomly rotated")
        for ax, rotated in zip(row, HALVES, strict=True):
            for name, look in looks.items():
                run = runs[function, name, rotated]
                arrived = np.searchsorted(np.sort(run.steps), steps, side="right") / len(run.steps)
                style = {"color": look.colour, "linestyle": look.line_style}
                ax.plot(
                    np.maximum(steps, 1), arrived, drawstyle="steps-post",
                    label=s.titles[name], **style,
                )  # fmt: skip
                if np.isfinite(run.median_steps):
                    ax.plot(max(run.median_steps, 1), 0.5, **look.point, markersize=5)
            ax.set(xscale="log", xlim=(1, s.iterations), ylim=(-0.02, 1.02))
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    for ax in axes[-1]:
        ax.set_xlabel("iteration")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 7))
    table = [(*key, *arrival_cells(run)) for key, run in runs.items()]
    return Drawing(figure, _caption(s, runs), Table(COLUMNS, table))


def _caption(s: FunctionSettings, runs: Mapping[tuple[str, str, bool], Arrivals]) -> str:
    # the clearest case of an optimizer that depends on the axes
    lost = {
        (function, name): run.success_rate - runs[function, name, True].success_rate
        for (function, name, rotated), run in runs.items()
        if not rotated
    }
    function, name = max(lost, key=lambda key: abs(lost[key]))
    before, after = (runs[function, name, rotated].success_rate for rotated in (False, True))
    return f"""
        Share of {s.starts} random starts that have come within {s.tolerance:g} of the least value,
        by iteration; a marker at 50 % is the median. Every optimizer has the same starts. Right:
        the same starts, each with a random rotation of its own.
        Gradient descent and momentum are invariant to the rotation; rules that scale every
        coordinate on its own may depend on it. The largest change of the final share:
        {s.titles[name]} ({s.title(function)}),
        {100 * before:.0f} % with the original axes and {100 * after:.0f} % rotated.
        """


if __name__ == "__main__":
    raise SystemExit(command(draw))
