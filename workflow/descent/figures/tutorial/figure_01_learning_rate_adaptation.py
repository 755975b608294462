"""Figure 1: the effective learning rate on a gradient whose scale changes."""

from __future__ import annotations

import numpy as np

from descent.arrays import Array
from descent.figures.drawing import Drawing, command
from descent.figures.style import COLUMN_WIDTH, INK, LOOKS, new_figure
from descent.optimizers import SGD, AdaGrad, Optimizer, RMSprop
from descent.study.titles import optimizer_title

LEARNING_RATE = 0.01
RULES: dict[str, Optimizer] = {
    "sgd": SGD(LEARNING_RATE),
    "adagrad": AdaGrad(LEARNING_RATE),
    "rmsprop": RMSprop(LEARNING_RATE, decay_rate=0.9),
}
#: The gradient's size in each third of the steps.
SCALES = (1.0, 10.0, 0.1)
STEPS_EACH = 150


def gradients() -> Array:
    """Return the gradient of every step, shape (450,)."""
    return np.repeat(SCALES, STEPS_EACH)


def effective_rates(rule: Optimizer, gradient: Array) -> Array:
    """Return how far a parameter moved in each step, divided by that step's gradient.

    Parameters
    ----------
    rule : Optimizer
        The rule; a fresh state is allocated for it.
    gradient : ndarray of shape (steps,)
        The gradient of each step, none of them zero.

    Returns
    -------
    ndarray of shape (steps,)
        The effective learning rates.
    """
    theta = np.zeros(1)
    state = rule.init(theta)
    rates = np.empty(len(gradient))
    for t, g in enumerate(gradient):
        theta[:] = 0.0  # the step alone matters, and from zero it is exact
        rule.step(theta, np.array([g]), state)
        rates[t] = -theta[0] / g
    return rates


def settling_time(rates: Array) -> int:
    """Return after how many steps the rates stay within a tenth of the last one."""
    away = np.flatnonzero(np.abs(rates / rates[-1] - 1.0) > 0.1)
    return int(away[-1]) + 2 if away.size else 1


def draw() -> Drawing:
    """Draw the effective learning rate of RMSprop, AdaGrad and SGD on a changing gradient."""
    g = gradients()
    rates = {name: effective_rates(rule, g) for name, rule in RULES.items()}
    steps = np.arange(1, len(g) + 1)
    figure = new_figure(COLUMN_WIDTH, 4.3)
    top, middle, bottom = figure.subplots(3, sharex=True, height_ratios=(0.55, 1, 1))
    top.plot(steps, g, color=INK, drawstyle="steps-mid")
    top.set(yscale="log", ylabel="gradient", ylim=(0.03, 30), title="The gradient's scale changes")
    for name, rate in rates.items():
        look = LOOKS[name]
        style = {"color": look.colour, "linestyle": look.line_style, "label": optimizer_title(name)}
        middle.plot(steps, rate, **style)
        bottom.plot(steps, rate * g, **style)
    middle.set(yscale="log", ylabel="step / gradient", title="Effective learning rate")
    bottom.set(yscale="log", ylabel="step", xlabel="iteration", title="Step taken")
    figure.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=3)

    rms, ada = (rates[name][STEPS_EACH - 1 :: STEPS_EACH] for name in ("rmsprop", "adagrad"))
    up, down = (settling_time(part) for part in np.split(rates["rmsprop"], 3)[1:])
    caption = f"""
        The gradient is {SCALES[0]:g}, then {SCALES[1]:g}, then {SCALES[2]:g}; all learning rates
        are {LEARNING_RATE:g}. RMSprop's effective learning rate follows the scale, within {up}
        steps when the gradient grows and within {down} when it falls ({rms[0]:.2g}, {rms[1]:.2g},
        {rms[2]:.2g} at the end of each stretch): its step comes back to {LEARNING_RATE:g} whatever
        the gradient. AdaGrad remembers the large gradients for ever ({ada[0]:.2g}, {ada[1]:.2g},
        {ada[2]:.2g}): its last steps are {rms[2] / ada[2]:.0f} times smaller than RMSprop's. SGD's
        step is as large as the gradient says. RMSprop's very first step is
        {rates["rmsprop"][0] / LEARNING_RATE:.2f} times the learning rate, because its average
        starts at zero.
        """
    return Drawing(figure, caption)


if __name__ == "__main__":
    raise SystemExit(command(draw))
