"""Figure 9: a network with one hidden layer on images of digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from descent.data.dataset import Dataset, load_dataset
from descent.figures.digit_grid import draw_digits
from descent.figures.drawing import Drawing, command
from descent.figures.style import LOOKS, PAGE_WIDTH, new_figure
from descent.figures.tutorial.training import LEARNING_RATE, draw_losses, learn
from descent.problems.mlp import MLPProblem

HIDDEN = 128
MINI_BATCH = 128
WINDOW = 50


def network(data: Dataset) -> MLPProblem:
    """Return the network on prepared images: any vectors with ``about["image_shape"]``."""
    return MLPProblem("tutorial_mnist", data, hidden=[HIDDEN], mini_batch=MINI_BATCH)


def draw(dataset: Path) -> Drawing:
    """Draw loss by step, test accuracy by epoch, and test digits with predicted labels."""
    data = load_dataset(dataset)
    problem = network(data)
    record, theta = learn(problem)
    labels = np.asarray(data["test_labels"], dtype=np.intp)
    predicted = problem.predict(theta, "test")
    colour = LOOKS["rmsprop"].colour
    figure = new_figure(PAGE_WIDTH, 4.4)
    parts: Any = figure.subfigures(2, 1, height_ratios=(1.15, 1))
    top, bottom = parts

    left, right = top.subplots(1, 2)
    draw_losses(left, record.step_losses, WINDOW)
    left.set_yscale("log")
    accuracy = 100.0 * np.array(record.curve["test_accuracy"], dtype=float)
    epochs = np.arange(1, len(accuracy))
    right.plot(epochs, accuracy[1:], color=colour, marker="o", clip_on=False)
    for epoch, value in zip(epochs, accuracy[1:], strict=True):
        right.annotate(
            f"{value:.1f}", (epoch, value), (0, -12), textcoords="offset points", ha="center",
            fontsize=7,
        )  # fmt: skip
    right.set(xlabel="epoch", ylabel="test accuracy in %", title="Accuracy")
    right.set(xticks=epochs, xlim=(0.6, len(epochs) + 0.4), ylim=(min(accuracy[1:]) - 2, 100))

    wrong = np.flatnonzero(predicted != labels)
    examples = [int(np.argmax(labels == c)) for c in range(int(data.about["classes"]))]
    title = "Test digits: predicted / true"
    bottom.suptitle(title, x=0.01, ha="left", fontsize=8.5, weight="bold")
    draw_digits(bottom, data, predicted, [examples[:10], wrong[:10]], columns=10)
    source = data.about.get("source", "digits")
    caption = f"""
        {source}: a network of {problem.model.sizes[0]}-{HIDDEN}-{problem.model.sizes[-1]} units,
        RMSprop at learning rate {LEARNING_RATE:g} and decay rate 0.9, mini-batches of {MINI_BATCH},
        seed 0. The loss falls within the first epoch ({problem.steps_per_epoch} steps) and slowly
        after it; test accuracy is {accuracy[0]:.1f} % before training, {accuracy[1]:.1f} % after
        one epoch and {accuracy[-1]:.1f} % after {record.epochs:g}. Upper row: the first test image
        of each class, as predicted / true. Lower row: the first of {len(wrong)} misclassified
        images, of {len(labels):,}.
        """
    return Drawing(figure, caption)


if __name__ == "__main__":
    raise SystemExit(command(draw))
