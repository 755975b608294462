"""Figure 7: gradient descent and RMSprop in Rosenbrock's valley."""

from __future__ import annotations

import numpy as np

from descent.figures.drawing import Drawing, command
from descent.figures.function_paths import describe_ends, draw_paths
from descent.optimizers import SGD, Optimizer, RMSprop
from descent.problems.functions import Rosenbrock
from descent.problems.trajectories import Path, follow
from descent.study.titles import optimizer_title

START = (-1.5, 2.5)
STEPS = 1000
WINDOW = np.array([[-2.0, 2.0], [-0.5, 3.0]])
RULES: dict[str, Optimizer] = {"sgd": SGD(0.001), "rmsprop": RMSprop(0.01, decay_rate=0.9)}


def paths() -> dict[str, Path]:
    """Return the path of each rule."""
    return {name: follow(rule, Rosenbrock(), START, STEPS) for name, rule in RULES.items()}


def draw() -> Drawing:
    """Draw Rosenbrock from (-1.5, 2.5): gradient descent at 0.001 against RMSprop at 0.01."""
    function, found = Rosenbrock(), paths()
    titles = {name: optimizer_title(name) for name in found}
    figure = draw_paths(found, titles, function, WINDOW, "Rosenbrock")
    sgd, rms = found["sgd"], found["rmsprop"]
    caption = f"""
        Rosenbrock's function from {START}, {STEPS:,} iterations; gradient descent (SGD with the
        whole gradient) at learning rate 0.001, RMSprop at 0.01 and decay rate 0.9. The sides of
        the valley are so steep that gradient descent oscillates between them at first: its value
        rises to {sgd.values.max():.0f} before it falls. On the flat floor its steps are tiny, and
        it ends {sgd.distances[-1]:.2f} from the minimum. RMSprop's steps hardly depend on the
        slope: it follows the valley at once and ends {rms.distances[-1]:.2f} from the minimum.
        {describe_ends(found, titles, function)}. Star: minimum; small markers: every {STEPS // 12}
        steps; large marker: end.
        """
    return Drawing(figure, caption)


if __name__ == "__main__":
    raise SystemExit(command(draw))
