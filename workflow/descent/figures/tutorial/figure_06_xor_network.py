"""Figure 6: a network of 3, 4 and 1 units on the four rows of exclusive or."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from descent.arrays import Array, Layout
from descent.figures.drawing import Drawing, command
from descent.figures.style import INK, LOOKS, PAGE_WIDTH, new_figure
from descent.foundation.seeding import generator
from descent.optimizers import RMSprop

#: The four rows: two bits, and a one in place of a bias.
INPUTS = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])
HIDDEN = 4
LEARNING_RATE = 0.1
EPOCHS = 10_000
SEEDS = 200
#: A network has solved the rows when every output is this near to its target.
NEAR = 0.1


class XorNetworks:
    """Many networks at once, each with weights of its own, on the same four rows.

    ::

        h    = sigmoid(X W1)        (4, 3) (3, H) -> (4, H)
        y    = sigmoid(h w2)        (4, H) (H,)   -> (4,)
        loss = mean((y - target)**2)

    Parameters
    ----------
    count : int
        The number of networks.

    Attributes
    ----------
    layout : Layout
        ``W1`` of shape (count, 3, H) and ``w2`` of shape (count, H).
    """

    def __init__(self, count: int) -> None:
        self.layout = Layout({"W1": (count, 3, HIDDEN), "w2": (count, HIDDEN)})

    def outputs(self, theta: Array) -> tuple[Array, Array]:
        """Return hidden activations, shape (count, 4, H), and outputs, shape (count, 4)."""
        p = self.layout.views(theta)
        h = _sigmoid(INPUTS @ p["W1"])  # (S, 4, H)
        return h, _sigmoid((h @ p["w2"][..., None])[..., 0])

    def losses_and_grad(self, theta: Array, grad: Array) -> Array:
        """Return each network's loss, shape (count,), and write each one's own gradient."""
        w2, g = self.layout.views(theta)["w2"], self.layout.views(grad)
        h, y = self.outputs(theta)
        error = y - TARGETS  # (S, 4)
        dz = (2.0 / len(TARGETS)) * error * y * (1.0 - y)  # (S, 4)
        g["w2"][...] = (dz[:, None, :] @ h)[:, 0, :]
        dh = dz[..., None] * w2[:, None, :] * h * (1.0 - h)  # (S, 4, H)
        g["W1"][...] = INPUTS.T @ dh
        losses: Array = np.mean(error**2, axis=1)
        return losses


@dataclass(frozen=True)
class Outcome:
    """The result of all networks.

    Attributes
    ----------
    losses : ndarray of shape (epochs, seeds)
        Loss of each network before each epoch's step.
    outputs : ndarray of shape (seeds, 4)
        Final outputs.
    """

    losses: Array
    outputs: Array

    @property
    def solved(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether each network has every output near its target, shape (seeds,)."""
        near: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.all(
            np.abs(self.outputs - TARGETS) < NEAR, axis=1
        )
        return near


def learn(seeds: int = SEEDS, epochs: int = EPOCHS) -> Outcome:
    """Train one network a seed with RMSprop, full batch, all in one vector.

    Parameters
    ----------
    seeds : int
        Number of networks; their weights are uniform on [0, 1), as in the tutorial.
    epochs : int
        Number of steps.
    """
    networks = XorNetworks(seeds)
    theta = np.empty(networks.layout.size)
    weights = networks.layout.views(theta)
    for seed in range(seeds):
        rng = generator("xor", seed, "initial_parameters")
        weights["W1"][seed] = rng.uniform(size=(3, HIDDEN))
        weights["w2"][seed] = rng.uniform(size=HIDDEN)
    rule = RMSprop.flavour("tutorial", learning_rate=LEARNING_RATE)
    state, gradient = rule.init(theta), np.empty_like(theta)
    losses = np.empty((epochs, seeds))
    for epoch in range(epochs):
        losses[epoch] = networks.losses_and_grad(theta, gradient)
        rule.step(theta, gradient, state)
    return Outcome(losses, networks.outputs(theta)[1])


def draw() -> Drawing:
    """Draw loss by epoch and final outputs of the four-row network over many seeds."""
    outcome = learn()
    colour = LOOKS["rmsprop"].colour
    solved = outcome.solved
    figure = new_figure(PAGE_WIDTH, 2.8)
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
    epochs = np.arange(1, len(outcome.losses) + 1)
    shown = np.unique(np.geomspace(1, len(epochs), 400).astype(int)) - 1  # even on a log axis
    kinds = [(solved, colour, "solved"), (~solved, INK, "not solved")]
    for chosen, c, word in kinds:
        if chosen.any():
            label = f"{word}: {chosen.sum()} of {len(solved)} seeds (median)"
            lines = outcome.losses[np.ix_(shown, np.flatnonzero(chosen))]
            left.plot(epochs[shown], lines, linewidth=0.3, alpha=0.25, color=c)
            left.plot(epochs[shown], np.median(lines, axis=1), label=label, color=c)
    left.set(xscale="log", yscale="log", xlim=(1, len(epochs)), title="Loss by epoch")
    left.set(xlabel="epoch", ylabel="mean squared error")
    left.legend(loc="lower left")
    rng = generator("xor", 0, "analysis")
    for row, target in enumerate(TARGETS):
        x = row + rng.uniform(-0.25, 0.25, size=len(solved))
        for chosen, c, _ in kinds:
            right.plot(
                x[chosen], outcome.outputs[chosen, row], "o", markersize=2.2, color=c,
                alpha=0.5, markeredgewidth=0,
            )  # fmt: skip
        right.hlines(target, row - 0.35, row + 0.35, color="#0072B2", linewidth=1.2, zorder=1)
    right.set(ylabel="output", ylim=(-0.05, 1.05), xlabel="input row (blue line: its target)")
    right.set_xticks(range(4), ["0 0 1", "0 1 1", "1 0 1", "1 1 1"])
    right.set_title("Final outputs, a dot a seed")
    last = outcome.losses[-1]
    caption = f"""
        A 3-4-1 network of sigmoids on the four rows of exclusive or, full batch, RMSprop at
        learning rate {LEARNING_RATE:g}, {len(epochs):,} epochs, {len(solved)} seeds.
        {100 * solved.mean():.1f} % of the seeds bring every output within {NEAR:g} of its target;
        their median final loss is {np.median(last[solved]):.1e}. {(~solved).sum()} of
        {len(solved)} seeds end on a plateau, which a figure of one seed would not show.
        """
    return Drawing(figure, caption)


def _sigmoid(z: Array) -> Array:
    # 0 to 1 without overflow for any z
    y: Array = 0.5 * (1.0 + np.tanh(0.5 * z))
    return y


if __name__ == "__main__":
    raise SystemExit(command(draw))
