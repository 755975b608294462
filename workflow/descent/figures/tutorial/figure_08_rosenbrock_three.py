"""Figure 8: RMSprop, SGD and Adam in Rosenbrock's valley."""

from __future__ import annotations

import numpy as np

from descent.figures.drawing import Drawing, command
from descent.figures.function_paths import describe_ends, draw_paths
from descent.figures.tutorial.figure_07_rosenbrock_two import START, WINDOW
from descent.optimizers import SGD, Adam, Optimizer, RMSprop
from descent.problems.functions import Rosenbrock
from descent.problems.trajectories import Path, follow
from descent.study.titles import optimizer_title

STEPS = 3000
RULES: dict[str, Optimizer] = {
    "rmsprop": RMSprop(0.01, decay_rate=0.9),
    "sgd": SGD(0.001),
    "adam": Adam(0.01),
}


def paths() -> dict[str, Path]:
    """Return the path of each rule."""
    return {name: follow(rule, Rosenbrock(), START, STEPS) for name, rule in RULES.items()}


def overtaken(found: dict[str, Path]) -> int:
    """Return the first step after which RMSprop's value is never again the least."""
    values = np.array([path.values for path in found.values()])
    leads = np.flatnonzero(np.argmin(values, axis=0) == list(found).index("rmsprop"))
    return int(leads[-1]) + 1


def draw() -> Drawing:
    """Draw RMSprop, SGD and Adam on Rosenbrock: contours, paths, values."""
    function, found = Rosenbrock(), paths()
    titles = {name: optimizer_title(name) for name in found}
    figure = draw_paths(found, titles, function, WINDOW, "Rosenbrock")
    rms = found["rmsprop"]
    late = np.abs(np.diff(rms.points[-200:], axis=0)).mean()
    caption = f"""
        Rosenbrock's function from {START}, {STEPS:,} iterations; RMSprop and Adam at learning rate
        0.01, SGD at 0.001. {describe_ends(found, titles, function)}. RMSprop is the fastest for
        {overtaken(found):,} steps. Its steps do not shrink with the gradient, so at a fixed
        learning rate it finally oscillates across the valley by {late:.2g} a step, and its value
        stops falling. Adam's average of gradients cancels such oscillations. With one start and
        one learning rate each, the figure shows how the rules move and is not a ranking.
        """
    return Drawing(figure, caption)


if __name__ == "__main__":
    raise SystemExit(command(draw))
