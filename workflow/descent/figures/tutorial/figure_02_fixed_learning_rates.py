"""Figure 2: gradient descent on x**2 with four fixed learning rates."""

from __future__ import annotations

import numpy as np

from descent.figures.drawing import Drawing, command
from descent.figures.style import PAGE_WIDTH, new_figure
from descent.optimizers import SGD
from descent.problems.functions import Parabola
from descent.problems.trajectories import Path, follow

START = 5.0
STEPS = 20
#: What each learning rate shows, and the colour and line style it has in this figure.
LEARNING_RATES = {
    0.01: ("too small", "#56B4E9", ":"),
    0.3: ("good", "#009E73", "-"),
    0.95: ("oscillating", "#E69F00", "--"),
    1.05: ("diverging", "#D55E00", "-."),
}


def paths() -> dict[float, Path]:
    """Return the path of gradient descent for each learning rate."""
    return {lr: follow(SGD(lr), Parabola(), [START], STEPS) for lr in LEARNING_RATES}


def draw() -> Drawing:
    """Draw gradient descent on x**2: too small, good, oscillating, diverging."""
    found = paths()
    figure = new_figure(PAGE_WIDTH, 3.6)
    axes = figure.subplot_mosaic([[*LEARNING_RATES], ["values"] * 4])
    x = np.linspace(-14.0, 14.0, 400)
    for lr, path in found.items():
        word, colour, line = LEARNING_RATES[lr]
        ax, points = axes[lr], path.points[:, 0]
        ax.plot(x, x**2, color="#BBBBBB", linewidth=1.0)
        ax.plot(points, points**2, marker="o", markersize=2.5, linewidth=0.8, color=colour)
        ax.plot(points[0], points[0] ** 2, marker="o", color="black", markersize=4)
        ax.set(title=f"{lr:g}: {word}", xlim=(-14, 14), ylim=(-12, 195), xticks=(-10, 0, 10))
        ax.set_xlabel("$x$")
        ax.tick_params(labelleft=lr == min(LEARNING_RATES))
        axes["values"].plot(path.values, color=colour, linestyle=line, label=f"{lr:g}: {word}")
    axes[min(LEARNING_RATES)].set_ylabel("$x^2$")
    below = axes["values"]
    below.set(yscale="log", xlabel="iteration", ylabel="$x^2$", title="The value by iteration")
    below.set(xticks=range(0, STEPS + 1, 5), xlim=(0, STEPS))
    below.legend(loc="lower left", title="learning rate", alignment="left")
    last = {lr: path.points[-1, 0] for lr, path in found.items()}
    caption = f"""
        Gradient descent on $x^2$ from {START:g}, {STEPS} steps (black: the start). Every step
        multiplies x by 1 - 2 x learning rate. At 0.01, x is still {last[0.01]:.2f}; at 0.3
        it is at {last[0.3]:.0e}; at 0.95 it jumps from side to side and shrinks slowly, to
        {abs(last[0.95]):.2f}; at 1.05 every jump is longer than the one before, and it ends at
        {abs(last[1.05]):.0f}. The border is at 1.
        """
    return Drawing(figure, caption)


if __name__ == "__main__":
    raise SystemExit(command(draw))
