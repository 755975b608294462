"""Figure 4: the effect of the decay rate on the cache."""

from __future__ import annotations

import math

import numpy as np

from descent.arrays import Array
from descent.figures.drawing import Drawing, command
from descent.figures.style import PAGE_WIDTH, new_figure
from descent.figures.tutorial.cache import cache_of
from descent.optimizers import RMSprop

#: Colour and line style of each decay rate in this figure.
DECAY_RATES = {0.9: ("#F4A582", "-"), 0.99: ("#D55E00", "--"), 0.999: ("#67001F", ":")}
STEPS = 5000


def caches(decay_rate: float, gradient: Array) -> Array:
    """Return RMSprop's cache after each step on a sequence of gradients, shape (steps,)."""
    rule = RMSprop(0.01, decay_rate=decay_rate)
    theta = np.zeros(1)
    state = rule.init(theta)
    found = np.empty(len(gradient))
    for t, g in enumerate(gradient):
        rule.step(theta, np.array([g]), state)
        found[t] = cache_of(rule, state)[0]
    return found


def half_life(decay_rate: float) -> float:
    """Return the number of steps after which the weight of a squared gradient is halved."""
    return math.log(0.5) / math.log(decay_rate)


def draw() -> Drawing:
    """Draw the cache's response to a step and to a spike, for three decay rates."""
    steps = np.arange(1, STEPS + 1)
    figure = new_figure(PAGE_WIDTH, 2.7)
    left, right = figure.subplots(1, 2)
    peaks = {}
    for decay_rate, (colour, line) in DECAY_RATES.items():
        style = {"color": colour, "linestyle": line}
        life = half_life(decay_rate)
        filled = caches(decay_rate, np.ones(STEPS))
        left.plot(steps, filled, label=f"{decay_rate:g} (half-life {life:.1f})", **style)
        left.plot(life, np.interp(life, steps, filled), "o", color=colour, clip_on=False)
        forgotten = caches(decay_rate, np.eye(1, STEPS)[0])
        peaks[decay_rate] = forgotten[0]
        right.plot(steps, forgotten, **style)
        # the spike itself is step 1: the half-life counts from there
        right.plot(1 + life, np.interp(1 + life, steps, forgotten), "o", color=colour)
    left.axhline(0.5, color="#BBBBBB", linewidth=0.8, zorder=0)
    left.set(title="Step: the gradient is 1 from now on", ylabel="cache", ylim=(0, 1.02))
    right.set(title="Spike: it is 1 once, then 0", yscale="log", ylim=(1e-6, 0.3))
    for ax in (left, right):
        ax.set(xscale="log", xlim=(1, STEPS), xlabel="iteration")
    labels = left.get_legend_handles_labels()
    figure.legend(*labels, loc="outside lower center", ncols=3, title="decay rate")
    lives = ", ".join(f"{half_life(d):.1f}" for d in DECAY_RATES)
    caption = f"""
        RMSprop's cache, read from its state, for decay rates 0.9, 0.99 and 0.999; dots mark the
        half-lives, ln(1/2) / ln(decay rate) = {lives} steps. Left: after one half-life the cache
        has gone half the way to a new level of g**2. Right: a single gradient of 1 raises the cache
        by 1 - decay rate ({peaks[0.9]:.3g}, {peaks[0.99]:.3g}, {peaks[0.999]:.3g}) and half of that
        remains one half-life later: with a high decay rate the effect of a spike is smaller and
        lasts longer.
        """
    return Drawing(figure, caption)


if __name__ == "__main__":
    raise SystemExit(command(draw))
