"""Figure 3: five updates of RMSprop that can be checked with a pocket calculator."""

from __future__ import annotations

import numpy as np
from matplotlib.transforms import Bbox

from descent.figures.drawing import Drawing, Table, command
from descent.figures.style import PAGE_WIDTH, new_figure
from descent.figures.tutorial.cache import cache_of
from descent.optimizers import RMSprop

PARAMETER = 5.0
GRADIENT = 2.0
STEPS = 5
COLUMNS = ("step", "gradient", "cache", "root of cache", "change", "parameter")


def rows() -> list[tuple[float, ...]]:
    """Return parameter and cache at the start and after each step."""
    rule = RMSprop.flavour("tutorial")
    params = {"w": np.array([PARAMETER])}
    found: list[tuple[float, ...]] = [(0, GRADIENT, 0.0, 0.0, 0.0, PARAMETER)]
    for step in range(1, STEPS + 1):
        before = params["w"][0]
        rule.update(params, {"w": np.array([GRADIENT])})
        assert rule.state is not None
        cache = float(cache_of(rule, rule.state)[0])
        after = float(params["w"][0])
        found.append((step, GRADIENT, cache, cache**0.5, after - before, after))
    return found


def draw() -> Drawing:
    """Draw the table of parameter and cache for five steps at parameter 5, gradient 2."""
    numbers = rows()
    cells = [
        [f"{step:.0f}", f"{g:g}", *(f"{x:.6f}" for x in others)] for step, g, *others in numbers
    ]
    cells[0] = ["0", "", f"{0:.6f}", "", "", f"{PARAMETER:.6f}"]
    figure = new_figure(PAGE_WIDTH, 2.1)
    ax = figure.subplots()
    ax.set_axis_off()
    heads = [
        "step",
        "gradient\n$g$",
        "cache\n$v = 0.9\\,v + 0.1\\,g^2$",
        "root\n$\\sqrt{v}$",
        "change\n$-0.01\\,g\\,/\\,(\\sqrt{v} + 10^{-8})$",
        "parameter\n$\\theta$",
    ]
    table = ax.table(
        cells, colLabels=heads, cellLoc="center", colWidths=[0.08, 0.1, 0.22, 0.14, 0.3, 0.16],
        bbox=Bbox.unit(), edges="horizontal",
    )  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(8)
    for (row, _), cell in table.get_celld().items():
        cell.set_edgecolor("#BBBBBB")
        if row == 0:
            cell.set_height(1.8 * cell.get_height())
            cell.set_text_props(weight="bold")
    first, last = numbers[1], numbers[-1]
    caption = f"""
        RMSprop at learning rate 0.01 and decay rate 0.9, parameter {PARAMETER:g}, gradient
        {GRADIENT:g} in every step. The first cache is 0.1 x 4 = {first[2]:.1f}, so that the first
        change is 0.01 x 2 / {first[3]:.4f} = {-first[4]:.4f}; as the cache fills towards
        g**2 = 4, the change falls towards the learning rate ({-last[4]:.4f} at step {STEPS}). The
        numbers are the optimizer's own parameter and state.
        """
    return Drawing(figure, caption, Table(COLUMNS, numbers))


if __name__ == "__main__":
    raise SystemExit(command(draw))
