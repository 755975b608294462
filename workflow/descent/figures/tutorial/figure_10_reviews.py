"""Figure 10: a recurrent network on the sentences of movie reviews."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from descent.arrays import Array
from descent.data.dataset import Dataset, load_dataset
from descent.figures.drawing import Drawing, Table, command
from descent.figures.style import BAD, GOOD, LOOKS, PAGE_WIDTH, new_figure
from descent.figures.tutorial.training import LEARNING_RATE, draw_losses, learn
from descent.problems.rnn import RNNProblem

HIDDEN = 64
MINI_BATCH = 32
WINDOW = 20
WORDS = 12


def moving_words(data: Dataset, influence: Array, count: int = WORDS) -> list[tuple[str, float]]:
    """Return the words that move the prediction most, from the most negative to the most positive.

    Parameters
    ----------
    data : Dataset
        Prepared reviews.
    influence : ndarray of shape (vocabulary,)
        How much each word raises a review's score.
    count : int
        Number of words from either end.
    """
    order = np.argsort(influence, kind="stable")
    chosen = [*order[:count], *order[-count:]]
    return [(str(data["vocabulary"][i]), float(influence[i])) for i in chosen]


def draw(dataset: Path) -> Drawing:
    """Draw loss by step, accuracy by epoch, and the words that move the prediction most."""
    data = load_dataset(dataset)
    problem = RNNProblem("tutorial_reviews", data, hidden=HIDDEN, mini_batch=MINI_BATCH)
    record, theta = learn(problem)
    words = moving_words(data, problem.word_influence(theta))
    colour = LOOKS["rmsprop"].colour
    figure = new_figure(PAGE_WIDTH, 3.9)
    axes = figure.subplot_mosaic([["loss", "words"], ["accuracy", "words"]])

    draw_losses(axes["loss"], record.step_losses, WINDOW)
    accuracy = {
        split: 100.0 * np.array(record.curve[f"{split}_accuracy"], dtype=float)
        for split in ("train", "validation", "test")
    }
    for (split, values), line in zip(accuracy.items(), (":", "--", "-"), strict=True):
        axes["accuracy"].plot(
            np.arange(len(values)), values, color=colour, linestyle=line, label=split, marker="o",
            markersize=3,
        )  # fmt: skip
    axes["accuracy"].set(xlabel="epoch", ylabel="accuracy in %", title="Accuracy", ylim=(None, 102))
    axes["accuracy"].legend(loc="lower right")

    names, influence = zip(*words, strict=True)
    colours = [BAD if value < 0 else GOOD for value in influence]
    axes["words"].barh(range(len(words)), influence, color=colours)
    axes["words"].set_yticks(range(len(words)), names)
    axes["words"].set(title="Words that move the prediction most", ylim=(-0.6, len(words) - 0.4))
    axes["words"].set_xlabel("change of the score (above zero: towards positive)")
    axes["words"].grid(visible=False, axis="y")

    last = {split: values[-1] for split, values in accuracy.items()}
    tests = len(data["test_reviews"])
    caption = f"""
        A recurrent network of {HIDDEN} tanh units reads each review as the sequence of its
        sentences' word counts ({len(data["vocabulary"]):,} words), trained by RMSprop at learning
        rate {LEARNING_RATE:g} and decay rate 0.9, mini-batches of {MINI_BATCH}, gradients clipped
        at norm 1, {record.epochs:g} epochs, seed 0. Final accuracy: {last["train"]:.1f} % on the
        training part, {last["validation"]:.1f} % on validation, {last["test"]:.1f} % on test
        ({tests} reviews of one fold, a standard error of
        {np.sqrt(last["test"] * (100.0 - last["test"]) / tests):.1f} points). Right: the
        {WORDS} words with the most negative and the {WORDS} with the most positive influence.
        """
    return Drawing(figure, caption, Table(("word", "influence"), words))


if __name__ == "__main__":
    raise SystemExit(command(draw))
