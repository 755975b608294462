"""Test digits with predicted and true labels, by the best tuned network.

``python -m descent.figures.predicted_digits results/<study>/study.json --problem NAME --output
STEM`` trains the first of the leaderboard once more, on the first evaluation seed: a record keeps
no parameters.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.analysis.tables.study_tables import StudyTables
from descent.data.dataset import load_dataset
from descent.data.labelled_vectors import names_of_classes
from descent.figures import panels, style
from descent.figures.digit_grid import draw_digits
from descent.figures.drawing import Drawing
from descent.figures.study_figures import problems_with_digits
from descent.figures.trained_again import command, train_again
from descent.problems.mlp import MLPProblem

TITLE = "Which digits does the best tuned network get wrong?"
#: Digits side by side, and rows of each kind.
COLUMNS, ROWS = 5, 2


def draw(tables: StudyTables, problem: str) -> Drawing:
    """Draw the first test image of each class, and the first misclassified ones."""
    trained = train_again(
        tables, problem, problems_with_digits(tables.config), "a network on images"
    )
    network = trained.problem
    assert isinstance(network, MLPProblem)
    predicted, data = network.predict(trained.theta, "test"), load_dataset(trained.data)
    labels = np.asarray(data["test_labels"], dtype=np.intp)
    wrong = np.flatnonzero(predicted != labels)
    names = names_of_classes(data)
    first = np.unique(labels, return_index=True)[1]
    shown = COLUMNS * ROWS

    figure = style.new_figure(style.COLUMN_WIDTH, 3.9)
    panels.add_title(figure, TITLE)
    parts: Any = figure.subfigures(2, 1, hspace=0.02)
    kinds = {"first of each class: predicted / true": first, "first mistakes": wrong}
    for part, (title, images) in zip(parts, kinds.items(), strict=True):
        part.suptitle(title, x=0.01, ha="left", fontsize=8)
        rows = np.split(images[:shown], range(COLUMNS, shown, COLUMNS))
        draw_digits(part, data, predicted, rows, COLUMNS)

    pairs = [f"{names[labels[i]]} as {names[predicted[i]]}" for i in wrong]
    often = max(sorted(set(pairs)), key=pairs.count, default="none")
    each = "each class" if len(first) <= shown else f"the first {shown} classes"
    caption = (
        f"{trained.told}: {len(wrong)} of {len(labels):,} test images are misclassified, "
        f"{100 * (1 - len(wrong) / len(labels)):.2f} % are correct. Upper rows: the first "
        f"test image of {each}; lower rows: the first mistakes. The most frequent one is "
        f"{often} ({pairs.count(often)} times)."
    )
    return Drawing(figure, caption)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the figure of one problem; exit code 1 if it shows no such problem."""
    return command("descent.figures.predicted_digits", draw, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
