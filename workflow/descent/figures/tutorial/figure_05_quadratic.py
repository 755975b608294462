"""Figure 5: gradient descent and RMSprop on x**2 from 5."""

from __future__ import annotations

import numpy as np

from descent.figures.drawing import Drawing, command
from descent.figures.style import LOOKS, PAGE_WIDTH, new_figure
from descent.optimizers import SGD, Optimizer, RMSprop
from descent.problems.functions import Parabola
from descent.problems.trajectories import Path, follow
from descent.study.titles import optimizer_title

START = 5.0
LEARNING_RATE = 0.1
STEPS = 50
RULES: dict[str, Optimizer] = {
    "sgd": SGD(LEARNING_RATE),
    "rmsprop": RMSprop(LEARNING_RATE, decay_rate=0.9),
}


def paths() -> dict[str, Path]:
    """Return the path of each rule."""
    return {name: follow(rule, Parabola(), [START], STEPS) for name, rule in RULES.items()}


def draw() -> Drawing:
    """Draw gradient descent and RMSprop on x**2: the parameter and the value by iteration."""
    found = paths()
    figure = new_figure(PAGE_WIDTH, 2.6)
    left, middle, right = figure.subplots(1, 3)
    x = np.linspace(-1.0, 5.4, 200)
    left.plot(x, x**2, color="#BBBBBB", linewidth=1.0)
    for name, path in found.items():
        look = LOOKS[name]
        label = "gradient descent" if name == "sgd" else optimizer_title(name)
        points = path.points[:, 0]
        # RMSprop's path is drawn higher: both are on the same parabola
        lift = 1.2 if name == "rmsprop" else 0.0
        left.plot(
            points, points**2 + lift, color=look.colour, marker=look.marker, markersize=3,
            linewidth=0.7, markeredgewidth=0,
        )  # fmt: skip
        style = {"color": look.colour, "linestyle": look.line_style}
        middle.plot(points, label=label, **style)
        right.plot(path.values, **style)
    left.set(title="Path", xlabel="$x$", ylabel="$x^2$")
    middle.set(title="Parameter", xlabel="iteration", ylabel="$x$")
    right.set(title="Value, log scale", xlabel="iteration", ylabel="$x^2$", yscale="log")
    figure.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    sgd, rms = found["sgd"], found["rmsprop"]
    first = [abs(path.points[1, 0] - START) for path in (sgd, rms)]
    moves = np.abs(np.diff(rms.points[:, 0]))
    pace, last = np.mean(moves), moves[-1]
    caption = f"""
        $x^2$ from {START:g}, learning rate {LEARNING_RATE:g}, {STEPS} iterations. Gradient
        descent's step is proportional to the gradient: {first[0]:.2f} at first, and the value falls
        by the same factor in every iteration, to {sgd.values[-1]:.1e}. RMSprop divides by
        the size of the gradient: its step is {first[1]:.2f} at first, {pace:.2f} on average and
        still {last:.2f} at the end, and its value ends at {rms.values[-1]:.2g}. (Its path is drawn
        1.2 too high, to separate the two.) On a well-scaled parabola gradient descent is better:
        the advantage of RMSprop is that its steps do not depend on the scale.
        """
    return Drawing(figure, caption)


if __name__ == "__main__":
    raise SystemExit(command(draw))
