"""The best tuned model of a problem, trained once more: a record keeps no parameters."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from descent.analysis.tables.study_tables import StudyTables
from descent.arrays import Array
from descent.figures.drawing import Drawing, save_drawing
from descent.foundation.command_line import fails_on, study_parser
from descent.optimizers.loading import load_optimizer, with_settings
from descent.problems.base import Problem
from descent.problems.loading import load_problem
from descent.study.origins import note
from descent.study.plan import TUNED_TRACKS, load_study
from descent.training.loop import train


class Trained(NamedTuple):
    """A model after its training.

    Attributes
    ----------
    problem : Problem
        The problem.
    theta : ndarray of shape (size,)
        The parameters at the end.
    seed : int
        The first evaluation seed, which it was trained on.
    data : Path
        Folder of the prepared data of this seed.
    told : str
        Which problem, optimizer, track and seed, for a caption.
    """

    problem: Problem
    theta: Array
    seed: int
    data: Path
    told: str


def train_again(tables: StudyTables, problem: str, known: Sequence[str], kind: str) -> Trained:
    """Train the first of a leaderboard once more; of a tuned track its first finalist.

    Parameters
    ----------
    tables : StudyTables
        The study.
    problem : str
        Which problem.
    known : sequence of str
        The problems that the figure can show.
    kind : str
        What these are: ``a language model``.

    Raises
    ------
    ValueError
        If the figure cannot show the problem.
    """
    if problem not in known:
        raise ValueError(
            f"problem must be {kind}: {', '.join(known) or 'none in this study'}. "
            f"Received: {problem!r}"
        )
    study, track = load_study(tables.path), tables.track
    board = tables.of("leaderboard", problem=problem, track=track).sort_values("rank")
    best, seed = str(board["optimizer"].iloc[0]), study.evaluation_seeds[0]
    entry = study.optimizer_entry(best)
    if track in TUNED_TRACKS:
        choice = json.loads(study.tuned_path(problem, best, track).read_text("utf-8"))
        entry = with_settings(entry, choice["finalists"][0]["hyperparameters"])
    dataset, part = study.problems[problem]["dataset"], study.part(problem, seed)
    data = study.prepared_dataset(dataset, part).parent
    loaded = load_problem(problem, study.problem_settings(problem), data)
    epochs = study.problems[problem]["epochs"]
    _, _, theta = train(
        loaded,
        load_optimizer(entry, folder=Path.cwd()),
        seed=seed,
        epochs=epochs,
        evaluations_per_epoch=1 / epochs,
    )
    told = (
        f"{tables.problem_titles[problem]}, trained by {tables.optimizer_titles[best]} (first of "
        f"the leaderboard, track {track}) on seed {seed}"
    )
    return Trained(loaded, theta, seed, data, told)


@fails_on(ValueError, FileNotFoundError)
def command(
    module: str,
    draw: Callable[[StudyTables, str], Drawing],
    description: str | None,
    arguments: Sequence[str] | None,
) -> int:
    """Draw the figure of one problem; exit code 1 if it shows no such problem."""
    parser = study_parser(module, description)
    parser.add_argument("--problem", required=True, help="name of the problem")
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    given = parser.parse_args(arguments)
    tables = StudyTables(given.study)
    drawing = draw(tables, given.problem)
    note(
        tables.folder,
        module,
        save_drawing(drawing, given.output, tables.config["figures"]["formats"]),
    )
    return 0
