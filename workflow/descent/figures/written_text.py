"""A text that the best tuned language model writes, beside one from before its training.

``python -m descent.figures.written_text results/<study>/study.json --problem NAME --output STEM``
trains the first of the leaderboard once more, on the first evaluation seed.
"""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Sequence

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing
from descent.figures.study_figures import problems_with_texts
from descent.figures.trained_again import command, train_again
from descent.foundation.seeding import generator
from descent.problems.language_model import LanguageModelProblem

TITLE = "What does the best tuned model write?"
#: Characters of each text, and of a line.
LENGTHS, LINE = (120, 480), 62


def draw(tables: StudyTables, problem: str) -> Drawing:
    """Draw what the model writes before and after its training."""
    trained = train_again(tables, problem, problems_with_texts(tables.config), "a language model")
    model, theta = trained.problem, trained.theta
    assert isinstance(model, LanguageModelProblem)
    start = model.init(generator(problem, trained.seed, "initial_parameters"))
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
        f"{trained.told}: test loss {loss:.3f} nats, or {loss / math.log(2):.3f} bits, a "
        "character. Every character is drawn with the probability that the model gives it after "
        "those before, from a fixed seed."
    )
    return Drawing(figure, caption)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the figure of one problem; exit code 1 if it shows no such problem."""
    return command("descent.figures.written_text", draw, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
