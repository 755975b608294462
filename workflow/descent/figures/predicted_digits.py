"""Test digits with predicted and true labels, by the best tuned network.

``python -m descent.figures.predicted_digits results/<study>/study.json --problem NAME --output
STEM`` trains the first of the leaderboard once more, on the first evaluation seed: a record keeps
no parameters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.analysis.tables.study_tables import StudyTables
from descent.data.dataset import Dataset, load_dataset
from descent.data.labelled_vectors import names_of_classes
from descent.figures import panels, style
from descent.figures.digit_grid import draw_digits
from descent.figures.drawing import Drawing, save_drawing
from descent.figures.study_figures import problems_with_digits
from descent.foundation.command_line import fails_on, study_parser
from descent.optimizers.loading import load_optimizer, with_settings
from descent.problems.loading import load_problem
from descent.problems.mlp import MLPProblem
from descent.study.plan import TUNED_TRACKS, Study, load_study
from descent.training.loop import train

TITLE = "Which digits does the best tuned network get wrong?"
#: Digits side by side, and rows of each kind.
COLUMNS, ROWS = 5, 2


def _no_images(study: Study, problem: str) -> ValueError:
    known = ", ".join(problems_with_digits(study.config)) or "none in this study"
    return ValueError(f"problem must be a network on images: {known}. Received: {problem!r}")


def train_again(
    study: Study, problem: str, optimizer: str, track: str, dataset: Path
) -> tuple[NDArray[np.intp], Dataset, int]:
    """Train an evaluated run once more, for its parameters.

    Parameters
    ----------
    study : Study
        The plan.
    problem, optimizer, track : str
        Which run; the seed is the first of the evaluation seeds.
    dataset : Path
        Folder of the prepared dataset.

    Returns
    -------
    predicted : ndarray of int, shape (n,)
        The label that the network gives to each test image.
    data : Dataset
        The images.
    seed : int
        The seed.

    Raises
    ------
    ValueError
        If the problem is not a network on images.
    """
    seed = study.evaluation_seeds[0]
    entry = study.optimizer_entry(optimizer)
    if track in TUNED_TRACKS:
        choice = json.loads(study.tuned_path(problem, optimizer, track).read_text("utf-8"))
        entry = with_settings(entry, choice["finalists"][0]["hyperparameters"])
    network = load_problem(problem, study.problem_settings(problem), dataset)
    data = load_dataset(dataset)
    if not isinstance(network, MLPProblem) or len(data.about.get("image_shape", ())) != 2:
        raise _no_images(study, problem)
    settings = study.problems[problem]
    _, _, theta = train(
        network,
        load_optimizer(entry, folder=Path.cwd()),
        seed=seed,
        epochs=settings["epochs"],
        evaluations_per_epoch=1 / settings["epochs"],
    )
    return network.predict(theta, "test"), data, seed


def draw(tables: StudyTables, problem: str, dataset: Path | None = None) -> Drawing:
    """Draw the first test image of each class, and the first misclassified ones."""
    study = load_study(tables.path)
    if problem not in problems_with_digits(study.config):
        raise _no_images(study, problem)
    board = tables.of("leaderboard", problem=problem, track=tables.track).sort_values("rank")
    best = str(board["optimizer"].iloc[0])
    if dataset is None:
        seed = study.evaluation_seeds[0]
        manifest = study.dataset_manifest(problem, study.part(problem, seed))
        if manifest is None:
            raise _no_images(study, problem)
        dataset = manifest.parent
    predicted, data, seed = train_again(study, problem, best, tables.track, dataset)
    labels = np.asarray(data["test_labels"], dtype=np.intp)
    wrong = np.flatnonzero(predicted != labels)
    names = names_of_classes(data)
    of_class = [np.flatnonzero(labels == c) for c in range(len(names))]
    shown = COLUMNS * ROWS
    first = [int(found[0]) for found in of_class if found.size][:shown]
    without = [name for name, found in zip(names, of_class, strict=True) if not found.size]

    figure = style.new_figure(style.COLUMN_WIDTH, 3.9)
    panels.add_title(figure, TITLE)
    parts: Any = figure.subfigures(2, 1, hspace=0.02)
    above, below = parts
    for part, title, indices in (
        (above, "first of each class: predicted / true", first),
        (below, "first mistakes", wrong),
    ):
        part.suptitle(title, x=0.01, ha="left", fontsize=8)
        rows = [indices[i * COLUMNS : (i + 1) * COLUMNS] for i in range(ROWS)]
        draw_digits(part, data, predicted, rows, COLUMNS, weight="normal")

    pairs = [f"{names[labels[i]]} as {names[predicted[i]]}" for i in wrong]
    often = max(sorted(set(pairs)), key=pairs.count, default="none")
    each = "each class" if len(first) + len(without) == len(names) else f"the first {shown} classes"
    caption = (
        f"{tables.problem_titles[problem]}, trained by {tables.optimizer_titles[best]} (first of "
        f"the leaderboard, track {tables.track}) on seed {seed}: {len(wrong)} of {len(labels):,} "
        f"test images are misclassified, {100 * (1 - len(wrong) / len(labels)):.2f} % are correct. "
        f"Upper rows: the first test image of {each}; lower rows: the first mistakes. The most "
        f"frequent one is {often} ({pairs.count(often)} times)."
    )
    if without:
        caption += f" No test image is of the class {', '.join(without)}."
    return Drawing(figure, caption)


@fails_on(ValueError, FileNotFoundError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the figure of one problem; exit code 1 if it has no images or a table is missing."""
    parser = study_parser("descent.figures.predicted_digits", __doc__)
    parser.add_argument("--problem", required=True, help="name of the problem")
    parser.add_argument("--dataset", type=Path, help="folder of its prepared dataset")
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    given = parser.parse_args(arguments)
    tables = StudyTables(given.study)
    drawing = draw(tables, given.problem, given.dataset)
    save_drawing(drawing, given.output, tables.config["figures"]["formats"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
