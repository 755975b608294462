"""The result of a comparison: a data frame that says the answer first."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import ClassVar

import pandas as pd
from matplotlib.figure import Figure

#: Columns of the verdicts, as in the table ``leaderboard`` of a study.
VERDICTS = ("better_than", "worse_than", "equivalent_to", "undecided_with")


class ComparisonTable(pd.DataFrame):
    """A row for each optimizer, best first; printed, the answer stands above it.

    Attributes
    ----------
    answer : str
        Who is better, in a sentence.
    comparisons : DataFrame
        A row for each pair, as :class:`descent.verdicts.judgement.Verdict` has them.
    figure : Figure or None
        What was drawn: ``figure.savefig("comparison.png")``.
    """

    _metadata: ClassVar[list[str]] = ["answer", "comparisons", "figure"]
    answer: str
    comparisons: pd.DataFrame
    figure: Figure | None

    def __repr__(self) -> str:
        return f"{self.answer}\n\n{self.to_string(max_colwidth=40)}"

    def _repr_html_(self) -> str:
        return f"<p><strong>{escape(self.answer)}</strong></p>{self.to_html()}"


def result(
    board: pd.DataFrame,
    columns: Iterable[str],
    answer: str,
    comparisons: pd.DataFrame,
    figure: Figure | None = None,
) -> ComparisonTable:
    """Return the result of a comparison.

    Parameters
    ----------
    board : DataFrame
        A row for each optimizer, best first, with the columns of the verdicts.
    columns : iterable of str
        What follows the verdicts.
    answer, comparisons, figure
        As :class:`ComparisonTable` has them.
    """
    verdicts = board[list(VERDICTS)].map(lambda cell: cell if isinstance(cell, str) else "")
    table = ComparisonTable(board.assign(**verdicts)[[*VERDICTS, *columns]])
    table.answer, table.comparisons, table.figure = answer, comparisons, figure
    return table
