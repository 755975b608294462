"""Tables for print: Markdown, and LaTeX for ``booktabs``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from descent.analysis.tables.display import ShownTable

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "≥": r"$\geq$",
    "\N{MINUS SIGN}": "$-$",
}


def latex(table: ShownTable) -> str:
    """Return a table as LaTeX's ``tabular``, with a thin space between problems."""
    columns = ("p{0.75\\linewidth}" if h.align == "wide" else "l" for h in table.headers)
    lines = [
        rf"\begin{{tabular}}{{{' '.join(columns)}}}",
        r"\toprule",
        _latex_line(header.text for header in table.headers),
        r"\midrule",
    ]
    for before, row in zip((None, *table.rows), table.rows, strict=False):
        if before and row.keys.get("problem") != before.keys.get("problem"):
            lines.append(r"\addlinespace")
        lines.append(_latex_line(cell.text for cell in row.cells))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _latex_line(texts: Iterable[str]) -> str:
    return " & ".join("".join(_LATEX.get(c, c) for c in text) for text in texts) + r" \\"


def without_html(text: str) -> str:
    """Return text in which nothing is a tag when Markdown becomes a page."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


def markdown(table: ShownTable) -> str:
    """Return a table as Markdown."""
    lines = [
        [header.text for header in table.headers],
        ["---"] * len(table.headers),
        *(
            [without_html(cell.text).replace("|", r"\|") for cell in row.cells]
            for row in table.rows
        ),
    ]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
