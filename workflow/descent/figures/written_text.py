"""A text that the best tuned language model writes, beside one from before its training.

``python -m descent.figures.written_text results/<study>/study.json --problem NAME --output STEM``
trains the first of the leaderboard once more, on the first evaluation seed.
"""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing, save_drawing
from descent.figures.study_figures import problems_with_texts
from descent.figures.trained_again import train_again
from descent.foundation.command_line import fails_on, study_parser
from descent.foundation.seeding import generator
from descent.problems.language_model import LanguageModelProblem
from descent.study.origins import note
from descent.study.plan import load_study

TITLE = "What does the best tuned model write?"
#: Characters of each text, and of a line.
LENGTHS, LINE = (120, 480), 62


def draw(tables: StudyTables, problem: str) -> Drawing:
    """Draw what the model writes before and after its training."""
    study = load_study(tables.path)
    known = problems_with_texts(study.config)
    if problem not in known:
        raise ValueError(
            f"problem must be a language model: {', '.join(known) or 'none in this study'}. "
            f"Received: {problem!r}"
        )
    board = tables.of("leaderboard", problem=problem, track=tables.track).sort_values("rank")
    best, seed = str(board["optimizer"].iloc[0]), study.evaluation_seeds[0]
    model, theta = train_again(study, problem, best, tables.track)
    assert isinstance(model, LanguageModelProblem)
    start = model.init(generator(problem, seed, "initial_parameters"))
    texts = [model.sample(at, n) for at, n in zip((start, theta), LENGTHS, strict=True)]

    figure = style.new_figure(style.COLUMN_WIDTH, 2.9)
    panels.add_title(figure, TITLE)
    rows = figure.subplots(2, 1, height_ratios=LENGTHS)
    for axes, title, text in zip(rows, ("before training", "after training"), texts, strict=True):
        axes.set_axis_off()
        axes.set_title(title, loc="left", fontsize=8)
        lines = [part for line in text.split("\n") for part in textwrap.wrap(line, LINE) or [""]]
        shown = "\n".join(lines).replace("\ufffd", "?")
        axes.text(0, 1, shown, family="monospace", fontsize=6.5, va="top", parse_math=False)
    loss = model.evaluate(theta, "test")["loss"]
    caption = (
        f"{tables.problem_titles[problem]}, trained by {tables.optimizer_titles[best]} (first of "
        f"the leaderboard, track {tables.track}) on seed {seed}: test loss {loss:.3f} nats, or "
        f"{loss / math.log(2):.3f} bits, a character. Every character is drawn with the "
        "probability that the model gives it after those before, from a fixed seed."
    )
    return Drawing(figure, caption)


@fails_on(ValueError, FileNotFoundError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the figure of one problem; exit code 1 if it is no language model."""
    parser = study_parser("descent.figures.written_text", __doc__)
    parser.add_argument("--problem", required=True, help="name of the problem")
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    given = parser.parse_args(arguments)
    tables = StudyTables(given.study)
    drawing = draw(tables, given.problem)
    files = save_drawing(drawing, given.output, tables.config["figures"]["formats"])
    note(tables.folder, "descent.figures.written_text", files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
